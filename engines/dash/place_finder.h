// Where a name of code is in a process.
#pragma once

#include <functional>
#include <vector>

#include "gdbhub/hub.h"
#include "gdbhub/symbols.h"

namespace gdbhub::dash {

using PlacesFound = std::function<void(const Result<std::vector<CodePlace>>&)>;

/// Looks into all files with code that the process has mapped now. NotFound when none of them knows the name. Calls `found` once, later or
/// within the call; tracer thread only. `hub` and `symbols` are not owned.
void find_places(Hub& hub, Symbols& symbols, Pid pid, const CodeName& name, PlacesFound found);

}  // namespace gdbhub::dash
