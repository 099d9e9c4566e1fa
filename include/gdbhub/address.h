// Addresses in a tracee. Never a pointer of the hub's own.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace gdbhub {

/// A virtual address of a tracee. Arithmetic wraps as the processor's does.
struct Address {
  std::uint64_t value = 0;

  friend constexpr auto operator<=>(Address, Address) = default;
  friend constexpr Address operator+(Address a, std::uint64_t n) { return {a.value + n}; }
  friend constexpr Address operator-(Address a, std::uint64_t n) { return {a.value - n}; }
  /// The distance in bytes, modulo 2^64.
  friend constexpr std::uint64_t operator-(Address a, Address b) { return a.value - b.value; }
};

/// Half open: [begin, begin + size).
struct AddressRange {
  Address begin;
  std::uint64_t size = 0;

  constexpr Address end() const { return begin + size; }
  constexpr bool contains(Address a) const { return a - begin < size; }
  friend constexpr bool operator==(const AddressRange&, const AddressRange&) = default;
};

}  // namespace gdbhub

template <>
struct std::hash<gdbhub::Address> {
  std::size_t operator()(gdbhub::Address a) const noexcept {
    return std::hash<std::uint64_t>{}(a.value);
  }
};
