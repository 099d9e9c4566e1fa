// The sparse memory of one address space of the fake machine.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>

#include "gdbhub/address.h"
#include "gdbhub/bytes.h"

namespace gdbhub::test {

constexpr std::uint64_t kPageSize = 4096;

/// What a page allows, as the r, w and x of /proc/PID/maps.
struct Protection {
  bool read = true;
  bool write = false;
  bool execute = false;

  friend bool operator==(const Protection&, const Protection&) = default;
};

/// Pages by address. A value: a fork copies it.
class FakeMemory {
 public:
  enum class Access { Read, Write, Execute };

  /// Maps whole pages of zeros over [begin, begin + size), replacing what was there.
  void map(AddressRange range, Protection protection, const std::string& name);
  void unmap(AddressRange range);
  void clear() { pages_.clear(); }
  bool any_mapped(AddressRange range) const;
  /// The lowest free range of `size` bytes at or above `from`.
  Address find_free(Address from, std::uint64_t size) const;

  /// As ptrace sees it: whatever the protection, up to the first unmapped page. Returns the count.
  std::size_t peek(Address from, MutableByteSpan to) const;
  std::size_t poke(Address to, ByteSpan from);

  /// As the processor sees it: the address that faults, nullopt when all is well. Nothing is changed on a
  /// fault.
  std::optional<Address> check(Address from, std::size_t size, Access access) const;
  bool is_mapped(Address at) const { return pages_.count(page_of(at)) != 0; }

  /// /proc/PID/maps.
  std::string maps() const;

 private:
  struct Page {
    Protection protection;
    std::string name;
    std::array<Byte, kPageSize> bytes{};
  };

  static std::uint64_t page_of(Address at) { return at.value / kPageSize; }

  std::map<std::uint64_t, Page> pages_;
};

}  // namespace gdbhub::test
