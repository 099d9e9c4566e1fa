// A hub for one `gdbhub log`, in the same process.
#pragma once

#include "server/log_client.h"

namespace gdbhub::net {

/// Runs the hub on this thread, which traces, and the client on another. Ends when the client does, or by
/// SIGINT or SIGTERM; then what was attached to is let go, and what was started is killed. Returns the exit
/// status.
int run_with_private_hub(LogClient& client);

}  // namespace gdbhub::net
