// `gdbhub log`: follows the event log of a running hub.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "gdbhub/result.h"
#include "server/options.h"

namespace gdbhub::net {

/// Prints events until the hub closes the connection. Returns the exit status.
int run_log_client(const LogOptions& options, std::ostream& out, std::ostream& err);

/// What to print for one line of the hub: nothing for what is no event (the answer to the subscription); an
/// error for an answer that is one, or a line that is no JSON-RPC.
Result<std::string> format_log_line(std::string_view line, bool json);

}  // namespace gdbhub::net
