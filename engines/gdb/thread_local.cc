#include "engines/gdb/thread_local.h"

#include <algorithm>

namespace gdbhub::gdb {
namespace {

/// What each of glibc's variables is: a field, by size in bits, number of elements and offset in bytes.
struct Field {
  std::uint32_t bits = 0;
  std::uint32_t elements = 0;
  std::int32_t offset = 0;
};

Error unreadable() { return {ErrorCode::BadMemory, 0, "the thread's structures cannot be read"}; }

template <class Int>
Result<Int> read_int(Address at, const ThreadLocalLayout::Read& read) {
  Int value{};
  if (read(at, writable_bytes_of(value)) != sizeof value) return unreadable();
  return value;
}

}  // namespace

std::optional<std::string_view> ThreadLocalLayout::unknown() const {
  for (std::size_t i = 0; i < Count; ++i)
    if (!variables_[i]) return names[i];
  return std::nullopt;
}

void ThreadLocalLayout::learn(std::string_view name, Address at) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) variables_[static_cast<std::size_t>(found - names.begin())] = at;
}

Result<Address> ThreadLocalLayout::find(Address thread, Address link_map, std::uint64_t offset, const Read& read) const {
  if (unknown()) return Error{ErrorCode::NotFound, 0, "the layout of the C library's threads is not known"};
  std::array<Field, Count> fields;
  for (std::size_t i = 0; i < Count; ++i)
    if (read(*variables_[i], writable_bytes_of(fields[i])) != sizeof(Field)) return unreadable();
  const auto field = [&](Variable which, Address object) {
    return object + static_cast<std::uint64_t>(static_cast<std::int64_t>(fields[which].offset));
  };

  // A statically linked program has no link map, and one module.
  const auto module = link_map != Address{} ? read_int<std::uint64_t>(field(ModuleOfLinkMap, link_map), read) : std::uint64_t{1};
  if (!module) return module.error();
  const auto vector = read_int<std::uint64_t>(field(VectorOfThread, thread), read);
  if (!vector) return vector.error();
  const std::uint64_t slot_size = fields[Slots].bits / 8;
  const Address slots = field(Slots, Address{*vector});
  // The slot before the first one has their number.
  const auto count = read_int<std::uint64_t>(field(CounterOfSlot, slots - slot_size), read);
  if (!count) return count.error();
  if (*module == 0 || *module > *count) return Error{ErrorCode::NotFound, 0, "the thread has no block for that library yet"};
  const auto block = read_int<std::uint64_t>(field(BlockOfSlot, slots + *module * slot_size), read);
  if (!block) return block.error();
  constexpr std::uint64_t unallocated = ~std::uint64_t{0};
  if (*block == unallocated || *block == 0)
    return Error{ErrorCode::NotFound, 0, "the thread has not used that library's variables yet"};
  return Address{*block} + offset;
}

}  // namespace gdbhub::gdb
