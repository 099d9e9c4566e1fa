// The hub's own log.
#pragma once

#include "gdbhub/result.h"
#include "server/options.h"

namespace gdbhub::net {

/// Makes spdlog's default logger write to stderr or the debug file, at the level that was asked for.
Result<> set_up_logging(const DebugOptions& options);

}  // namespace gdbhub::net
