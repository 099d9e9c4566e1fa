// Narrow integers in 64-bit words.
#pragma once

#include <cstdint>

namespace gdbhub::expr {

/// The low `bits` (1…64) of the value, as an unsigned number.
constexpr std::uint64_t zero_extend(std::uint64_t value, unsigned bits) {
  return value << (64 - bits) >> (64 - bits);
}

/// The low `bits` (1…64) of the value, as a number in two's complement.
constexpr std::uint64_t sign_extend(std::uint64_t value, unsigned bits) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(value << (64 - bits)) >> (64 - bits));
}

}  // namespace gdbhub::expr
