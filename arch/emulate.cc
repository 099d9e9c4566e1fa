#include "arch/emulate.h"

#include <algorithm>
#include <bit>

namespace gdbhub::arch {
namespace {

enum Flag : std::uint64_t {
  Carry = 1U << 0,
  Parity = 1U << 2,
  Adjust = 1U << 4,
  Zero = 1U << 6,
  Sign = 1U << 7,
  Trap = 1U << 8,
  Direction = 1U << 10,
  Overflow = 1U << 11,
  NestedTask = 1U << 14,
  Resume = 1U << 16,
  Virtual8086 = 1U << 17,
  AlignmentCheck = 1U << 18,
  Identification = 1U << 21,
};
constexpr std::uint64_t kArithmetic = Carry | Parity | Adjust | Zero | Sign | Overflow;
constexpr std::uint64_t kSmallestPage = 4096;
constexpr std::uint64_t kUserSpaceEnd = std::uint64_t{1} << 47;

/// The state of one emulation. Each operation returns false when the processor has to do it.
class Emulator {
 public:
  Emulator(const DecodedInstruction& instruction, const GeneralRegisters& registers, const ReadMemory& read)
      : instruction_(instruction), before_(registers), read_(read) {
    result.after = registers;
    result.after.rip = instruction.next().value;
    result.after.eflags &= ~std::uint64_t{Resume};
  }

  EmulatedInstruction result;

  // -- stack ------------------------------------------------------------------------------------
  bool push_register() { return wide() && push(before_.*general_member(opcode_register()), 8); }
  bool pop_register() {
    std::uint64_t value = 0;
    if (!wide() || !pop(value)) return false;
    result.after.*general_member(opcode_register()) = value;  // pop rsp: the value, not the sum, stays
    return true;
  }
  bool push_immediate() { return wide() && push(immediate(), 8); }
  bool push_flags() {
    return push(before_.eflags & ~std::uint64_t{Resume | Virtual8086}, instruction_.form.operand_width / 8U);
  }
  /// When popf is stepped, here or anywhere else, Linux takes the step's trap flag for the program's own from
  /// then on. Only what ptrace(2) cannot change makes that unavoidable.
  bool pop_flags() {
    constexpr std::uint64_t kChanged = kArithmetic | Direction | AlignmentCheck;
    std::uint64_t value = 0;
    if (!wide() || !pop(value) || (value & Trap) != 0) return false;
    if (((value ^ before_.eflags) & (NestedTask | Identification)) != 0) return false;
    result.after.eflags = (result.after.eflags & ~kChanged) | (value & kChanged);
    return true;
  }
  bool leave() {
    if (!wide()) return false;
    result.after.rsp = before_.rbp;
    std::uint64_t value = 0;
    if (!pop(value)) return false;
    result.after.rbp = value;
    return true;
  }

  // -- jumps --------------------------------------------------------------------------------------
  bool jump_relative() { return jump(instruction_.next().value + immediate()); }
  bool jump_conditional() { return !condition() || jump_relative(); }
  bool jump_indirect() {
    std::uint64_t target = 0;
    return indirect_target(target) && jump(target);
  }
  bool call_relative() { return call(instruction_.next().value + immediate()); }
  bool call_indirect() {
    std::uint64_t target = 0;
    return indirect_target(target) && call(target);
  }
  bool ret() {
    std::uint64_t target = 0;
    if (!pop(target)) return false;
    if (instruction_.form.opcode == 0xc2) result.after.rsp += static_cast<std::uint16_t>(immediate());
    return jump(target);
  }
  /// loopne, loope, loop (e0 to e2) and jrcxz (e3). Not defined with f2 or f3, which some processors heed here.
  bool jump_on_counter() {
    if (has_repeat_prefix()) return false;
    const unsigned kind = instruction_.form.opcode & 3;
    const bool narrow = instruction_.form.address_width == 32;
    std::uint64_t count = before_.rcx - (kind == 3 ? 0 : 1);
    if (narrow) count = static_cast<std::uint32_t>(count);
    if (kind != 3) result.after.rcx = count;
    const bool zero_flag = (before_.eflags & Zero) != 0;
    const bool wanted = kind >= 2 || zero_flag == (kind == 1);
    const bool taken = kind == 3 ? count == 0 : count != 0 && wanted;
    return !taken || jump_relative();
  }

  // -- moves and arithmetic ------------------------------------------------------------------------
  bool move() {
    const Operand& from = instruction_.operands[1];
    if (from.type == ZYDIS_OPERAND_TYPE_IMMEDIATE) return set(from.imm.value.u);
    if (from.type != ZYDIS_OPERAND_TYPE_REGISTER) return false;
    return set(before_.*general_member(static_cast<unsigned>(ZydisRegisterGetId(from.reg.value))));
  }
  bool load_address() { return set(memory_offset(instruction_, instruction_.operands[1], before_)); }
  /// 64-bit add and sub of an immediate: what prologues do to rsp.
  bool add_immediate() { return arithmetic(false); }
  bool subtract_immediate() { return arithmetic(true); }

 private:
  bool wide() const { return instruction_.form.operand_width == 64; }
  unsigned opcode_register() const {
    return (instruction_.form.opcode & 7U) | (instruction_.form.raw.rex.B != 0 ? 8U : 0U);
  }
  std::uint64_t immediate() const { return instruction_.form.raw.imm[0].value.u; }

  /// 66 before a near branch means different things to AMD's and to Intel's processors.
  bool plain_branch() const { return !instruction_.has(ZYDIS_ATTRIB_HAS_OPERANDSIZE); }

  bool has_repeat_prefix() const {
    const auto& raw = instruction_.form.raw;
    return std::any_of(raw.prefixes, raw.prefixes + raw.prefix_count,
                       [](const auto& prefix) { return prefix.value == 0xf2 || prefix.value == 0xf3; });
  }

  bool load(Address from, std::uint64_t& value) const {
    return read_(from, writable_bytes_of(value)) == sizeof value;
  }

  /// One that crosses pages is left to the processor: it writes both parts or none.
  bool push(std::uint64_t value, unsigned size) {
    result.after.rsp = before_.rsp - size;
    if (result.after.rsp % kSmallestPage > kSmallestPage - size) return false;
    result.write = EmulatedInstruction::Write{{result.after.rsp}, value, size};
    return true;
  }
  bool pop(std::uint64_t& value) {
    if (!load({result.after.rsp}, value)) return false;
    result.after.rsp += sizeof value;
    return true;
  }

  bool jump(std::uint64_t target) {
    if (!plain_branch() || target >= kUserSpaceEnd) return false;
    result.after.rip = target;
    return true;
  }
  bool call(std::uint64_t target) { return push(instruction_.next().value, 8) && jump(target); }

  bool indirect_target(std::uint64_t& target) const {
    const Operand& operand = instruction_.operands[0];
    if (operand.type == ZYDIS_OPERAND_TYPE_REGISTER) {
      target = before_.*general_member(static_cast<unsigned>(ZydisRegisterGetId(operand.reg.value)));
      return true;
    }
    return operand.type == ZYDIS_OPERAND_TYPE_MEMORY &&
           load(memory_address(instruction_, operand, before_), target);
  }

  /// The condition of jcc: three bits choose, the lowest negates.
  bool condition() const {
    const auto flag = [this](Flag one) { return (before_.eflags & one) != 0; };
    bool holds = false;
    switch (instruction_.form.opcode >> 1 & 7) {
      case 0:
        holds = flag(Overflow);
        break;
      case 1:
        holds = flag(Carry);
        break;
      case 2:
        holds = flag(Zero);
        break;
      case 3:
        holds = flag(Carry) || flag(Zero);
        break;
      case 4:
        holds = flag(Sign);
        break;
      case 5:
        holds = flag(Parity);
        break;
      case 6:
        holds = flag(Sign) != flag(Overflow);
        break;
      case 7:
        holds = flag(Zero) || flag(Sign) != flag(Overflow);
        break;
    }
    return holds != ((instruction_.form.opcode & 1) != 0);
  }

  /// Sets the register that is operand 0. A 32-bit result clears the upper half.
  bool set(std::uint64_t value) {
    const Operand& to = instruction_.operands[0];
    if (to.type != ZYDIS_OPERAND_TYPE_REGISTER || (to.size != 64 && to.size != 32)) return false;
    if (to.size == 32) value = static_cast<std::uint32_t>(value);
    result.after.*general_member(static_cast<unsigned>(ZydisRegisterGetId(to.reg.value))) = value;
    return true;
  }

  bool arithmetic(bool subtract) {
    const Operand& to = instruction_.operands[0];
    if (to.type != ZYDIS_OPERAND_TYPE_REGISTER || to.size != 64) return false;
    const std::uint64_t a = before_.*general_member(static_cast<unsigned>(ZydisRegisterGetId(to.reg.value)));
    const std::uint64_t b = immediate();
    const std::uint64_t sum = subtract ? a - b : a + b;
    const bool carry = subtract ? a < b : sum < a;
    const bool overflow = ((subtract ? (a ^ b) & (a ^ sum) : ~(a ^ b) & (a ^ sum)) >> 63) != 0;
    std::uint64_t flags = result.after.eflags & ~kArithmetic;
    if (carry) flags |= Carry;
    if (std::popcount(static_cast<std::uint8_t>(sum)) % 2 == 0) flags |= Parity;
    if (((a ^ b ^ sum) & 0x10) != 0) flags |= Adjust;
    if (sum == 0) flags |= Zero;
    if (sum >> 63 != 0) flags |= Sign;
    if (overflow) flags |= Overflow;
    result.after.eflags = flags;
    return set(sum);
  }

  const DecodedInstruction& instruction_;
  const GeneralRegisters& before_;
  const ReadMemory& read_;
};

struct Rule {
  ZydisOpcodeMap map;
  unsigned first, last;  // opcodes
  int extension;         // the reg field of modrm, or -1
  bool movable;          // a copy would do when emulation does not
  bool (Emulator::*run)();
};

constexpr ZydisOpcodeMap kOne = ZYDIS_OPCODE_MAP_DEFAULT;  // one-byte opcodes
constexpr ZydisOpcodeMap kTwo = ZYDIS_OPCODE_MAP_0F;       // 0f and one byte

constexpr Rule kRules[] = {
    {kOne, 0x50, 0x57, -1, true, &Emulator::push_register},
    {kOne, 0x58, 0x5f, -1, true, &Emulator::pop_register},
    {kOne, 0x68, 0x68, -1, true, &Emulator::push_immediate},
    {kOne, 0x6a, 0x6a, -1, true, &Emulator::push_immediate},
    {kOne, 0x70, 0x7f, -1, false, &Emulator::jump_conditional},
    {kOne, 0x81, 0x81, 0, true, &Emulator::add_immediate},
    {kOne, 0x81, 0x81, 5, true, &Emulator::subtract_immediate},
    {kOne, 0x83, 0x83, 0, true, &Emulator::add_immediate},
    {kOne, 0x83, 0x83, 5, true, &Emulator::subtract_immediate},
    {kOne, 0x89, 0x89, -1, true, &Emulator::move},
    {kOne, 0x8b, 0x8b, -1, true, &Emulator::move},
    {kOne, 0x8d, 0x8d, -1, true, &Emulator::load_address},
    {kOne, 0x9c, 0x9c, -1, false, &Emulator::push_flags},  // a stepped copy would push the trap flag
    {kOne, 0x9d, 0x9d, -1, false, &Emulator::pop_flags},
    {kOne, 0xb8, 0xbf, -1, true, &Emulator::move},
    {kOne, 0xc2, 0xc3, -1, false, &Emulator::ret},
    {kOne, 0xc7, 0xc7, 0, true, &Emulator::move},
    {kOne, 0xc9, 0xc9, -1, true, &Emulator::leave},
    {kOne, 0xe0, 0xe3, -1, false, &Emulator::jump_on_counter},
    {kOne, 0xe8, 0xe8, -1, false, &Emulator::call_relative},
    {kOne, 0xe9, 0xe9, -1, false, &Emulator::jump_relative},
    {kOne, 0xeb, 0xeb, -1, false, &Emulator::jump_relative},
    {kOne, 0xff, 0xff, 2, false, &Emulator::call_indirect},
    {kOne, 0xff, 0xff, 4, false, &Emulator::jump_indirect},
    {kTwo, 0x80, 0x8f, -1, false, &Emulator::jump_conditional},
};

}  // namespace

Emulation emulate(const DecodedInstruction& instruction, const GeneralRegisters& registers,
                  const ReadMemory& read) {
  for (const Rule& rule : kRules) {
    if (!instruction.is(rule.map, rule.first, rule.last)) continue;
    if (rule.extension >= 0 && instruction.form.raw.modrm.reg != rule.extension) continue;
    Emulator emulator(instruction, registers, read);
    if ((emulator.*rule.run)()) {
      emulator.result.copy_is_better = rule.movable && emulator.result.write.has_value();
      return {Emulation::Outcome::Done, emulator.result};
    }
    return {rule.movable ? Emulation::Outcome::Unsupported : Emulation::Outcome::NotMovable, {}};
  }
  return {};
}

}  // namespace gdbhub::arch
