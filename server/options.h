// The command line: gdbserver's as it is, and ours beside it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gdbhub/engine.h"
#include "gdbhub/ids.h"
#include "gdbhub/result.h"
#include "server/endpoint.h"
#include "server/engine_table.h"

namespace gdbhub::net {

/// What becomes of the tracees when the last client leaves without a word (A51).
enum class LastDrop {
  Gdbserver,  ///< what gdbserver does: --once kills or detaches, otherwise as Hold
  Hold,       ///< they stop and wait for the next client
  Continue,   ///< they run on under the hub
  Detach,
  Kill,
};

/// What a program that the hub starts has as its standard input and output.
enum class InferiorStreams {
  Inherit,   ///< the hub's own, as with gdbserver
  Terminal,  ///< a terminal of its own: programs write line by line
  Pipe,
};

/// One place to accept clients at.
struct ListenSpec {
  Endpoint endpoint;
  Role role = Role::Controller;
  JoinPolicy join = JoinPolicy::Hold;  ///< unless given: Snapshot for observers

  friend bool operator==(const ListenSpec&, const ListenSpec&) = default;
};

/// `--dashboard-cert`, `--dashboard-key`.
struct TlsFiles {
  std::string certificate;  ///< empty: no TLS
  std::string key;          ///< empty: it is in the certificate's file
};

/// `--dashboard[=ADDR][,role=controller|observer]`.
struct DashboardOptions {
  Endpoint endpoint;        ///< TCP
  bool fixed_port = false;  ///< it was asked for: no other one will do
  Role role = Role::Controller;

  friend bool operator==(const DashboardOptions&, const DashboardOptions&) = default;
};

/// How much the hub says on stderr (or in `file`) about itself.
struct DebugOptions {
  bool general = false;
  bool remote = false;  ///< each packet
  bool event_loop = false;
  bool timestamp = false;
  std::string file;
  std::string level = "warn";  ///< of spdlog

  friend bool operator==(const DebugOptions&, const DebugOptions&) = default;
};

/// `gdbhub [OPTIONS] COMM …`: be a debug server.
struct ServeOptions {
  std::vector<ListenSpec> listeners;  ///< COMM first; empty only for App::serve_only
  std::optional<Pid> attach;
  std::vector<std::string> program;  ///< and its arguments; empty: none
  std::vector<std::string> wrapper;
  bool multi = false;
  bool once = false;  ///< stdio implies it
  bool disable_randomization = true;
  bool startup_with_shell = true;
  std::vector<std::string> disabled_packets;  ///< of kDisablePackets
  LastDrop on_last_drop = LastDrop::Gdbserver;
  std::chrono::seconds grace_time{30};  ///< for clients that do not read (A43)
  bool any_may_kill = false;  ///< a process that belongs to another client (A28)
  InferiorStreams inferior_io = InferiorStreams::Inherit;
  std::optional<DashboardOptions> dashboard;
  TlsFiles dashboard_tls;  ///< also of one that is asked for later
  std::vector<EngineChoice> engines;
  DebugOptions debug;
};

/// `gdbhub log`: print the events of a hub, and what logpoints have to say.
struct LogOptions {
  std::optional<Endpoint> hub;          ///< none: a private one in this process
  std::vector<std::string> logpoints;   ///< as engines/log/logpoint_spec.h reads them
  std::optional<std::uint64_t> count;   ///< lines of each logpoint
  std::uint64_t every = 1;
  bool registers = false;
  unsigned arguments = 0;
  std::vector<std::string> attach;      ///< pids and names
  std::string wait;                     ///< a name; empty: nobody is waited for
  std::vector<std::string> program;     ///< and its arguments; empty: none
  bool events = false;                  ///< all events: the default when there are no logpoints
  bool json = false;
  std::string output;                   ///< a file; empty: stdout
  bool reconnect = true;

  /// It brings processes of its own.
  bool brings_processes() const { return !attach.empty() || !wait.empty() || !program.empty(); }
};

/// `gdbhub dashboard`: print a URL of a hub's dashboard.
struct DashboardClientOptions {
  Endpoint hub;
  std::string at;  ///< where to serve it if nobody does, as after --dashboard=
};

/// --help, --version and the like: print and leave with 0.
struct Information {
  std::string text;
};

/// --selftest: check this program, and leave.
struct SelftestOptions {
  std::string filter;  ///< only tests with this in their names
};

using CommandLine = std::variant<ServeOptions, LogOptions, DashboardClientOptions, SelftestOptions, Information>;

/// Reads the arguments (without the program's own name). The text of an Error is what belongs on stderr, the
/// usage included where gdbserver shows it; the exit status is then 1. `engines`: what --engine may name.
Result<CommandLine> parse_command_line(std::span<const std::string> arguments,
                                       std::span<const EngineKind> engines = own_engines());

}  // namespace gdbhub::net
