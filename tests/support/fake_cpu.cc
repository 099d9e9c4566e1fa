#include "tests/support/fake_cpu.h"

#include <array>
#include <bit>

namespace gdbhub::test {
namespace {

constexpr std::uint64_t kCarryFlag = 1u << 0;
constexpr std::uint64_t kParityFlag = 1u << 2;
constexpr std::uint64_t kAdjustFlag = 1u << 4;
constexpr std::uint64_t kSignFlag = 1u << 7;
constexpr std::uint64_t kOverflowFlag = 1u << 11;
constexpr std::uint64_t kArithmeticFlags =
    kCarryFlag | kParityFlag | kAdjustFlag | kZeroFlag | kSignFlag | kOverflowFlag;

CpuOutcome fault(int signal, int code, Address where) {
  return {CpuOutcome::Kind::Fault, signal, code, where, std::nullopt, false};
}

/// One instruction while it is decoded and executed. Registers and memory change only when nothing can fault
/// any more.
class Instruction {
 public:
  Instruction(GeneralRegisters& registers, FakeMemory& memory)
      : registers_(registers), memory_(memory), pc_{registers.rip} {
    size_ = memory.peek(pc_, code_);
    while (size_ != 0 && memory.check(pc_, size_, FakeMemory::Access::Execute)) --size_;
  }

  CpuOutcome execute();

 private:
  CpuOutcome two_byte(std::size_t at);
  CpuOutcome wide(Byte rex);
  CpuOutcome arithmetic(Byte rex);
  CpuOutcome increment(Byte rex);
  CpuOutcome move(Byte rex);
  CpuOutcome jump(std::size_t length, std::int64_t distance);
  CpuOutcome call();
  CpuOutcome push(std::uint64_t value, std::size_t length, std::optional<Address> target = std::nullopt);
  CpuOutcome pop(std::size_t length, unsigned to);
  CpuOutcome ret();

  template <class Int>
  Int immediate(std::size_t offset) const {
    return load<Int>(ByteSpan(code_).subspan(offset));
  }
  bool has(std::size_t length) const { return size_ >= length; }
  /// The bytes run into a page that cannot be executed, or mean nothing.
  CpuOutcome undecodable(std::size_t needed) const {
    if (has(needed)) return fault(SIGILL, ILL_ILLOPN, pc_);
    return memory_fault(pc_ + size_);
  }
  CpuOutcome memory_fault(Address where) const {
    return fault(SIGSEGV, memory_.is_mapped(where) ? SEGV_ACCERR : SEGV_MAPERR, where);
  }
  CpuOutcome done(std::size_t length) {
    registers_.rip = (pc_ + length).value;
    return {};
  }
  bool condition(unsigned number) const;
  void set_flags(std::uint64_t a, std::uint64_t b, std::uint64_t result, bool subtract);

  GeneralRegisters& registers_;
  FakeMemory& memory_;
  Address pc_;
  std::array<Byte, 15> code_{};
  std::size_t size_ = 0;
};

CpuOutcome Instruction::execute() {
  if (size_ == 0) return memory_fault(pc_);
  const Byte opcode = code_[0];
  if (opcode == 0x90) return done(1);
  if (opcode == 0xcc) {
    done(1);
    return {CpuOutcome::Kind::Trap, SIGTRAP, SI_KERNEL, {}, std::nullopt, false};
  }
  if (opcode == 0xf4) return fault(SIGSEGV, SI_KERNEL, {});
  if (opcode == 0xc3) return ret();
  if (opcode == 0x66 && has(2)) {  // an operand size prefix before a multi-byte nop
    std::size_t at = 1;
    while (at < size_ && code_[at] == 0x66) ++at;
    if (at < size_ && code_[at] == 0x90) return done(at + 1);
    return two_byte(at);
  }
  if (opcode == 0x0f) return two_byte(0);
  if (opcode == 0xeb && has(2)) return jump(2, immediate<std::int8_t>(1));
  if (opcode == 0xe9 && has(5)) return jump(5, immediate<std::int32_t>(1));
  if (opcode == 0xe8 && has(5)) return call();
  if (opcode >= 0x70 && opcode <= 0x7f && has(2)) {
    return condition(opcode & 15u) ? jump(2, immediate<std::int8_t>(1)) : done(2);
  }
  if (opcode >= 0x50 && opcode <= 0x57) return push(register_by_number(registers_, opcode & 7u), 1);
  if (opcode >= 0x58 && opcode <= 0x5f) return pop(1, opcode & 7u);
  if (opcode >= 0xb8 && opcode <= 0xbf && has(5)) {
    register_by_number(registers_, opcode & 7u) = immediate<std::uint32_t>(1);
    return done(5);
  }
  if ((opcode & 0xf0) == 0x40 && has(2)) return wide(opcode);
  return undecodable(opcode >= 0x40 ? 5 : 1);
}

CpuOutcome Instruction::two_byte(std::size_t at) {
  if (!has(at + 2) || code_[at] != 0x0f) return undecodable(at + 2);
  const Byte opcode = code_[at + 1];
  if (opcode == 0x05) {
    done(at + 2);
    registers_.rcx = registers_.rip;
    registers_.r11 = registers_.eflags & ~kResumeFlag;
    return {CpuOutcome::Kind::Syscall, 0, 0, {}, std::nullopt, false};
  }
  if (opcode == 0x1f && has(at + 3)) {  // nop with a memory operand that is never accessed
    const unsigned mod = code_[at + 2] >> 6, rm = code_[at + 2] & 7u;
    if (mod == 3) return undecodable(0);
    std::size_t length = at + 3 + (rm == 4 ? 1 : 0);
    length += mod == 1 ? 1 : mod == 2 || rm == 5 ? 4 : 0;
    return has(length) ? done(length) : undecodable(length);
  }
  return fault(SIGILL, ILL_ILLOPN, pc_);  // ud2 among others
}

/// What follows a REX prefix.
CpuOutcome Instruction::wide(Byte rex) {
  const Byte opcode = code_[1];
  const bool is_wide = (rex & 8) != 0;
  const unsigned base = (rex & 1) != 0 ? 8 : 0;
  if (opcode >= 0x50 && opcode <= 0x57) return push(register_by_number(registers_, base + (opcode & 7u)), 2);
  if (opcode >= 0x58 && opcode <= 0x5f) return pop(2, base + (opcode & 7u));
  if (opcode >= 0xb8 && opcode <= 0xbf) {
    const std::size_t length = is_wide ? 10 : 6;
    if (!has(length)) return undecodable(length);
    register_by_number(registers_, base + (opcode & 7u)) =
        is_wide ? immediate<std::uint64_t>(2) : immediate<std::uint32_t>(2);
    return done(length);
  }
  if (!is_wide || !has(3)) return undecodable(3);
  if (opcode == 0x83) return arithmetic(rex);
  if (opcode == 0xff) return increment(rex);
  if (opcode == 0x89 || opcode == 0x8b) return move(rex);
  return undecodable(0);
}

/// add, sub, cmp r64, imm8.
CpuOutcome Instruction::arithmetic(Byte rex) {
  const unsigned mod = code_[2] >> 6, operation = (code_[2] >> 3) & 7u;
  if (!has(4)) return undecodable(4);
  if (mod != 3 || (operation != 0 && operation != 5 && operation != 7)) return undecodable(0);
  auto& target = register_by_number(registers_, (code_[2] & 7u) + ((rex & 1) != 0 ? 8 : 0));
  const auto operand = static_cast<std::uint64_t>(std::int64_t{immediate<std::int8_t>(3)});
  const std::uint64_t before = target;
  const std::uint64_t result = operation == 0 ? before + operand : before - operand;
  set_flags(before, operand, result, operation != 0);
  if (operation != 7) target = result;
  return done(4);
}

/// inc, dec r64: the carry flag stays.
CpuOutcome Instruction::increment(Byte rex) {
  const unsigned mod = code_[2] >> 6, operation = (code_[2] >> 3) & 7u;
  if (mod != 3 || operation > 1) return undecodable(0);
  auto& target = register_by_number(registers_, (code_[2] & 7u) + ((rex & 1) != 0 ? 8 : 0));
  const std::uint64_t before = target, carry = registers_.eflags & kCarryFlag;
  target = operation == 0 ? before + 1 : before - 1;
  set_flags(before, 1, target, operation == 1);
  registers_.eflags = (registers_.eflags & ~kCarryFlag) | carry;
  return done(3);
}

/// mov r64, r64; mov [rip + disp32], r64; mov r64, [rip + disp32].
CpuOutcome Instruction::move(Byte rex) {
  const unsigned mod = code_[2] >> 6;
  const unsigned reg = ((code_[2] >> 3) & 7u) + ((rex & 4) != 0 ? 8 : 0);
  const unsigned rm = (code_[2] & 7u) + ((rex & 1) != 0 ? 8 : 0);
  const bool is_store = code_[1] == 0x89;
  if (mod == 3) {
    const unsigned from = is_store ? reg : rm, to = is_store ? rm : reg;
    register_by_number(registers_, to) = register_by_number(registers_, from);
    return done(3);
  }
  if (mod != 0 || (rm & 7) != 5) return undecodable(0);
  if (!has(7)) return undecodable(7);
  const Address at = pc_ + 7 + static_cast<std::uint64_t>(std::int64_t{immediate<std::int32_t>(3)});
  const auto access = is_store ? FakeMemory::Access::Write : FakeMemory::Access::Read;
  if (const auto where = memory_.check(at, 8, access)) return memory_fault(*where);
  std::uint64_t value = register_by_number(registers_, reg);
  if (is_store) {
    memory_.poke(at, bytes_of(value));
  } else {
    memory_.peek(at, writable_bytes_of(value));
    register_by_number(registers_, reg) = value;
  }
  CpuOutcome outcome = done(7);
  outcome.access = {{at, 8}, is_store};
  return outcome;
}

CpuOutcome Instruction::jump(std::size_t length, std::int64_t distance) {
  CpuOutcome outcome = done(length + static_cast<std::uint64_t>(distance));
  outcome.branched = true;
  return outcome;
}

CpuOutcome Instruction::call() {
  const auto distance = static_cast<std::uint64_t>(std::int64_t{immediate<std::int32_t>(1)});
  return push((pc_ + 5).value, 5, pc_ + 5 + distance);
}

CpuOutcome Instruction::push(std::uint64_t value, std::size_t length, std::optional<Address> target) {
  const Address slot = Address{registers_.rsp} - 8;
  if (const auto where = memory_.check(slot, 8, FakeMemory::Access::Write)) return memory_fault(*where);
  memory_.poke(slot, bytes_of(value));
  registers_.rsp = slot.value;
  CpuOutcome outcome = done(length);
  if (target) registers_.rip = target->value;
  outcome.branched = target.has_value();
  outcome.access = {{slot, 8}, true};
  return outcome;
}

CpuOutcome Instruction::pop(std::size_t length, unsigned to) {
  const Address slot{registers_.rsp};
  if (const auto where = memory_.check(slot, 8, FakeMemory::Access::Read)) return memory_fault(*where);
  std::uint64_t value = 0;
  memory_.peek(slot, writable_bytes_of(value));
  registers_.rsp += 8;
  register_by_number(registers_, to) = value;  // after the rsp: "pop rsp" keeps what it has read
  CpuOutcome outcome = done(length);
  outcome.access = {{slot, 8}, false};
  return outcome;
}

CpuOutcome Instruction::ret() {
  const Address slot{registers_.rsp};
  if (const auto where = memory_.check(slot, 8, FakeMemory::Access::Read)) return memory_fault(*where);
  std::uint64_t target = 0;
  memory_.peek(slot, writable_bytes_of(target));
  registers_.rsp += 8;
  registers_.rip = target;
  CpuOutcome outcome;
  outcome.branched = true;
  outcome.access = {{slot, 8}, false};
  return outcome;
}

/// The sixteen conditions of jcc in their encoding's order; an odd number negates its predecessor.
bool Instruction::condition(unsigned number) const {
  const auto flag = [this](std::uint64_t bit) { return (registers_.eflags & bit) != 0; };
  const bool less = flag(kSignFlag) != flag(kOverflowFlag);
  const std::array<bool, 8> holds = {flag(kOverflowFlag),
                                     flag(kCarryFlag),
                                     flag(kZeroFlag),
                                     flag(kCarryFlag) || flag(kZeroFlag),
                                     flag(kSignFlag),
                                     flag(kParityFlag),
                                     less,
                                     less || flag(kZeroFlag)};
  return holds[number / 2] != (number % 2 != 0);
}

void Instruction::set_flags(std::uint64_t a, std::uint64_t b, std::uint64_t result, bool subtract) {
  const std::uint64_t overflow = subtract ? (a ^ b) & (a ^ result) : (a ^ result) & (b ^ result);
  std::uint64_t flags = 0;
  if (subtract ? a < b : result < a) flags |= kCarryFlag;
  if (std::popcount(static_cast<Byte>(result)) % 2 == 0) flags |= kParityFlag;
  if (((a ^ b ^ result) & 0x10) != 0) flags |= kAdjustFlag;
  if (result == 0) flags |= kZeroFlag;
  if (result >> 63 != 0) flags |= kSignFlag;
  if (overflow >> 63 != 0) flags |= kOverflowFlag;
  registers_.eflags = (registers_.eflags & ~kArithmeticFlags) | flags;
}

}  // namespace

CpuOutcome execute_instruction(GeneralRegisters& registers, FakeMemory& memory) {
  const CpuOutcome outcome = Instruction(registers, memory).execute();
  if (outcome.kind == CpuOutcome::Kind::Fault) {
    registers.eflags |= kResumeFlag;  // as the processor pushes it for a fault
  } else {
    registers.eflags &= ~kResumeFlag;
  }
  return outcome;
}

unsigned long long& register_by_number(GeneralRegisters& registers, unsigned number) {
  using Member = unsigned long long GeneralRegisters::*;
  static constexpr std::array<Member, 16> kMembers = {
      &GeneralRegisters::rax, &GeneralRegisters::rcx, &GeneralRegisters::rdx, &GeneralRegisters::rbx,
      &GeneralRegisters::rsp, &GeneralRegisters::rbp, &GeneralRegisters::rsi, &GeneralRegisters::rdi,
      &GeneralRegisters::r8,  &GeneralRegisters::r9,  &GeneralRegisters::r10, &GeneralRegisters::r11,
      &GeneralRegisters::r12, &GeneralRegisters::r13, &GeneralRegisters::r14, &GeneralRegisters::r15};
  return registers.*kMembers[number % 16];
}

}  // namespace gdbhub::test
