// Puts a gdb engine behind a connection.
#pragma once

#include <functional>

#include "engines/gdb/gdb_engine.h"
#include "server/inferior_io.h"
#include "server/options.h"
#include "server/output_followers.h"
#include "server/session.h"
#include "server/starter.h"
#include "server/terminal.h"

namespace gdbhub::net {

/// What the sessions of one server share. Owned by the App, outlives them.
struct GdbService {
  Hub& hub;
  const ServeOptions& options;
  InferiorIo& io;
  std::vector<Pid> tracees;  ///< of the command line
  std::function<void()> exit;  ///< ends the server
  std::function<void(bool extended)> leaving;
  std::function<void()> left;  ///< after `leaving`, where no connection has closed
  int debuggers = 0;  ///< sessions that there are, or whose clients are expected back
};

/// One client of the remote protocol.
class GdbSession final : public Session, private gdb::Surroundings {
 public:
  GdbSession(GdbService& service, Transport& transport, const ListenSpec& where);

  void receive(std::string_view bytes) override;
  void stalled(std::chrono::seconds time) override;

 private:
  void send(std::string bytes) override;
  std::size_t unsent() const override { return transport_.unsent(); }
  void close() override { transport_.close_after_flush(); }
  void say(std::string_view line) override;
  void starting(Pid pid) override { give_terminal(pid); }
  void created(const std::string& program, Pid pid) override { announce_created(program, pid); }
  LaunchSpec launch_defaults() const override;
  void leaving(bool extended) override;
  std::function<void()> when_given_up(bool extended) override;
  void set_debug(std::string_view name, std::string_view value) override;
  Result<> follow_output(bool on) override;
  Result<> write_input(Pid pid, std::string_view bytes) override;
  void exit() override { service_.exit(); }
  bool is_disabled(std::string_view packet) const override;

  GdbService& service_;
  Transport& transport_;
  gdb::GdbEngine engine_;
  std::optional<OutputFollower> output_;
};

/// How the options of the command line say that programs are started.
LaunchSpec launch_spec(const ServeOptions& options);

}  // namespace gdbhub::net
