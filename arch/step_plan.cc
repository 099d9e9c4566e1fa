#include "arch/step_plan.h"

#include <algorithm>
#include <limits>

#include "arch/decoded_instruction.h"
#include "arch/emulate.h"

namespace gdbhub::arch {
namespace {

constexpr std::uint64_t kAlignmentCheck = 1U << 18;

struct Refusal {
  ZydisMnemonic mnemonic;
  std::string_view why;
};

constexpr std::string_view kTrapsItself = "it raises an exception of its own, which names the pc";
constexpr std::string_view kModeSwitch = "it leaves user mode or 64-bit code in its own way";
constexpr std::string_view kPort = "port input and output is not repeated elsewhere";

constexpr Refusal kRefused[] = {
    {ZYDIS_MNEMONIC_INT, kTrapsItself},
    {ZYDIS_MNEMONIC_INT1, kTrapsItself},
    {ZYDIS_MNEMONIC_INT3, kTrapsItself},
    {ZYDIS_MNEMONIC_INTO, kTrapsItself},
    {ZYDIS_MNEMONIC_UD0, kTrapsItself},
    {ZYDIS_MNEMONIC_UD1, kTrapsItself},
    {ZYDIS_MNEMONIC_UD2, kTrapsItself},
    {ZYDIS_MNEMONIC_HLT, kTrapsItself},
    {ZYDIS_MNEMONIC_IRET, kModeSwitch},
    {ZYDIS_MNEMONIC_IRETD, kModeSwitch},
    {ZYDIS_MNEMONIC_IRETQ, kModeSwitch},
    {ZYDIS_MNEMONIC_UIRET, kModeSwitch},
    {ZYDIS_MNEMONIC_SYSENTER, kModeSwitch},
    {ZYDIS_MNEMONIC_SYSEXIT, kModeSwitch},
    {ZYDIS_MNEMONIC_SYSRET, kModeSwitch},
    {ZYDIS_MNEMONIC_ENCLU, kModeSwitch},
    {ZYDIS_MNEMONIC_VMCALL, kModeSwitch},
    {ZYDIS_MNEMONIC_VMMCALL, kModeSwitch},
    {ZYDIS_MNEMONIC_VMFUNC, kModeSwitch},
    {ZYDIS_MNEMONIC_XBEGIN, "a transaction cannot be stepped, and its abort address is relative"},
    {ZYDIS_MNEMONIC_IN, kPort},
    {ZYDIS_MNEMONIC_OUT, kPort},
    {ZYDIS_MNEMONIC_INSB, kPort},
    {ZYDIS_MNEMONIC_INSD, kPort},
    {ZYDIS_MNEMONIC_INSW, kPort},
    {ZYDIS_MNEMONIC_OUTSB, kPort},
    {ZYDIS_MNEMONIC_OUTSD, kPort},
    {ZYDIS_MNEMONIC_OUTSW, kPort},
};

constexpr ZydisOpcodeMap kOne = ZYDIS_OPCODE_MAP_DEFAULT;
constexpr ZydisOpcodeMap kTwo = ZYDIS_OPCODE_MAP_0F;

bool does_nothing(const DecodedInstruction& instruction) {
  const auto& form = instruction.form;
  const auto& rex = form.raw.rex;
  if (instruction.is(kOne, 0x90)) return rex.B == 0;  // with rex.B it exchanges with r8; f3 90 is pause
  if (instruction.is(kOne, 0x87)) {  // xchg eax, eax clears the upper half; the other widths do nothing
    const bool same = form.raw.modrm.mod == 3 && form.raw.modrm.reg == 0 && form.raw.modrm.rm == 0;
    return same && rex.R == rex.B && form.operand_width != 32;
  }
  if (instruction.is(kTwo, 0x1f)) return form.mnemonic == ZYDIS_MNEMONIC_NOP && form.raw.modrm.reg == 0;
  if (instruction.is(kTwo, 0x19)) return form.mnemonic == ZYDIS_MNEMONIC_NOP;
  return form.mnemonic == ZYDIS_MNEMONIC_ENDBR64;
}

bool enters_kernel(const DecodedInstruction& instruction, ByteSpan code) {
  if (instruction.is(kTwo, 0x05)) return true;
  return instruction.is(kOne, 0xcd) && code[instruction.length() - 1] == 0x80;
}

/// Why the instruction must not run at another address; empty when it may.
std::string_view refusal(const DecodedInstruction& instruction) {
  const auto& form = instruction.form;
  const auto known = std::ranges::find(kRefused, form.mnemonic, &Refusal::mnemonic);
  if (known != std::end(kRefused)) return known->why;
  if (form.meta.branch_type != ZYDIS_BRANCH_TYPE_NONE) return "it is a branch that is not emulated";
  if (instruction.is(kOne, 0xd8, 0xdf)) return "the x87 unit records the address of its last instruction";
  const Operand& first = instruction.operands[0];
  if (form.operand_count > 0 && first.type == ZYDIS_OPERAND_TYPE_REGISTER &&
      first.reg.value == ZYDIS_REGISTER_SS) {
    return "a change of ss delays the trap by one instruction";
  }
  return {};
}

/// The memory operand that is relative to the pc, if there is one.
const Operand* relative_operand(const DecodedInstruction& instruction) {
  for (unsigned i = 0; i < instruction.form.operand_count; ++i) {
    const Operand& operand = instruction.operands[i];
    if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY &&
        ZydisRegisterGetClass(operand.mem.base) == ZYDIS_REGCLASS_IP) {
      return &operand;
    }
  }
  return nullptr;
}

/// Appends a jump from the end of `code`, which will stand at `slot`.
void append_jump(Bytes& code, Address slot, Address target) {
  constexpr unsigned kNearLength = 5;
  const auto distance = static_cast<std::int64_t>(target - (slot + code.size() + kNearLength));
  const std::size_t at = code.size();
  if (distance == static_cast<std::int32_t>(distance)) {
    code.insert(code.end(), {0xe9, 0, 0, 0, 0});
    store(MutableByteSpan(code).subspan(at + 1), static_cast<std::int32_t>(distance));
  } else {
    code.insert(code.end(), {0xff, 0x25, 0, 0, 0, 0});  // jmp *(%rip): the target follows
    code.resize(code.size() + sizeof target.value);
    store(MutableByteSpan(code).subspan(at + 6), target.value);
  }
}

StepPlan copy(const DecodedInstruction& instruction, ByteSpan code, std::optional<Address> place) {
  if (!place) return CopiedInstruction{{}, instruction.length()};
  const Address slot = *place;
  CopiedInstruction plan{{code.begin(), code.begin() + instruction.length()}, instruction.length()};
  append_jump(plan.code, slot, instruction.next());
  const Operand* relative = relative_operand(instruction);
  if (relative == nullptr) return plan;
  const auto& where = instruction.form.raw.disp;
  const auto moved =
      static_cast<std::int64_t>(static_cast<std::uint64_t>(where.value) + (instruction.pc - slot));
  // Addresses of 32 bits wrap around: from anywhere they reach everything.
  const bool reaches =
      relative->mem.base == ZYDIS_REGISTER_EIP || (moved >= std::numeric_limits<std::int32_t>::min() &&
                                                   moved <= std::numeric_limits<std::int32_t>::max());
  if (where.size != 32 || !reaches) return InlineOnly{"its operand cannot be reached from the slot"};
  store(MutableByteSpan(plan.code).subspan(where.offset), static_cast<std::int32_t>(moved));
  return plan;
}

}  // namespace

StepPlan plan_step(ByteSpan code, Address pc, std::optional<Address> slot, const GeneralRegisters& registers,
                   const ReadMemory& read) {
  if (registers.cs != kCodeSegment64) return InlineOnly{"it is 32-bit code"};
  if ((registers.eflags & (kTrapFlag | kAlignmentCheck)) != 0) {
    return InlineOnly{"the program has set TF or AC, which add traps to every instruction"};
  }
  const std::optional<DecodedInstruction> instruction = decode(code, pc);
  if (!instruction) return InlineOnly{"it cannot be decoded"};
  if (does_nothing(*instruction)) return SkipInstruction{instruction->length()};
  if (enters_kernel(*instruction, code)) {
    return SyscallInstruction{{code.begin(), code.begin() + instruction->length()}, instruction->length()};
  }
  const Emulation emulation = emulate(*instruction, registers, read);
  switch (emulation.outcome) {
    case Emulation::Outcome::Done:
      if (!slot || !emulation.result.copy_is_better) return emulation.result;
      break;
    case Emulation::Outcome::NotMovable:
      return InlineOnly{"it depends on its own address, and may fault"};
    case Emulation::Outcome::Unsupported:
      break;
  }
  if (const std::string_view why = refusal(*instruction); !why.empty()) return InlineOnly{why};
  return copy(*instruction, code, slot);
}

}  // namespace gdbhub::arch
