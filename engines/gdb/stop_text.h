// Stop replies as text.
#pragma once

#include <string>

#include "engines/gdb/run_control.h"

namespace gdbhub::gdb {

/// The T packet for a stop. Once, rewinds the pc over a trap instruction of the program's own, as a client that knows
/// `swbreak` expects; the thread must be held by the engine. `registers` reads
/// what the client may see.
std::string stop_text(Hub& hub, EngineId engine, const Client& client, Stop& stop,
                      const std::function<Result<RegisterState>(Tid)>& registers);

/// The W or X packet for the end of a process.
std::string ended_text(Pid pid, WaitStatus how, bool multiprocess);

/// The w packet for the end of a thread.
std::string thread_ended_text(Pid pid, Tid tid, WaitStatus how, bool multiprocess);

/// The host's signal for gdb's number; 0 for one that Linux does not have.
int host_signal_or_zero(int gdb);

}  // namespace gdbhub::gdb
