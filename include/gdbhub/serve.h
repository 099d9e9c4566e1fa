// The whole hub as one call: for programs that add engines of their own to it.
#pragma once

#include <span>

#include "gdbhub/engine_kind.h"

namespace gdbhub {

/// The program gdbhub with the engines of `more` beside its own: reads the command line, serves until the end, and returns the
/// exit status. Blocks signals and traces processes on the calling thread, so call it in main, once, before there are other threads.
int serve(int argc, char** argv, std::span<const EngineKind> more = {});

}  // namespace gdbhub
