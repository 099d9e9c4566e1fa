// Runs the user's command when a program crashes.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gdbhub/result.h"

namespace gdbhub::crash {

/// Starts a program and does not wait for it: `argv[0]` is found by PATH, no shell reads it. It gets the hub's environment
/// and `environment` (NAME, value), nothing on stdin, its output where the hub's errors go, and default signals. The hub reaps
/// it with all its children.
Result<> start_hook(const std::vector<std::string>& argv,
                    const std::vector<std::pair<std::string, std::string>>& environment);

}  // namespace gdbhub::crash
