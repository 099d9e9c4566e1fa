// How breakpoints and watchpoints go into the debug registers of x86 (Intel SDM vol. 3, "Debug registers").
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "gdbhub/isa.h"

namespace gdbhub::arch {

/// Aligned points of 1, 2, 4 or 8 bytes that together cover `point`, each good for one register. Empty for what no register
/// can watch: length 0, or addresses outside the user's half.
std::vector<HardwarePoint> split_for_debug_registers(const HardwarePoint& point);

/// DR7 for the points in DR0 to DR3.
std::uint64_t debug_control_register(std::span<const std::optional<HardwarePoint>> points);

}  // namespace gdbhub::arch
