// Standard input and output as the one client's connection (`gdbhub - PROG`).
#pragma once

#include "server/listener.h"

namespace gdbhub::net {

/// Takes descriptors 0 and 1 for the client and says so as gdbserver does. What tracees inherit from then on
/// is /dev/null as their input, and our stderr as their output. Call it once, before any program is started.
Client take_stdio(ListenSpec spec);

}  // namespace gdbhub::net
