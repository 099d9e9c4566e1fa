// The command line of `gdbhub log`.
#pragma once

#include <string>
#include <vector>

#include "gdbhub/result.h"
#include "server/options.h"

namespace gdbhub::net {

/// `arguments` without `log`. Errors as of parse_command_line.
Result<CommandLine> parse_log_options(std::vector<std::string> arguments);

}  // namespace gdbhub::net
