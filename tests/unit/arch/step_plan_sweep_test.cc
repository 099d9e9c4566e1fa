// Every instruction of large programs: what the planner says is right, or it refuses and says why. Nothing is executed here.
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "arch/step_plan.h"
#include "real_code.h"

namespace gdbhub::arch {
namespace {

constexpr Address kPc{0x5555'5555'0000};
constexpr Address kSlot{0x5555'1234'0020};

GeneralRegisters registers() {
  GeneralRegisters all{};
  all.cs = 0x33;
  all.eflags = 0x202;
  all.rsp = 0x7fff'0000'0ff8;
  return all;
}

std::size_t read_zeros(Address, MutableByteSpan to) {
  std::ranges::fill(to, Byte{0});
  return to.size();
}

std::string hex(ByteSpan code) {
  std::ostringstream text;
  for (const Byte byte : code) text << std::hex << (byte >> 4) << (byte & 15);
  return text.str();
}

/// The address that a rip-relative operand names; nothing when there is none.
std::optional<std::uint64_t> relative_address(const DecodedInstruction& instruction) {
  for (unsigned i = 0; i < instruction.form.operand_count; ++i) {
    const Operand& operand = instruction.operands[i];
    if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY && operand.mem.base == ZYDIS_REGISTER_RIP)
      return instruction.next().value + static_cast<std::uint64_t>(operand.mem.disp.value);
  }
  return std::nullopt;
}

/// Reads or writes the pc other than by an address: its effect would name the slot.
bool uses_pc(const DecodedInstruction& instruction) {
  for (unsigned i = 0; i < instruction.form.operand_count; ++i) {
    const Operand& operand = instruction.operands[i];
    if (operand.type == ZYDIS_OPERAND_TYPE_REGISTER && ZydisRegisterGetClass(operand.reg.value) == ZYDIS_REGCLASS_IP)
      return true;
  }
  return instruction.form.meta.branch_type != ZYDIS_BRANCH_TYPE_NONE;
}

/// What is wrong with the copy; empty when it does the same at the slot, and then goes back.
std::string problem(const DecodedInstruction& original, const CopiedInstruction& plan) {
  if (uses_pc(original)) return "it uses the pc";
  const auto moved = decode(plan.code, kSlot);
  if (!moved || moved->length() != original.length() || plan.length != original.length()) return "another length";
  if (moved->form.mnemonic != original.form.mnemonic || moved->form.attributes != original.form.attributes)
    return "another instruction";
  const DecodedInstruction in_place = [&] {
    DecodedInstruction at_pc = original;
    at_pc.pc = kPc;
    return at_pc;
  }();
  if (relative_address(*moved) != relative_address(in_place)) return "its operand is elsewhere";
  const auto jump = decode(ByteSpan(plan.code).subspan(plan.length), kSlot + plan.length);
  if (!jump || jump->form.mnemonic != ZYDIS_MNEMONIC_JMP || plan.code.size() != plan.length + jump->length())
    return "no jump behind it";
  if (jump->next().value + jump->form.raw.imm[0].value.u != kPc.value + plan.length) return "it goes back elsewhere";
  return {};
}

class Sweep : public ::testing::TestWithParam<const char*> {};

TEST_P(Sweep, EachInstructionIsEmulatedOrMovedRightOrRefused) {
  const Bytes code = executable_code(GetParam());
  if (code.empty()) GTEST_SKIP() << "no " << GetParam();
  unsigned total = 0, copied = 0, refused = 0;
  std::map<std::string, unsigned> reasons;
  for_each_instruction(code, [&](const DecodedInstruction& instruction, ByteSpan bytes) {
    ++total;
    const StepPlan plan = plan_step(bytes, kPc, kSlot, registers(), read_zeros);
    if (const auto* copy = std::get_if<CopiedInstruction>(&plan)) {
      ++copied;
      const std::string wrong = problem(instruction, *copy);
      ASSERT_EQ(wrong, "") << hex(bytes);
    } else if (const auto* emulated = std::get_if<EmulatedInstruction>(&plan)) {
      ASSERT_TRUE(uses_pc(instruction) || emulated->after.rip == kPc.value + instruction.length()) << hex(bytes);
    } else if (const auto* in_line = std::get_if<InlineOnly>(&plan)) {
      ++refused;
      ASSERT_FALSE(in_line->why.empty());
      ++reasons[std::string(in_line->why)];
    }
  });
  std::ostringstream list;
  for (const auto& [why, count] : reasons) list << why << ": " << count << "; ";
  RecordProperty("total", static_cast<int>(total));
  RecordProperty("copied", static_cast<int>(copied));
  RecordProperty("refused", list.str());
  EXPECT_GT(total, 100'000U);
  EXPECT_GT(copied, total / 3);
  EXPECT_LT(refused, total / 50) << list.str();
}

INSTANTIATE_TEST_SUITE_P(Installed, Sweep,
                         ::testing::Values("/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib/x86_64-linux-gnu/libcrypto.so.3",
                                           "/usr/bin/gdb"),
                         [](const auto& one) {
                           const std::string path = one.param;
                           const std::string name = path.substr(path.rfind('/') + 1);
                           return name.substr(0, name.find('.'));
                         });

}  // namespace
}  // namespace gdbhub::arch
