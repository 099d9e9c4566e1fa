// Why threads that a client has resumed do not run (A14), for its lists of threads.
#pragma once

#include <string>
#include <unordered_map>

#include "gdbhub/hub.h"

namespace gdbhub::gdb {

/// For each thread that the engine waits for: "held by gdb#2 (127.0.0.1:4711) for 3.2 s: at a breakpoint".
std::unordered_map<Tid, std::string> waits_of(const Hub& hub, EngineId engine, TimePoint now);

/// "3.2 s"
std::string seconds_text(Duration time);

}  // namespace gdbhub::gdb
