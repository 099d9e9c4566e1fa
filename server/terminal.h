// The hub's terminal in the hands of a tracee.
#pragma once

#include "gdbhub/ids.h"

namespace gdbhub::net {

/// Makes a launched program, which has a process group of its own, the foreground of the hub's terminal (on stderr, as
/// with gdbserver), so that it can read what is typed. Given back when the hub exits.
void give_terminal(Pid pid);

}  // namespace gdbhub::net
