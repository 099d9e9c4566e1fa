// The step planner against the processor: each plan, carried out, must leave what the instruction itself
// leaves.
#include "arch/step_plan.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <sstream>

#include "arch/decoded_instruction.h"
#include "arch/x86_isa.h"
#include "real_code.h"
#include "stepped_child.h"

namespace gdbhub::arch {
namespace {

using Child = SteppedChild;

const X86Isa& isa() {
  static const X86Isa the_isa;
  return the_isa;
}

std::string hex(ByteSpan code) {
  std::string text;
  for (const Byte byte : code) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

Bytes bytes(std::string_view text) {
  std::istringstream in{std::string(text)};
  Bytes all;
  for (unsigned byte = 0; in >> std::hex >> byte;) all.push_back(static_cast<Byte>(byte));
  return all;
}

/// Registers that point into the scratch memory, count, or are anything.
RegisterState random_state(const Child& child, std::mt19937_64& random) {
  RegisterState state = child.initial();
  for (unsigned i = 0; i < 16; ++i) {
    const std::uint64_t kind = random() % 10;
    std::uint64_t value = random();
    if (kind < 6)
      value = Child::kScratch + 0x1000 + value % 0x6000 / 64 * 64;
    else if (kind < 8)
      value %= 32;
    state.general.*general_member(i) = value;
  }
  state.general.rsp = Child::kScratch + 0x2000 + random() % 0x4000 / 8 * 8;
  state.general.rbp = Child::kScratch + 0x2000 + random() % 0x4000 / 8 * 8;
  state.general.eflags = 0x202 | (random() & 0x8d5) | (random() % 8 == 0 ? 0x400 : 0);
  state.general.fs_base = Child::kScratch + 0x1000;
  for (unsigned number = 0; number < isa().registers().size(); ++number) {
    const RegisterInfo& info = isa().registers()[number];
    if (info.group == "float" || info.group == "vector" || isa().is_general(number)) continue;
    if (info.name.starts_with("st") || info.name == "pkru") continue;
    Bytes value(info.bits / 8);
    for (Byte& byte : value) byte = static_cast<Byte>(random());
    EXPECT_TRUE(isa().write(state, number, value));
  }
  return state;
}

void fill_scratch(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (std::size_t at = 0; at < Child::kScratchSize; at += 8) {
    const unsigned shift = random() % 2 == 0 ? 17 : 0;  // half of them are user addresses
    store(Child::scratch().subspan(at), random() >> shift);
  }
}

/// What follows the instruction: a stop, or more instructions.
enum class How { Step, Run };

/// What the core does with a plan. Nothing where the plan leaves it to the processor.
std::optional<StepOutcome> carry_out(Child& child, const StepPlan& plan, const RegisterState& before, How how) {
  StepOutcome outcome;
  outcome.state = before;
  outcome.signal = SIGTRAP;
  outcome.code = TRAP_TRACE;
  if (const auto* skip = std::get_if<SkipInstruction>(&plan)) {
    outcome.state.general.rip += skip->length;
  } else if (const auto* emulated = std::get_if<EmulatedInstruction>(&plan)) {
    outcome.state.general = emulated->after;
    if (emulated->write) {
      const MutableByteSpan to = Child::memory(emulated->write->to, emulated->write->size);
      if (to.empty()) return std::nullopt;
      std::ranges::copy(bytes_of(emulated->write->value).first(emulated->write->size), to.begin());
    }
  } else if (const auto* copied = std::get_if<CopiedInstruction>(&plan)) {
    if (copied->code.empty()) return std::nullopt;
    outcome = how == How::Step ? child.step(copied->code, {Child::kSlot}, before)
                               : child.run(copied->code, {Child::kSlot}, before);
    const auto move_back = [&](std::uint64_t address) {
      return address - Child::kSlot <= copied->length ? address - Child::kSlot + Child::kCode : address;
    };
    outcome.state.general.rip = move_back(outcome.state.general.rip);
    outcome.fault = {move_back(outcome.fault.value)};
  } else {
    return std::nullopt;
  }
  outcome.scratch.assign(Child::scratch().begin(), Child::scratch().end());
  return outcome;
}

/// The differences in words; empty when there are none.
std::string differences(const StepOutcome& real, const StepOutcome& planned) {
  std::ostringstream text;
  const auto compare = [&text](std::string_view what, auto a, auto b) {
    if (a != b) text << what << ": " << std::hex << a << " but planned " << b << "; ";
  };
  compare("signal", real.signal, planned.signal);
  compare("si_code", real.code, planned.code);
  compare("si_addr", real.fault.value, planned.fault.value);
  for (unsigned number = 0; number < isa().registers().size(); ++number) {
    const RegisterInfo& info = isa().registers()[number];
    Bytes a(info.bits / 8), b(info.bits / 8);
    isa().read(real.state, number, a);
    isa().read(planned.state, number, b);
    compare(info.name, hex(a), hex(b));
  }
  if (real.scratch != planned.scratch) text << "memory differs; ";
  return text.str();
}

enum class Verdict { Same, NotMoved, Undetermined, Different };

struct Comparison {
  Verdict verdict = Verdict::Same;
  std::string text;
};

Comparison compare(Child& child, ByteSpan code, const RegisterState& before, std::uint64_t memory_seed,
                   const StepPlan& plan, How how) {
  fill_scratch(memory_seed);
  const std::optional<StepOutcome> planned = carry_out(child, plan, before, how);
  if (!planned) return {Verdict::NotMoved, {}};
  const auto execute = [&] {
    fill_scratch(memory_seed);
    return how == How::Step ? child.step(code, {Child::kCode}, before) : child.run(code, {Child::kCode}, before);
  };
  const StepOutcome real = execute();
  const std::string text = differences(real, *planned);
  if (text.empty()) return {};
  if (!differences(real, execute()).empty()) return {Verdict::Undetermined, {}};  // rdtsc and the like
  return {Verdict::Different, text};
}

/// All that the core may do with the instruction: with a slot, stepping the copy or running through it, and without one.
Comparison compare(Child& child, ByteSpan code, const RegisterState& before, std::uint64_t memory_seed) {
  fill_scratch(memory_seed);
  const auto plan = [&](std::optional<Address> slot) {
    return plan_step(code, {Child::kCode}, slot, before.general, Child::read);
  };
  const StepPlan with_slot = plan(Address{Child::kSlot}), without = plan(std::nullopt);
  Comparison result = compare(child, code, before, memory_seed, with_slot, How::Step);
  if (std::holds_alternative<CopiedInstruction>(with_slot)) {
    // Many rounds of a string instruction would run over the code here.
    constexpr auto kRepeated = ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE;
    const bool long_running = decode(code, {})->has(kRepeated) && before.general.rcx > 32;
    const Comparison ran =
        long_running ? Comparison{} : compare(child, code, before, memory_seed, with_slot, How::Run);
    if (ran.verdict == Verdict::Different) return {ran.verdict, "run: " + ran.text};
    const Comparison emulated = compare(child, code, before, memory_seed, without, How::Step);
    if (emulated.verdict == Verdict::Different) return {emulated.verdict, "without slot: " + emulated.text};
  }
  return result;
}

template <class Kind>
bool planned_as(std::string_view code, std::optional<Address> slot = Address{Child::kSlot}) {
  GeneralRegisters registers{};
  registers.cs = 0x33;
  registers.eflags = 0x202;
  registers.rsp = Child::kScratch + 8;
  const ReadMemory zeros = [](Address, MutableByteSpan to) {
    std::ranges::fill(to, Byte{0});
    return to.size();
  };
  return std::holds_alternative<Kind>(plan_step(bytes(code), {Child::kCode}, slot, registers, zeros));
}

// Relative targets, extended registers, both widths, prefixes: what the emulator and the relocator claim to
// know.
// clang-format off
constexpr std::string_view kMovable[] = {
    "90", "66 90", "f3 90", "41 90", "49 90", "66 66 90", "0f 1f 00", "66 0f 1f 44 00 00", "0f 19 c0",
    "66 2e 0f 1f 84 00 00 00 00 00", "87 c0", "48 87 c0", "66 87 c0", "45 87 c0", "4d 87 c0", "f3 0f 1e fa",
    "50", "54", "55", "41 57", "66 50", "58", "5c", "5d", "41 5c", "66 58", "48 58", "8f 00", "ff 30",
    "ff 35 00 80 00 00", "6a 7f", "6a 80", "68 00 00 00 80", "68 78 56 34 12", "66 68 34 12", "66 6a ff",
    "c9", "c8 10 00 00", "89 c3", "48 89 e5", "4c 89 e0", "49 89 cf", "66 89 c3", "88 c3", "8b c3",
    "48 8b ec", "48 8b 04 24", "b8 ff ff ff ff", "48 b8 11 22 33 44 55 66 77 88", "41 bf 01 00 00 80",
    "66 b8 34 12", "c7 c0 00 00 00 80", "48 c7 c0 00 00 00 80", "48 c7 c4 00 00 00 10", "48 8d 04 cb",
    "48 8d 05 00 80 00 00", "8d 04 cb", "67 48 8d 04 cb", "67 8d 44 24 f8", "66 8d 04 cb", "48 8d 64 24 80",
    "4e 8d 3c ed 10 00 00 80", "64 48 8d 04 24", "48 83 ec 08", "48 83 ec 80", "48 81 ec 00 10 00 00",
    "48 81 ec 00 00 00 80", "48 83 c4 10", "49 83 c7 ff", "49 83 ef ff", "48 83 e8 01", "48 83 c0 01",
    "48 81 c0 ff ff ff 7f", "83 ec 08", "66 83 c0 01", "48 83 28 01", "48 83 e4 f0", "eb 10", "eb fe",
    "e9 00 10 00 00", "e9 fb ff ff ff", "e8 00 10 00 00", "e8 00 00 00 00", "f2 e8 00 00 00 00",
    "48 e8 00 00 00 00", "c3", "f3 c3", "f2 c3", "c2 10 00", "c2 ff ff", "ff d0", "ff d4", "41 ff d3",
    "ff e0", "41 ff e7", "ff 20", "ff 24 24", "ff 54 24 08", "ff 25 fa 7f 00 00", "ff 15 fa 7f 00 00",
    "67 ff 20", "64 ff 24 25 00 00 00 00", "3e ff e0", "e0 10", "e1 10", "e2 10", "e3 10", "67 e0 10",
    "67 e1 10", "67 e2 10", "67 e3 10", "e2 fe", "70 05", "71 05", "72 05", "73 05", "74 05", "75 05",
    "76 05", "77 05", "78 05", "79 05", "7a 05", "7b 05", "7c 05", "7d 05", "7e 05", "7f 05",
    "0f 80 00 01 00 00", "0f 8d 00 01 00 00", "0f 8f 00 ff ff ff", "3e 74 05", "48 8b 05 00 80 00 00",
    "48 89 05 00 80 00 00", "67 48 8b 05 00 80 00 00", "c7 05 00 80 00 00 78 56 34 12",
    "80 3d 00 80 00 00 00", "f0 0f b1 0d 00 80 00 00", "f0 48 0f c1 05 00 80 00 00",
    "c5 fd 6f 05 00 80 00 00", "62 f1 fe 48 6f 05 00 80 00 00", "66 0f 3a 0f 05 00 80 00 00 08", "f3 a4",
    "f3 48 ab", "f2 ae", "a4", "aa", "48 f7 f1", "f7 f9", "0f a2", "c4 e1 fb 93 c1", "0f ae 38",
    "0f ae 1d 00 80 00 00",
};
// clang-format on

class StepPlanAgainstProcessor : public ::testing::Test {
 protected:
  Child child_;
  std::mt19937_64 random_{20240607};
};

TEST_F(StepPlanAgainstProcessor, DoesWhatTheInstructionDoes) {
  for (const std::string_view text : kMovable) {
    const Bytes code = bytes(text);
    unsigned moved = 0;
    for (unsigned round = 0; round < 40; ++round) {
      RegisterState before = random_state(child_, random_);
      const Comparison result = compare(child_, code, before, random_());
      EXPECT_NE(result.verdict, Verdict::Different) << text << ": " << result.text;
      if (result.verdict == Verdict::Same) ++moved;
    }
    EXPECT_GT(moved, 0U) << text;
  }
}

// On its own: a popf that has been stepped spoils the trap flag of the steps after it.
TEST_F(StepPlanAgainstProcessor, PopsFlagsWhereTheKernelLetsTheHubSetThem) {
  unsigned moved = 0;
  for (unsigned round = 0; round < 200; ++round) {
    const Comparison result = compare(child_, bytes("9d"), random_state(child_, random_), random_());
    EXPECT_NE(result.verdict, Verdict::Different) << result.text;
    if (result.verdict == Verdict::Same) ++moved;
  }
  EXPECT_GT(moved, 10U);
}

/// Random instructions of a file, at most a few of each mnemonic.
std::vector<Bytes> instructions_of(const std::string& path, std::mt19937_64& random) {
  std::map<ZydisMnemonic, std::vector<Bytes>> found;
  for_each_instruction(executable_code(path), [&](const DecodedInstruction& instruction, ByteSpan code) {
    // A step of these is no measure: where the processor refuses the first five (UMIP), Linux executes them itself and goes on
    // to the next instruction; the others push the step's trap flag, or pop one that spoils the steps after it.
    constexpr ZydisMnemonic kNotToBeStepped[] = {ZYDIS_MNEMONIC_SGDT,  ZYDIS_MNEMONIC_SIDT,   ZYDIS_MNEMONIC_SLDT,
                                                 ZYDIS_MNEMONIC_SMSW,  ZYDIS_MNEMONIC_STR,    ZYDIS_MNEMONIC_PUSHF,
                                                 ZYDIS_MNEMONIC_PUSHFQ, ZYDIS_MNEMONIC_POPF, ZYDIS_MNEMONIC_POPFQ};
    if (std::ranges::find(kNotToBeStepped, instruction.form.mnemonic) != std::end(kNotToBeStepped)) return;
    found[instruction.form.mnemonic].emplace_back(code.begin(), code.end());
  });
  std::vector<Bytes> chosen;
  for (auto& [mnemonic, all] : found) {
    std::ranges::shuffle(all, random);
    all.resize(std::min<std::size_t>(all.size(), 30));
    chosen.insert(chosen.end(), all.begin(), all.end());
  }
  return chosen;
}

/// Points a rip-relative operand to the scratch memory, so that it does not always fault.
void retarget(Bytes& code, std::mt19937_64& random) {
  const auto instruction = decode(code, {Child::kCode});
  for (unsigned i = 0; i < instruction->form.operand_count_visible; ++i) {
    const Operand& operand = instruction->operands[i];
    if (operand.type != ZYDIS_OPERAND_TYPE_MEMORY || operand.mem.base != ZYDIS_REGISTER_RIP) continue;
    const std::uint64_t target = Child::kScratch + 0x1000 + random() % 0x6000 / 64 * 64;
    store(MutableByteSpan(code).subspan(instruction->form.raw.disp.offset),
          static_cast<std::int32_t>(target - instruction->next().value));
  }
}

class StepPlanAgainstProcessorOf : public StepPlanAgainstProcessor,
                                   public ::testing::WithParamInterface<const char*> {};

TEST_P(StepPlanAgainstProcessorOf, DoesWhatItsInstructionsDo) {
  std::vector<Bytes> sample = instructions_of(GetParam(), random_);
  if (sample.empty()) GTEST_SKIP() << "no " << GetParam();
  ASSERT_GT(sample.size(), 1000U);
  std::map<Verdict, unsigned> verdicts;
  for (Bytes& code : sample) {
    retarget(code, random_);
    const RegisterState before = random_state(child_, random_);
    const Comparison result = compare(child_, code, before, random_());
    ++verdicts[result.verdict];
    EXPECT_NE(result.verdict, Verdict::Different) << hex(code) << ": " << result.text;
  }
  const auto count = [&](Verdict verdict) { return static_cast<int>(verdicts[verdict]); };
  RecordProperty("same", count(Verdict::Same));
  RecordProperty("not_moved", count(Verdict::NotMoved));
  RecordProperty("undetermined", count(Verdict::Undetermined));
  EXPECT_LT(count(Verdict::NotMoved) * 5, static_cast<int>(sample.size()));
  EXPECT_LT(count(Verdict::Undetermined), 50);
}

INSTANTIATE_TEST_SUITE_P(Installed, StepPlanAgainstProcessorOf,
                         ::testing::Values("/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib/x86_64-linux-gnu/libcrypto.so.3",
                                           "/usr/bin/gdb"));

TEST(StepPlanKinds, FrequentInstructionsCostNoStep) {
  for (const auto* code : {"90", "0f 1f 44 00 00", "f3 0f 1e fa", "66 90", "f3 90"}) {
    EXPECT_TRUE(planned_as<SkipInstruction>(code)) << code;
  }
  for (const auto* code : {"48 89 e5", "48 83 ec 08", "e8 00 00 00 00", "eb 10", "c3", "c9", "74 05"}) {
    EXPECT_TRUE(planned_as<EmulatedInstruction>(code)) << code;
  }
}

// The processor's own write costs nothing, and faults where it must.
TEST(StepPlanKinds, APushIsCopiedWhereThereIsASlot) {
  EXPECT_TRUE(planned_as<CopiedInstruction>("55"));
  EXPECT_TRUE(planned_as<EmulatedInstruction>("55", std::nullopt));
}

TEST(StepPlanKinds, ACopyEndsInAJumpToTheNextInstruction) {
  const auto copy_at = [](std::uint64_t slot) {
    GeneralRegisters registers{};
    registers.cs = 0x33;
    const auto plan = plan_step(bytes("48 6b c8 03"), {0x400000}, Address{slot}, registers, Child::read);
    return std::get<CopiedInstruction>(plan);
  };
  EXPECT_EQ(copy_at(0x500000).code, bytes("48 6b c8 03 e9 fb ff ef ff"));
  EXPECT_EQ(copy_at(0x500000).length, 4U);
  // Out of a near jump's reach.
  EXPECT_EQ(copy_at(0x7fff00000000).code, bytes("48 6b c8 03 ff 25 00 00 00 00 04 00 40 00 00 00 00 00"));
}

TEST(StepPlanKinds, SystemCallsAreEnteredFromACopy) {
  EXPECT_TRUE(planned_as<SyscallInstruction>("0f 05"));
  EXPECT_TRUE(planned_as<SyscallInstruction>("cd 80"));
}

TEST(StepPlanKinds, WhatDependsOnItsPlaceIsLeftInLine) {
  for (const auto* code :
       {"cc",    "cd 03", "f1",    "f4", "0f 0b", "0f b9 c0",       "48 cf", "0f 34", "c7 f8 00 00 00 00",
        "8e d0", "e4 10", "ec",    "6c", "f3 6e", "ff 28",          "ff 18", "cb",    "66 e8 00 00",
        "66 c3", "f2 e1 10", "d9 c0", "f0 90", "0f", "06",    "48 8b 05 00 80", ""}) {
    EXPECT_TRUE(planned_as<InlineOnly>(code)) << code;
  }
}

TEST(StepPlanKinds, AnOperandThatCannotBeReachedFromTheSlotIsLeftInLine) {
  EXPECT_TRUE(planned_as<CopiedInstruction>("48 8b 05 00 80 00 00"));
  EXPECT_TRUE(planned_as<InlineOnly>("48 8b 05 00 80 00 00", Address{0x7fff'0000'0000}));
  EXPECT_TRUE(planned_as<CopiedInstruction>("48 8b 04 24", Address{0x7fff'0000'0000}));
}

TEST(StepPlanKinds, PushedFlagsLackTheDebuggersTrapFlag) {
  GeneralRegisters registers{};
  registers.cs = 0x33;
  registers.eflags = 0x10246;
  registers.rsp = 0x1008;
  const auto plan = plan_step(bytes("9c"), {0x1000}, Address{0x2000}, registers, Child::read);
  const auto* emulated = std::get_if<EmulatedInstruction>(&plan);
  ASSERT_NE(emulated, nullptr);
  ASSERT_TRUE(emulated->write);
  EXPECT_EQ(emulated->write->value, 0x246U);
  EXPECT_EQ(emulated->write->to, Address{0x1000});
  EXPECT_EQ(emulated->after.rip, 0x1001U);
}

TEST(StepPlanKinds, CompatibilityModeAndSelfSteppingAreLeftInLine) {
  GeneralRegisters registers{};
  registers.cs = 0x23;
  EXPECT_TRUE(std::holds_alternative<InlineOnly>(plan_step(bytes("90"), {0}, Address{64}, registers, Child::read)));
  registers.cs = 0x33;
  EXPECT_TRUE(
      std::holds_alternative<SkipInstruction>(plan_step(bytes("90"), {0}, Address{64}, registers, Child::read)));
  registers.eflags = 0x302;
  EXPECT_TRUE(std::holds_alternative<InlineOnly>(plan_step(bytes("90"), {0}, Address{64}, registers, Child::read)));
}

}  // namespace
}  // namespace gdbhub::arch
