#include "arch/xsave.h"

#include <cpuid.h>

#include <algorithm>

namespace gdbhub::arch {
namespace {

// The XSAVE header follows the 512 bytes of the legacy (FXSAVE) area; XSTATE_BV is its first word.
constexpr std::size_t kXstateBv = 512;
constexpr std::size_t kHeaderEnd = 576;
constexpr unsigned kXsaveLeaf = 0xd;

constexpr std::uint64_t bit(unsigned component) {
  return std::uint64_t{1} << component;
}
constexpr std::uint64_t kLegacy = bit(0) | bit(1);

struct Traits {
  XsavePart part;
  unsigned component;    // its number in XCR0; writing the part sets this bit of XSTATE_BV
  std::uint64_t in_use;  // the part has a value of its own when one of these bits is set
};

constexpr std::array<Traits, kXsaveParts> kTraits{{
    {XsavePart::X87, 0, bit(0)},
    {XsavePart::Sse, 1, bit(1)},
    {XsavePart::Mxcsr, 1, bit(1) | bit(2)},
    {XsavePart::Avx, 2, bit(2)},
    {XsavePart::Opmask, 5, bit(5)},
    {XsavePart::ZmmHi256, 6, bit(6)},
    {XsavePart::Hi16Zmm, 7, bit(7)},
    {XsavePart::Pkru, 9, bit(9)},
}};

constexpr const Traits& traits_of(XsavePart part) {
  return kTraits[static_cast<std::size_t>(part)];
}

constexpr std::array<Byte, 2> kInitialControlWord{0x7f,
                                                  0x03};  // all x87 exceptions masked, extended precision
constexpr std::array<Byte, 2> kInitialMxcsr{0x80, 0x1f};  // all SSE exceptions masked

/// The first bytes of a part's initial value; all further ones are zero.
ByteSpan initial_value(XsavePart part) {
  switch (part) {
    case XsavePart::X87:
      return kInitialControlWord;
    case XsavePart::Mxcsr:
      return kInitialMxcsr;
    default:
      return {};
  }
}

void copy_initial(XsavePart part, unsigned offset, MutableByteSpan to) {
  const ByteSpan initial = initial_value(part);
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = offset + i < initial.size() ? initial[offset + i] : 0;
}

}  // namespace

XsaveLayout::XsaveLayout(std::uint64_t xcr0) {
  for (const Traits& traits : kTraits) {
    Place& place = places_[static_cast<std::size_t>(traits.part)];
    if (traits.part == XsavePart::X87) {
      place = {0, 160};
    } else if (traits.part == XsavePart::Mxcsr) {
      place = {24, 4};
    } else if (traits.part == XsavePart::Sse) {
      place = {160, 256};
    } else if ((xcr0 & bit(traits.component)) != 0) {
      unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
      if (__get_cpuid_count(kXsaveLeaf, traits.component, &eax, &ebx, &ecx, &edx) != 0) place = {ebx, eax};
    }
  }
}

XsaveLayout XsaveLayout::of_this_cpu() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || (ecx & bit_OSXSAVE) == 0) return XsaveLayout(kLegacy);
  std::uint32_t low = 0, high = 0;
  asm("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return XsaveLayout((std::uint64_t{high} << 32) | low);
}

std::size_t XsaveLayout::size() const {
  std::size_t end = kHeaderEnd;
  for (const Place& place : places_) end = std::max<std::size_t>(end, place.offset + place.size);
  return end;
}

bool XsaveLayout::contains(ByteSpan state, XsavePart part, unsigned offset, std::size_t count) const {
  const Place& where = place(part);
  return state.size() >= kHeaderEnd && offset + count <= where.size &&
         where.offset + offset + count <= state.size();
}

bool XsaveLayout::read(ByteSpan state, XsavePart part, unsigned offset, MutableByteSpan to) const {
  if (!contains(state, part, offset, to.size())) return false;
  if ((load<std::uint64_t>(state.subspan(kXstateBv)) & traits_of(part).in_use) != 0) {
    std::ranges::copy(state.subspan(place(part).offset + offset, to.size()), to.begin());
  } else {
    copy_initial(part, offset, to);
  }
  return true;
}

bool XsaveLayout::write(MutableByteSpan state, XsavePart part, unsigned offset, ByteSpan from) const {
  if (!contains(state, part, offset, from.size())) return false;
  const std::uint64_t before = load<std::uint64_t>(state.subspan(kXstateBv));
  if ((before & traits_of(part).in_use) == 0) {
    // Whatever comes into use together with this part starts with its initial value.
    const std::uint64_t added = bit(traits_of(part).component);
    std::array<Byte, 4> mxcsr{};
    read(state, XsavePart::Mxcsr, 0, mxcsr);
    for (const Traits& traits : kTraits) {
      const Place& where = place(traits.part);
      if ((traits.in_use & added) == 0 || (traits.in_use & before) != 0) continue;
      if (where.offset + where.size > state.size()) continue;
      copy_initial(traits.part, 0, state.subspan(where.offset, where.size));
    }
    // MXCSR lies in the middle of the x87 part without belonging to it: as it was seen before, it stays.
    std::ranges::copy(mxcsr, state.begin() + place(XsavePart::Mxcsr).offset);
    store(state.subspan(kXstateBv), before | added);
  }
  std::ranges::copy(from, state.begin() + place(part).offset + offset);
  return true;
}

}  // namespace gdbhub::arch
