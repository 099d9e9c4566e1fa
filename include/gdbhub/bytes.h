// Spans of raw bytes and little-endian loads and stores.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace gdbhub {

using Byte = std::uint8_t;
using Bytes = std::vector<Byte>;
using ByteSpan = std::span<const Byte>;
using MutableByteSpan = std::span<Byte>;

/// The integer stored at the start of `from`, in the byte order of x86. `from` must be long enough.
template <class Int>
  requires std::is_integral_v<Int>
Int load(ByteSpan from) {
  Int value;
  std::memcpy(&value, from.data(), sizeof value);
  return value;
}

/// Stores `value` at the start of `to`, which must be long enough.
template <class Int>
  requires std::is_integral_v<Int>
void store(MutableByteSpan to, Int value) {
  std::memcpy(to.data(), &value, sizeof value);
}

/// The bytes of an object without padding, for reading and writing tracee memory.
template <class T>
  requires std::is_trivially_copyable_v<T>
ByteSpan bytes_of(const T& object) {
  return {reinterpret_cast<const Byte*>(&object), sizeof object};
}
template <class T>
  requires std::is_trivially_copyable_v<T>
MutableByteSpan writable_bytes_of(T& object) {
  return {reinterpret_cast<Byte*>(&object), sizeof object};
}

inline ByteSpan bytes_of(std::string_view text) {
  return {reinterpret_cast<const Byte*>(text.data()), text.size()};
}
inline std::string_view text_of(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace gdbhub
