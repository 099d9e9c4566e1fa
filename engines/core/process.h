// A traced process: its threads, its memory, and the engines that are attached to it.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "engines/core/address_space.h"
#include "engines/core/thread.h"
#include "gdbhub/engine.h"

namespace gdbhub::core {

/// An engine's attachment to a process, in the order of attaching.
struct Member {
  EngineId engine;
  Engine* client = nullptr;  ///< not owned; null for the hub itself
  EventSet events;
};

struct Process {
  Pid pid;
  std::shared_ptr<AddressSpace> space;
  std::vector<Thread*> threads;  ///< owned by the TaskTable; oldest first
  std::vector<Member> members;
  std::vector<EngineId> untold;  ///< a child's followers that are still to be told of the fork
  EngineId owner;          ///< launched it or attached first (A28); 0: nobody yet
  bool launched = false;   ///< by the hub
  bool exit_kill = false;  ///< LaunchSpec::exit_kill, of the first ancestor that the hub launched
  bool trace_syscalls = false;  ///< somebody catches system calls: its threads run with PTRACE_SYSCALL
  bool trace_exits = false;     ///< somebody wants event::Exiting
  int execs_left = 0;      ///< of a launch, before the program itself runs
  bool started = true;     ///< false for a launch until its first instruction: no engine hears of it before
  bool leaving = false;    ///< has no member left: each thread is let go as soon as it stops (A6)
  bool stray_vfork = false;  ///< a vfork child that nobody follows: traced only while it shares its parent's memory (A22)
  std::optional<WaitStatus> ended;  ///< the leader's status

  Member* member(EngineId engine) {
    for (Member& m : members)
      if (m.engine == engine) return &m;
    return nullptr;
  }
  /// A follower that is still to be told of the fork.
  bool is_unknown_to(EngineId engine) const { return std::find(untold.begin(), untold.end(), engine) != untold.end(); }
  bool has_member(EngineId engine) const {
    return std::any_of(members.begin(), members.end(), [=](const Member& m) { return m.engine == engine; });
  }
};

}  // namespace gdbhub::core
