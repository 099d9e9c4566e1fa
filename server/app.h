// The debug server as a whole: what is made, in which order, and when it ends.
#pragma once

#include <memory>
#include <set>
#include <vector>

#include "arch/linux_kernel.h"
#include "server/asio_loop.h"
#include "server/connection.h"
#include "server/listener.h"
#include "server/options.h"
#include "server/session.h"

namespace gdbhub::net {

/// The composition root. One object, on the main thread, before any other thread exists.
class App {
 public:
  explicit App(ServeOptions options) : options_(std::move(options)) {}
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  /// Serves until the end; an error if it cannot begin. The value is the exit status.
  Result<int> run();

 private:
  Result<> bind();
  Result<> start_tracees();
  Result<> listen();
  SessionFactory session_factory(const ListenSpec& where);
  void pump();
  void terminate(int signal);
  void welcome(Client client);
  void client_left(Connection& connection);

  ServeOptions options_;
  AsioLoop loop_;  // first: it blocks the signals that all others rely on being blocked
  arch::LinuxKernel kernel_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::set<std::shared_ptr<Connection>> connections_;
  EventLoop::TimerId next_pump_ = 0;
};

}  // namespace gdbhub::net
