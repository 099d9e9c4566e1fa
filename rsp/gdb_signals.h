// Signal numbers on the wire are GDB's own, on every system.
#pragma once

#include <optional>

namespace gdbhub::rsp {

/// GDB's number for a signal that it has no name for.
inline constexpr int kUnknownGdbSignal = 143;

/// GDB's number for a Linux x86-64 signal; 0 for 0.
int gdb_signal(int host);
/// The Linux x86-64 signal for GDB's number; 0 for 0. nullopt when Linux has no such signal.
std::optional<int> host_signal(int gdb);

}  // namespace gdbhub::rsp
