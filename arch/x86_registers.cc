#include "arch/x86_registers.h"

#include <algorithm>
#include <cstddef>
#include <set>

namespace gdbhub::arch {
namespace {

using Home = X86Register::Home;

// clang-format off
#define REPEAT_8(ROW) ROW(0, 0) ROW(1, 1) ROW(2, 2) ROW(3, 3) ROW(4, 4) ROW(5, 5) ROW(6, 6) ROW(7, 7)
#define REPEAT_16(ROW) REPEAT_8(ROW) \
  ROW(8, 8) ROW(9, 9) ROW(10, 10) ROW(11, 11) ROW(12, 12) ROW(13, 13) ROW(14, 14) ROW(15, 15)
#define REPEAT_16_FROM_16(ROW) \
  ROW(16, 0) ROW(17, 1) ROW(18, 2) ROW(19, 3) ROW(20, 4) ROW(21, 5) ROW(22, 6) ROW(23, 7) \
  ROW(24, 8) ROW(25, 9) ROW(26, 10) ROW(27, 11) ROW(28, 12) ROW(29, 13) ROW(30, 14) ROW(31, 15)
#define FEATURE(id) feature = id;
#define GENERAL(name, bits, type) \
  add({{#name, bits, type, "", feature, 0}, Home::General, {}, offsetof(GeneralRegisters, name), (bits) / 8});
#define XSAVE(name, bits, type, group, part, offset, stored) \
  add({{name, bits, type, group, feature, 0}, Home::Xsave, XsavePart::part, offset, stored});
#define TAG_WORD(name, bits, type, group) \
  add({{name, bits, type, group, feature, 0}, Home::TagWord, XsavePart::X87, 4, 1});
// clang-format on

std::vector<X86Register> all_registers() {
  std::vector<X86Register> all;
  std::string_view feature;
  const auto add = [&all](const X86Register& one) { all.push_back(one); };
#include "arch/x86_registers.inc"
  return all;
}

constexpr unsigned kStatusWord = 2;
constexpr unsigned kAbridgedTags = 4;
constexpr unsigned kStack = 32;
constexpr unsigned kStackStride = 16;

enum Tag : unsigned { Valid = 0, Zero = 1, Special = 2, Empty = 3 };

/// How the x87 unit classifies an 80-bit value.
Tag tag_of(ByteSpan value) {
  const auto significand = load<std::uint64_t>(value);
  const unsigned exponent = load<std::uint16_t>(value.subspan(8)) & 0x7fff;
  if (exponent == 0) return significand == 0 ? Zero : Special;
  const bool normal = exponent != 0x7fff && (significand >> 63) != 0;
  return normal ? Valid : Special;
}

}  // namespace

std::vector<X86Register> x86_registers(const XsaveLayout& layout) {
  std::vector<X86Register> registers = all_registers();
  // gdb refuses a feature of which registers are missing, so a feature is there as a whole or not at all.
  std::set<std::string_view> missing;
  for (const X86Register& one : registers) {
    if (one.home != Home::General && !layout.has(one.part)) missing.insert(one.info.feature);
  }
  std::erase_if(registers, [&](const X86Register& one) { return missing.contains(one.info.feature); });
  unsigned offset = 0;
  for (X86Register& one : registers) {
    one.info.offset = offset;
    offset += one.bytes();
  }
  return registers;
}

std::optional<std::uint16_t> read_tag_word(const XsaveLayout& layout, ByteSpan state) {
  std::uint16_t status = 0;
  Byte abridged = 0;
  if (!layout.read(state, XsavePart::X87, kStatusWord, writable_bytes_of(status)) ||
      !layout.read(state, XsavePart::X87, kAbridgedTags, writable_bytes_of(abridged))) {
    return std::nullopt;
  }
  const unsigned top = (status >> 11) & 7;
  unsigned tags = 0;
  for (unsigned physical = 0; physical < 8; ++physical) {
    Tag tag = Empty;
    if ((abridged >> physical & 1) != 0) {
      std::array<Byte, 10> value{};
      layout.read(state, XsavePart::X87, kStack + kStackStride * ((physical + 8 - top) % 8), value);
      tag = tag_of(value);
    }
    tags |= tag << (2 * physical);
  }
  return static_cast<std::uint16_t>(tags);
}

bool write_tag_word(const XsaveLayout& layout, MutableByteSpan state, std::uint16_t tags) {
  unsigned abridged = 0;
  for (unsigned physical = 0; physical < 8; ++physical) {
    const bool empty = (tags >> (2 * physical) & 3) == Empty;
    abridged |= (empty ? 0U : 1U) << physical;
  }
  return layout.write(state, XsavePart::X87, kAbridgedTags, bytes_of(static_cast<Byte>(abridged)));
}

}  // namespace gdbhub::arch
