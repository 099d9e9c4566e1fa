#include "arch/x86_debug_registers.h"

#include <algorithm>

namespace gdbhub::arch {
namespace {

constexpr std::uint64_t user_end = 1ull << 47;

/// The R/W field of DR7. x86 cannot watch reads alone.
std::uint64_t access_bits(HardwarePoint::Kind kind) {
  switch (kind) {
    case HardwarePoint::Kind::Execute: return 0b00;
    case HardwarePoint::Kind::Write: return 0b01;
    case HardwarePoint::Kind::Access: return 0b11;
  }
  return 0;
}

/// The LEN field of DR7.
std::uint64_t length_bits(unsigned length) {
  switch (length) {
    case 2: return 0b01;
    case 4: return 0b11;
    case 8: return 0b10;
    default: return 0b00;
  }
}

}  // namespace

std::vector<HardwarePoint> split_for_debug_registers(const HardwarePoint& point) {
  if (point.length == 0 || point.at.value >= user_end || point.length > user_end - point.at.value) return {};
  if (point.kind == HardwarePoint::Kind::Execute) return {{point.kind, point.at, 1}};
  std::vector<HardwarePoint> pieces;
  Address at = point.at;
  for (std::uint64_t left = point.length; left > 0 && pieces.size() <= 4;) {
    unsigned length = 8;
    while (length > left || at.value % length != 0) length /= 2;
    pieces.push_back({point.kind, at, length});
    at = at + length;
    left -= length;
  }
  return pieces;
}

std::uint64_t debug_control_register(std::span<const std::optional<HardwarePoint>> points) {
  std::uint64_t control = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!points[i]) continue;
    control |= 1ull << (2 * i);  // local enable
    control |= (access_bits(points[i]->kind) | length_bits(static_cast<unsigned>(points[i]->length)) << 2) << (16 + 4 * i);
  }
  return control;
}

}  // namespace gdbhub::arch
