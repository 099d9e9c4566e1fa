// What happens to tracees, as engines are told of it (contract §3).
#pragma once

#include <csignal>
#include <cstdint>
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

}  // namespace event

using EventDetail = std::variant<event::Breakpoint, event::Watchpoint, event::StepDone, event::Interrupted, event::Signal,
                                 event::Forked, event::VforkDone, event::Execed>;

/// One thing that happened to one stopped thread.
struct Event {
  Pid pid;
  Tid tid;
  Address pc;
  EventDetail detail;
};

/// Which events an engine wants of a process. Breakpoints, steps and interrupts come to who asked for them in any case.
struct EventSet {
  bool signals = false;
  bool forks = false;  ///< the engine takes part in the child's life (A22)
  bool execs = false;

  friend bool operator==(const EventSet&, const EventSet&) = default;
};

}  // namespace gdbhub
