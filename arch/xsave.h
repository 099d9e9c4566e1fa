// Where the extended registers live in NT_X86_XSTATE, and what a component that was never used reads as.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "gdbhub/bytes.h"

namespace gdbhub::arch {

/// The parts of the extended state that debuggers see. All but Mxcsr are state components of their own; MXCSR
/// is saved with both SSE and AVX.
enum class XsavePart : unsigned { X87, Sse, Mxcsr, Avx, Opmask, ZmmHi256, Hi16Zmm, Pkru };
inline constexpr std::size_t kXsaveParts = 8;

/// The layout of NT_X86_XSTATE: the standard (not compacted) XSAVE format, which is what ptrace(2) gives
/// whatever the kernel uses itself. A state of zeros only is a valid one: everything has its initial value.
class XsaveLayout {
 public:
  /// A layout of the components in `xcr0`, at the offsets that this CPU reports in CPUID leaf 0xD.
  explicit XsaveLayout(std::uint64_t xcr0);
  /// What the operating system has enabled here; x87 and SSE only where there is no XSAVE.
  static XsaveLayout of_this_cpu();

  bool has(XsavePart part) const { return place(part).size != 0; }
  /// Bytes from the start of the state to the end of its last known part.
  std::size_t size() const;

  /// Copies bytes of `part` out, starting `offset` bytes into it: initial values where the part is not in use
  /// (its bit in XSTATE_BV is clear). False when this state does not have the part, or not all of it.
  bool read(ByteSpan state, XsavePart part, unsigned offset, MutableByteSpan to) const;
  /// Changes bytes of `part` and marks it as in use. False when this state does not have it.
  bool write(MutableByteSpan state, XsavePart part, unsigned offset, ByteSpan from) const;

 private:
  struct Place {
    unsigned offset = 0;
    unsigned size = 0;  ///< 0: not on this machine
  };
  const Place& place(XsavePart part) const { return places_[static_cast<std::size_t>(part)]; }
  bool contains(ByteSpan state, XsavePart part, unsigned offset, std::size_t count) const;

  std::array<Place, kXsaveParts> places_{};
};

}  // namespace gdbhub::arch
