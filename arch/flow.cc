#include "arch/flow.h"

#include "arch/decoded_instruction.h"

namespace gdbhub::arch {
namespace {

/// A jump to an address that stands in it.
bool is_direct_jump(const DecodedInstruction& instruction) {
  const auto& form = instruction.form;
  const bool jumps = form.mnemonic == ZYDIS_MNEMONIC_JMP || form.meta.category == ZYDIS_CATEGORY_COND_BR;
  const Operand& to = instruction.operands[0];
  // With an operand size prefix, processors disagree about the target.
  return jumps && form.mnemonic != ZYDIS_MNEMONIC_XBEGIN && !instruction.has(ZYDIS_ATTRIB_HAS_OPERANDSIZE) &&
         to.type == ZYDIS_OPERAND_TYPE_IMMEDIATE && to.imm.is_relative;
}

bool runs_on(const DecodedInstruction& instruction) {
  switch (instruction.form.meta.category) {
    case ZYDIS_CATEGORY_CALL:
    case ZYDIS_CATEGORY_COND_BR:
    case ZYDIS_CATEGORY_INTERRUPT:
    case ZYDIS_CATEGORY_RET:
    case ZYDIS_CATEGORY_SYSRET:
    case ZYDIS_CATEGORY_SYSTEM:
    case ZYDIS_CATEGORY_UNCOND_BR:
    case ZYDIS_CATEGORY_VTX:
      return false;
    case ZYDIS_CATEGORY_SYSCALL:
      return instruction.form.mnemonic == ZYDIS_MNEMONIC_SYSCALL;
    default:
      break;
  }
  switch (instruction.form.mnemonic) {
    case ZYDIS_MNEMONIC_UD0:
    case ZYDIS_MNEMONIC_UD1:
    case ZYDIS_MNEMONIC_UD2:
      return false;
    default:
      return true;
  }
}

}  // namespace

std::optional<Flow> flow(ByteSpan code, Address pc, const GeneralRegisters& registers) {
  if (registers.cs != kCodeSegment64 || (registers.eflags & kTrapFlag) != 0) return std::nullopt;
  const std::optional<DecodedInstruction> instruction = decode(code, pc);
  if (!instruction) return std::nullopt;
  Flow flow{.length = instruction->length()};
  if (is_direct_jump(*instruction)) {
    flow.target = instruction->next() + instruction->operands[0].imm.value.u;
    flow.falls_through = instruction->form.mnemonic != ZYDIS_MNEMONIC_JMP;
  } else {
    flow.falls_through = runs_on(*instruction);
    flow.leaves = !flow.falls_through;
  }
  return flow;
}

}  // namespace gdbhub::arch
