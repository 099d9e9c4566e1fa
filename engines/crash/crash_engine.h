// `--engine crash`: a thread that is about to die is held for somebody to look at it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engines/crash/deadly.h"
#include "gdbhub/engine_kind.h"
#include "gdbhub/hub.h"

namespace gdbhub::crash {

/// What counts as a crash, and what is done about it.
struct Settings {
  std::chrono::seconds hold{60};  ///< 0: nobody is held
  SignalMask signals = core_signals;
  std::vector<std::string> run;  ///< a program and its arguments; empty: none
};

Result<Settings> read_settings(const EngineOptions& options);

/// Holds each thread that a core-dumping signal is about to kill, in every process of the hub, and tells everybody. A debugger that
/// attaches meanwhile sees the signal as its stop. The hold ends when its time is over, when a debugger that has held the thread
/// too lets it run on, or on request ("monitor release"); the thread then gets what the debuggers have left of the signal.
class CrashEngine final : public Engine {
 public:
  /// `hub` is not owned.
  CrashEngine(Hub& hub, Settings settings);
  ~CrashEngine() override;
  CrashEngine(const CrashEngine&) = delete;
  CrashEngine& operator=(const CrashEngine&) = delete;

  EngineId id() const { return id_; }

  // Engine
  Verdict report(const Event& event) override;
  void quiesced(Pid, Tid, bool) override {}
  Action thread_started(Pid, Tid, Tid) override { return Action::Resume; }
  void thread_gone(Pid, Tid tid, WaitStatus) override { forget(tid); }
  void process_gone(Pid, WaitStatus) override {}
  void launched(Pid, const Result<>&) override {}
  void kept_waiting(const std::vector<Hold>&) override {}
  void holds_alone(Pid pid, Tid tid) override;
  bool release_requested(Pid pid, Tid tid, EngineId by) override;

 private:
  void start_hook(const Event& event, int signal);
  void release(Pid pid, Tid tid, std::string_view why);
  void forget(Tid tid);

  Hub& hub_;
  Settings settings_;
  EngineId id_;
  std::unordered_map<Tid, EventLoop::TimerId> held_;  ///< threads, and what ends their holds
};

/// The row for the table of engines.
extern const EngineKind kind;

}  // namespace gdbhub::crash
