// Why the kernel does not let the hub trace a process, for a person.
#pragma once

#include <optional>
#include <string>

#include "gdbhub/procfs.h"
#include "gdbhub/ids.h"
#include "gdbhub/result.h"

namespace gdbhub::arch {

/// What is known when PTRACE_SEIZE has failed with EPERM, which has many causes.
struct RefusedAttach {
  Tid target;
  TaskStatus status;                 ///< of the target
  std::optional<TaskStatus> tracer;  ///< of who traces it already
  Pid hub;                           ///< the hub's own process
  int hub_user = 0;                  ///< the hub's effective user id
  std::optional<int> yama_scope;     ///< /proc/sys/kernel/yama/ptrace_scope, where there is one
};

/// NotPermitted, with the most likely cause and what to do about it (A44).
Error explain(const RefusedAttach& refused);

}  // namespace gdbhub::arch
