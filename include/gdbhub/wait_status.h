// The int that waitpid(2) fills in, decoded once and by name.
#pragma once

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <csignal>
#include <optional>

namespace gdbhub {

/// The PTRACE_EVENT_* stops by name (ptrace(2), "PTRACE_EVENT stops").
enum class PtraceEvent {
  Fork = PTRACE_EVENT_FORK,
  Vfork = PTRACE_EVENT_VFORK,
  Clone = PTRACE_EVENT_CLONE,
  Exec = PTRACE_EVENT_EXEC,
  VforkDone = PTRACE_EVENT_VFORK_DONE,
  Exit = PTRACE_EVENT_EXIT,
  Stop = PTRACE_EVENT_STOP,  ///< PTRACE_INTERRUPT, a new child's first stop, or a group-stop
};

/// What happened to a task. A value; the builders are for the fake kernel and tests.
class WaitStatus {
 public:
  constexpr explicit WaitStatus(int raw) : raw_(raw) {}

  static constexpr WaitStatus exited(int code) { return WaitStatus((code & 0xff) << 8); }
  static constexpr WaitStatus killed(int signal) { return WaitStatus(signal & 0x7f); }
  static constexpr WaitStatus stopped(int signal) { return WaitStatus(signal << 8 | 0x7f); }
  static constexpr WaitStatus event(PtraceEvent event, int signal = SIGTRAP) {
    return WaitStatus(static_cast<int>(event) << 16 | signal << 8 | 0x7f);
  }
  /// A PTRACE_SYSCALL stop (PTRACE_O_TRACESYSGOOD is always set).
  static constexpr WaitStatus syscall() { return stopped(SIGTRAP | 0x80); }

  constexpr int raw() const { return raw_; }
  constexpr bool is_exit() const { return WIFEXITED(raw_); }
  constexpr bool is_killed() const { return WIFSIGNALED(raw_); }
  /// The task is gone, one way or the other.
  constexpr bool is_death() const { return is_exit() || is_killed(); }
  constexpr bool is_stop() const { return WIFSTOPPED(raw_); }
  constexpr int exit_code() const { return WEXITSTATUS(raw_); }
  constexpr int term_signal() const { return WTERMSIG(raw_); }
  /// The event, for a PTRACE_EVENT stop.
  constexpr std::optional<PtraceEvent> event() const {
    const int number = raw_ >> 16;
    if (!is_stop() || number == 0) return std::nullopt;
    return static_cast<PtraceEvent>(number);
  }
  constexpr bool is_syscall() const { return is_stop() && WSTOPSIG(raw_) == (SIGTRAP | 0x80); }
  /// The stop signal: of a signal-delivery-stop, or of a group-stop (event Stop, not SIGTRAP).
  constexpr int stop_signal() const { return WSTOPSIG(raw_) & 0x7f; }
  /// Stopped in order to be given `stop_signal()`.
  constexpr bool is_signal_delivery() const { return is_stop() && !event() && !is_syscall(); }
  /// Job control has stopped the whole group (needs PTRACE_SEIZE).
  constexpr bool is_group_stop() const {
    return event() == PtraceEvent::Stop && stop_signal() != SIGTRAP;
  }

  friend constexpr bool operator==(WaitStatus, WaitStatus) = default;

 private:
  int raw_;
};

}  // namespace gdbhub
