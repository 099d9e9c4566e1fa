// What happens to tracees, as engines are told of it (contract §3).
#pragma once

#include <array>
#include <bitset>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <variant>

#include "gdbhub/address.h"
#include "gdbhub/ids.h"
#include "gdbhub/wait_status.h"

namespace gdbhub {

namespace event {

/// The engine's own breakpoint; the instruction at the pc has not run.
struct Breakpoint {
  bool hardware = false;
};
/// The engine's own watchpoint; the instruction that touched the data has run.
struct Watchpoint {
  Address data;
  bool access = false;  ///< reads count, too
};
/// The single step that the engine asked for is done.
struct StepDone {};
/// An interrupt that the engine asked for (Action::Interrupt) has been made.
struct Interrupted {};
/// The report that the engine asked for by Action::Report. The thread is in no system call that it sleeps in.
struct Reported {};
/// The thread is about to get a signal. The verdict may change it.
struct Signal {
  int number = 0;  ///< the disposition chosen so far; 0 when an engine has suppressed it
  siginfo_t info{};
};
/// The parent's side of fork(2), vfork(2) or a clone(2) that made a process. The child is stopped, and held by each
/// engine that was told (A22).
struct Forked {
  Pid child;
  bool vfork = false;
};
/// The child of a vfork has given the address space back.
struct VforkDone {};
/// The process runs another program; this is its only thread now (A29).
struct Execed {
  std::string path;  ///< of the new program
  Tid former;        ///< the id that the thread had before
};
/// The thread is about to make a system call, behind whose instruction its pc is. The verdict may abort it (A20).
struct SyscallEntry {
  long number = 0;
  std::array<std::uint64_t, 6> arguments{};
  bool repeated = false;  ///< told before; since then the thread was held, and its registers may have changed
};
/// The call is over. When a signal has broken it off, `result` is between -512 and -516: it ends or is made again after the
/// handler.
struct SyscallExit {
  long number = 0;
  long result = 0;
};
/// A new thread, before its first instruction.
struct ThreadStarted {
  Tid parent;
};
/// The thread is about to end; its registers and memory are there for the last time.
struct Exiting {
  WaitStatus how{0};
  bool may_be_held = false;  ///< not when its process ends or calls exec, which nobody may delay (A27)
};
/// Job control has stopped the thread until SIGCONT (A47).
struct JobStopped {
  int signal = 0;
};
struct JobContinued {};

}  // namespace event

using EventDetail =
    std::variant<event::Breakpoint, event::Watchpoint, event::StepDone, event::Interrupted, event::Reported, event::Signal,
                 event::Forked, event::VforkDone, event::Execed, event::SyscallEntry, event::SyscallExit,
                 event::ThreadStarted, event::Exiting, event::JobStopped, event::JobContinued>;

/// One thing that happened to one stopped thread.
struct Event {
  Pid pid;
  Tid tid;
  Address pc;
  EventDetail detail;
};

/// A set of system calls by their numbers (<asm/unistd_64.h>).
class SyscallSet {
 public:
  static SyscallSet all() {
    SyscallSet set;
    set.all_ = true;
    return set;
  }
  SyscallSet() = default;
  SyscallSet(std::initializer_list<long> numbers) {
    for (long number : numbers) add(number);
  }

  /// Numbers that no system call has do nothing.
  void add(long number) {
    if (is_valid(number)) numbers_.set(static_cast<std::size_t>(number));
  }
  bool contains(long number) const {
    return all_ || (is_valid(number) && numbers_.test(static_cast<std::size_t>(number)));
  }
  bool empty() const { return !all_ && numbers_.none(); }

  friend bool operator==(const SyscallSet&, const SyscallSet&) = default;

 private:
  static constexpr std::size_t limit = 512;  // the kernel keeps the numbers from here on for x32
  static bool is_valid(long number) { return number >= 0 && static_cast<std::size_t>(number) < limit; }

  bool all_ = false;
  std::bitset<limit> numbers_;  // no memory of its own: sets are copied with each list of members
};

/// Which events an engine wants of a process. Breakpoints, steps and interrupts come to who asked for them in any case.
struct EventSet {
  bool signals = false;
  bool forks = false;  ///< the engine takes part in the child's life (A22)
  bool execs = false;
  bool threads = false;      ///< event::ThreadStarted and event::Exiting
  bool job_control = false;  ///< event::JobStopped and event::JobContinued
  SyscallSet syscall_entries = {};
  SyscallSet syscall_exits = {};
  bool reaps = false;  ///< Engine::thread_reaped
  /// A controller joins as an observer does: it neither owns the process nor keeps it traced (A6, A28). The children that it
  /// follows are its own all the same.
  bool observe = false;

  bool any_syscalls() const { return !syscall_entries.empty() || !syscall_exits.empty(); }
  friend bool operator==(const EventSet&, const EventSet&) = default;
};

}  // namespace gdbhub
