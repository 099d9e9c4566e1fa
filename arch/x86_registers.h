// The amd64 Linux registers as debuggers number them, and where each one lives in the kernel's two forms.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "arch/xsave.h"
#include "gdbhub/isa.h"

namespace gdbhub::arch {

/// One register: what the debugger sees, and where its value is stored.
struct X86Register {
  enum class Home {
    General,  ///< in GeneralRegisters
    Xsave,    ///< in a part of the extended state
    TagWord,  ///< there too, but stored in another form: the x87 tags
  };

  RegisterInfo info;
  Home home = Home::General;
  XsavePart part = XsavePart::X87;  ///< unless General
  unsigned offset = 0;              ///< in GeneralRegisters or in the part
  unsigned stored = 0;              ///< bytes there; a debugger's further bytes are zero

  unsigned bytes() const { return info.bits / 8; }
};

/// The registers that a machine of this layout has. The index is the debugger's number: the order of the
/// lists is that of gdbserver's amd64 target descriptions, which gdb front ends have come to rely on.
std::vector<X86Register> x86_registers(const XsaveLayout& layout);

/// The x87 tag word, two bits a register in physical order (0 valid, 1 zero, 2 special, 3 empty), made from
/// XSAVE's abridged one and the stack. Nothing when the state lacks the x87 part.
std::optional<std::uint16_t> read_tag_word(const XsaveLayout& layout, ByteSpan state);
/// Stores a full tag word in its abridged form: one bit a register, set unless empty.
bool write_tag_word(const XsaveLayout& layout, MutableByteSpan state, std::uint16_t tags);

}  // namespace gdbhub::arch
