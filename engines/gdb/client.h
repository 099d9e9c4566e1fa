// What one gdb has told us about itself, and what it has chosen.
#pragma once

#include <bitset>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engines/gdb/permissions.h"
#include "engines/gdb/thread_local.h"
#include "gdbhub/kernel.h"
#include "rsp/features.h"
#include "rsp/thread_id.h"

namespace gdbhub::gdb {

/// A thread and its process as a client names them. They may be gone: what is then asked of them is an error, and never
/// meets another thread or process.
struct ThreadChoice {
  Pid pid;  ///< 0: any
  Tid tid;  ///< 0: any
};

/// The settings of one client; nothing of it concerns another.
struct Client {
  rsp::ClientFeatures features;
  bool stops_without_thread = false;  ///< --disable-packet=Tthread
  bool stops_in_short = false;        ///< --disable-packet=T: "S05" is all
  bool extended = false;  ///< `!`: the connection outlives its processes
  bool non_stop = false;
  bool error_strings = false;  ///< QEnableErrorStrings: lldb takes `Exx;hex` for every packet
  bool thread_events = false;  ///< QThreadEvents: threads that begin and end are stops
  std::bitset<65> pass_signals;     ///< QPassSignals, by host number: given to the program without a stop
  std::bitset<65> program_signals;  ///< QProgramSignals: may be given on detaching
  Permissions permissions;          ///< QAllow
  ThreadChoice general;             ///< Hg; also set by a stop reply
  rsp::ThreadPattern resume_threads;  ///< Hc
  bool startup_with_shell = true;
  bool disable_randomization = true;
  std::unordered_map<Pid, ThreadLocalLayout> thread_local_layouts;
  bool thread_locals = true;  ///< off: the client wants no libthread_db, by its search path
  std::string working_directory;
  std::vector<std::pair<std::string, std::optional<std::string>>> environment;
  std::string thread_list;  ///< what qsThreadInfo has still to tell
  std::vector<std::string> program;  ///< of the last vRun, for a vRun without one
  /// The qXfer object under way: its windows must be of one and the same state.
  struct {
    std::string name;  ///< object:annex
    Bytes data;
  } transfer;
};

/// What a gdb engine needs of the program around it.
class Surroundings {
 public:
  virtual ~Surroundings() = default;
  virtual void send(std::string bytes) = 0;
  /// Bytes sent that the client has not taken yet.
  virtual std::size_t unsent() const = 0;
  /// Ends the connection once everything is sent. The engine is destroyed later, never inside the call.
  virtual void close() = 0;
  /// A line for the hub's own terminal, in gdbserver's words.
  virtual void say(std::string_view line) = 0;
  /// A program is about to start for this client.
  virtual void starting(Pid pid) = 0;
  /// It has started.
  virtual void created(const std::string& program, Pid pid) = 0;
  /// The options of the command line for starting programs; argv is the program of the command line, if any.
  virtual LaunchSpec launch_defaults() const = 0;
  /// The engine is about to go. A client that was in extended mode expects the server to be there afterwards.
  virtual void leaving(bool extended) = 0;
  /// Instead, where the client is expected back: what is to be done if it does not come (A39). Called after the engine is gone.
  virtual std::function<void()> when_given_up(bool extended) = 0;
  /// `monitor set NAME VALUE` of the hub's own messages, checked: debug, remote-debug, event-loop-debug and debug-hw-points
  /// are 0 or 1, debug-format is all, timestamp or none, debug-file a path or empty.
  virtual void set_debug(std::string_view name, std::string_view value) = 0;
  /// `monitor output on|off`: GdbEngine::output is called with what programs write. Unsupported when that is not the hub's.
  virtual Result<> follow_output(bool on) = 0;
  /// To a program's standard input.
  virtual Result<> write_input(Pid pid, std::string_view bytes) = 0;
  /// `monitor exit`.
  virtual void exit() = 0;
  /// --disable-packet=NAME.
  virtual bool is_disabled(std::string_view packet) const = 0;
};

}  // namespace gdbhub::gdb
