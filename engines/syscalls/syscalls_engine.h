// `--engine syscalls`: a log of system calls, as strace(1) makes it, beside the debuggers.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engines/syscalls/format.h"
#include "engines/syscalls/line_file.h"
#include "gdbhub/engine_kind.h"
#include "gdbhub/hub.h"

namespace gdbhub::syscalls {

/// What is logged, and how.
struct Settings {
  SyscallSet trace = SyscallSet::all();
  std::string output;  ///< a file; empty: the event log
  std::size_t string_limit = 32;
  enum class Time { None, Clock, Epoch } time = Time::None;  ///< of the entry
  bool show_pid = false;
  bool show_tid = true;
};

/// The calls that `--engine syscalls:trace=…` names: calls, classes ("%file"), "all"; "!" before the first one: all but these.
Result<SyscallSet> parse_trace(const std::vector<std::string>& words);
Result<Settings> read_settings(const EngineOptions& options);

/// Logs the calls of every process of the hub. It holds nobody; a call costs its thread two stops of microseconds.
class SyscallsEngine final : public Engine {
 public:
  /// `file` may be null: then the lines go to the event log. `hub` is not owned.
  SyscallsEngine(Hub& hub, Settings settings, std::unique_ptr<LineFile> file);
  ~SyscallsEngine() override;
  SyscallsEngine(const SyscallsEngine&) = delete;
  SyscallsEngine& operator=(const SyscallsEngine&) = delete;

  EngineId id() const { return id_; }

  // Engine
  Verdict report(const Event& event) override;
  void quiesced(Pid, Tid, bool) override {}
  Action thread_started(Pid, Tid, Tid) override { return Action::Resume; }
  void thread_gone(Pid pid, Tid tid, WaitStatus how) override;
  void process_gone(Pid, WaitStatus) override {}
  void launched(Pid, const Result<>&) override {}
  void kept_waiting(const std::vector<Hold>&) override {}
  /// "on", "off": whether the process's calls are logged. Children of one that is off are logged.
  Result<std::string> configure(Pid pid, std::string_view what) override;

 private:
  using Clock = std::chrono::system_clock;
  struct Open {
    OpenCall call;
    Clock::time_point since;
  };
  void write(Pid pid, Tid tid, Clock::time_point when, const std::string& line);
  EventSet wanted() const;
  ReadMemory reader(Pid pid) const;

  Hub& hub_;
  Settings settings_;
  std::unique_ptr<LineFile> file_;
  EngineId id_;
  std::unordered_map<Tid, Open> open_;
};

/// The row for the table of engines.
extern const EngineKind kind;

}  // namespace gdbhub::syscalls
