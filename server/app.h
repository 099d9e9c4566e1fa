// The debug server as a whole: what is made, in which order, and when it ends.
#pragma once

#include <memory>
#include <set>
#include <vector>

#include "arch/symbol_finder.h"
#include "arch/x86_isa.h"
#include "engines/core/arbiter.h"
#include "server/api_service.h"
#include "server/asio_loop.h"
#include "server/connection.h"
#include "server/dashboard.h"
#include "server/debugged_kernel.h"
#include "server/kernel_pump.h"
#include "server/gdb_session.h"
#include "server/inferior_io.h"
#include "server/listener.h"
#include "server/options.h"
#include "server/output_followers.h"
#include "server/session.h"
#include "server/starter.h"

namespace gdbhub::net {

/// The composition root. One object, on the main thread, before any other thread exists.
class App {
 public:
  explicit App(ServeOptions options);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  /// Serves until the end; an error if it cannot begin. The value is the exit status.
  Result<int> run();

  /// Before run(): this client alone is served, and nobody else; the hub ends when it leaves.
  void serve_only(Client client) { first_client_ = std::move(client); }

 private:
  Result<> bind();
  /// Those of --engine.
  Result<> start_engines();
  /// Starts or attaches to what the command line names, then listen().
  Result<> start_tracees();
  void tracee_ready(Pid pid, const Result<>& result);
  Result<> listen();
  /// For a client of the API.
  Result<std::string> open_dashboard(std::string_view where);
  SessionFactory session_factory(const ListenSpec& where);
  void terminate(int signal);
  void welcome(Client client);
  void client_left(Connection& connection);
  /// What there is to do when the last one has.
  void debugger_left();
  /// The serial line again, for the next debugger on it.
  void reopen_device();
  /// Plain `target remote`: the server ends when the last debugger has left and no process is left.
  bool has_stdio_client() const {
    return !options_.listeners.empty() && options_.listeners.front().endpoint.kind == Endpoint::Kind::Stdio;
  }
  bool end_if_nothing_left();
  /// --on-last-drop: the last debugger has left without a word.
  void apply_last_drop();
  /// Kills what was launched, lets go of the rest, within a bound.
  void release_tracees();

  ServeOptions options_;
  AsioLoop loop_;  // first: it blocks the signals that all others rely on being blocked
  InferiorIo io_{loop_, options_.inferior_io};
  StreamingKernel kernel_{io_};
  arch::X86Isa isa_;
  arch::SymbolFinder symbols_{loop_};
  core::Arbiter hub_;
  KernelPump pump_{loop_, kernel_, hub_};
  OutputJournal output_journal_{io_, hub_.journal(), loop_};
  GdbService service_;
  ApiService api_;
  std::vector<std::unique_ptr<Engine>> engines_;
  std::optional<Starter> starter_;
  std::optional<Client> first_client_;  ///< on stdio or a serial line, until it is welcomed
  bool ends_with_tracees_ = false;  ///< the last debugger that left used plain `target remote`
  std::optional<bool> debugger_left_;  ///< one did; true: it was in extended mode
  Result<int> outcome_{0};
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::set<std::shared_ptr<Connection>> connections_;
  std::unique_ptr<Dashboard> dashboard_;
};

}  // namespace gdbhub::net
