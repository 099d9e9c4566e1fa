// The command line of the server itself, read as gdbserver reads its own: options in order, then COMM, then the program.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "gdbhub/result.h"
#include "server/options.h"

namespace gdbhub::net {

/// `arguments` without the program's own name. `engines` and errors as of parse_command_line.
Result<CommandLine> parse_serve_options(const std::vector<std::string>& arguments, std::span<const EngineKind> engines);

}  // namespace gdbhub::net
