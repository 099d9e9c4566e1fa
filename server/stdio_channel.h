// Standard input and output as the one client's connection (`gdbhub - PROG`).
#pragma once

#include "server/listener.h"

namespace gdbhub::net {

/// How messages call this client.
constexpr const char* stdio_peer = "stdio";

/// Takes descriptors 0 and 1 for the client. What tracees inherit from then on
/// is /dev/null as their input, and our stderr as their output. Call it once, before any program is started.
Client take_stdio(ListenSpec spec);

}  // namespace gdbhub::net
