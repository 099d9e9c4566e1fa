#include "arch/decoded_instruction.h"

namespace gdbhub::arch {
namespace {

std::uint64_t address_register(const DecodedInstruction& instruction, ZydisRegister which,
                               const GeneralRegisters& registers) {
  switch (ZydisRegisterGetClass(which)) {
    case ZYDIS_REGCLASS_GPR64:
    case ZYDIS_REGCLASS_GPR32:  // the sum is cut to 32 bits in the end
      return registers.*general_member(static_cast<unsigned>(ZydisRegisterGetId(which)));
    case ZYDIS_REGCLASS_IP:
      return instruction.next().value;
    default:
      return 0;
  }
}

}  // namespace

bool DecodedInstruction::is(ZydisOpcodeMap map, unsigned first, unsigned last) const {
  return form.encoding == ZYDIS_INSTRUCTION_ENCODING_LEGACY && form.opcode_map == map &&
         form.opcode >= first && form.opcode <= last;
}

std::optional<DecodedInstruction> decode(ByteSpan code, Address pc) {
  ZydisDecoder decoder;
  DecodedInstruction instruction{};
  instruction.pc = pc;
  if (!ZYAN_SUCCESS(ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)) ||
      !ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code.data(), code.size(), &instruction.form,
                                           instruction.operands.data()))) {
    return std::nullopt;
  }
  return instruction;
}

GeneralMember general_member(unsigned number) {
  using R = GeneralRegisters;
  static constexpr GeneralMember kMembers[16] = {&R::rax, &R::rcx, &R::rdx, &R::rbx, &R::rsp, &R::rbp,
                                                 &R::rsi, &R::rdi, &R::r8,  &R::r9,  &R::r10, &R::r11,
                                                 &R::r12, &R::r13, &R::r14, &R::r15};
  return kMembers[number % 16];
}

std::uint64_t memory_offset(const DecodedInstruction& instruction, const Operand& operand,
                            const GeneralRegisters& registers) {
  const auto& mem = operand.mem;
  const std::uint64_t offset = address_register(instruction, mem.base, registers) +
                               address_register(instruction, mem.index, registers) * mem.scale +
                               static_cast<std::uint64_t>(mem.disp.value);
  return instruction.form.address_width == 32 ? static_cast<std::uint32_t>(offset) : offset;
}

Address memory_address(const DecodedInstruction& instruction, const Operand& operand,
                       const GeneralRegisters& registers) {
  std::uint64_t base = 0;
  if (operand.mem.segment == ZYDIS_REGISTER_FS) base = registers.fs_base;
  if (operand.mem.segment == ZYDIS_REGISTER_GS) base = registers.gs_base;
  return {memory_offset(instruction, operand, registers) + base};
}

}  // namespace gdbhub::arch
