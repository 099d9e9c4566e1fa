// One decoded x86-64 instruction. Only the step planner's files include this: it brings Zydis in.
#pragma once

#include <Zydis/Zydis.h>

#include <array>
#include <optional>

#include "gdbhub/address.h"
#include "gdbhub/bytes.h"
#include "gdbhub/kernel.h"

namespace gdbhub::arch {

using Operand = ZydisDecodedOperand;

inline constexpr std::uint64_t kCodeSegment64 = 0x33;  ///< of user mode, Linux
inline constexpr std::uint64_t kTrapFlag = 1U << 8;

/// Zydis's view of an instruction and its place.
struct DecodedInstruction {
  ZydisDecodedInstruction form;
  std::array<Operand, ZYDIS_MAX_OPERAND_COUNT> operands;
  Address pc;

  unsigned length() const { return form.length; }
  Address next() const { return pc + form.length; }
  bool has(ZydisInstructionAttributes attribute) const { return (form.attributes & attribute) != 0; }
  /// In one of the two old opcode maps, without VEX or its like.
  bool is(ZydisOpcodeMap map, unsigned first, unsigned last) const;
  bool is(ZydisOpcodeMap map, unsigned opcode) const { return is(map, opcode, opcode); }
};

/// Decodes the instruction at the start of `code` as 64-bit code; nothing when it is invalid or cut off.
std::optional<DecodedInstruction> decode(ByteSpan code, Address pc);

/// The member that holds the general register of this number in x86 encoding order (rax, rcx, rdx, rbx …).
using GeneralMember = unsigned long long GeneralRegisters::*;
GeneralMember general_member(unsigned number);

/// The offset that a memory operand denotes, before its segment's base is added.
std::uint64_t memory_offset(const DecodedInstruction& instruction, const Operand& operand,
                            const GeneralRegisters& registers);
/// The linear address of a memory operand.
Address memory_address(const DecodedInstruction& instruction, const Operand& operand,
                       const GeneralRegisters& registers);

}  // namespace gdbhub::arch
