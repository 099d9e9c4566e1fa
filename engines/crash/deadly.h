// Which signals kill a process, and leave a core file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gdbhub/kernel.h"
#include "gdbhub/result.h"

namespace gdbhub::crash {

/// A set of signals: bit n - 1 is signal n, as in /proc/PID/status.
using SignalMask = std::uint64_t;
constexpr SignalMask mask_of(int signal) { return SignalMask{1} << (signal - 1); }

/// The signals whose default action is a core dump (signal(7)).
extern const SignalMask core_signals;

/// "SIGSEGV"
std::string name_of(int signal);
/// "SEGV", "SIGSEGV" or "11".
Result<int> parse_signal(std::string_view text);

/// True when `signal`, which the thread has stopped for, will kill its process with a core dump: neither caught nor ignored.
/// Faults that are blocked or ignored count as well: the kernel has unblocked them and reset their action by now
/// (force_sig_info_to_task).
bool is_deadly(Kernel& kernel, Pid pid, Tid tid, int signal);

}  // namespace gdbhub::crash
