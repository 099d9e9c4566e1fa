// Which system calls a test's engine wants.
#pragma once

#include "gdbhub/event.h"

namespace gdbhub::test {

inline EventSet catching(SyscallSet entries, SyscallSet exits) {
  EventSet events;
  events.syscall_entries = entries;
  events.syscall_exits = exits;
  return events;
}
inline EventSet catching(SyscallSet both) { return catching(both, both); }

}  // namespace gdbhub::test
