// What the contract suite cannot compare with the real processor: faults, accesses, undecodable code.
#include "tests/support/fake_cpu.h"

#include <gtest/gtest.h>

namespace gdbhub::test {
namespace {

constexpr Address kText{0x1000};
constexpr Address kData{0x3000};

struct Machine {
  GeneralRegisters registers{};
  FakeMemory memory;

  Machine(const Bytes& code, Address at = kText) {
    memory.map({kText, kPageSize}, {true, false, true}, "text");
    memory.map({kData, kPageSize}, {true, true, false}, "data");
    memory.poke(at, code);
    registers.rip = at.value;
    registers.rsp = (kData + 64).value;
  }
  CpuOutcome run() { return execute_instruction(registers, memory); }
};

TEST(FakeCpu, MultiByteNopsHaveTheirRealLengths) {
  const std::vector<Bytes> nops = {{0x90},
                                   {0x66, 0x90},
                                   {0x0f, 0x1f, 0x00},
                                   {0x0f, 0x1f, 0x40, 0x00},
                                   {0x0f, 0x1f, 0x44, 0x00, 0x00},
                                   {0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00},
                                   {0x0f, 0x1f, 0x80, 0, 0, 0, 0},
                                   {0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0},
                                   {0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0}};
  for (const Bytes& nop : nops) {
    Machine machine(nop);
    EXPECT_EQ(machine.run().kind, CpuOutcome::Kind::Done);
    EXPECT_EQ(machine.registers.rip, (kText + nop.size()).value);
  }
}

TEST(FakeCpu, AFaultChangesNothingButTheResumeFlag) {
  Machine machine({0x50});  // push rax
  machine.registers.rsp = (kData + 0).value;
  const auto outcome = machine.run();
  EXPECT_EQ(outcome.kind, CpuOutcome::Kind::Fault);
  EXPECT_EQ(outcome.signal, SIGSEGV);
  EXPECT_EQ(outcome.code, SEGV_MAPERR);
  EXPECT_EQ(outcome.where, kData - 8);
  EXPECT_EQ(machine.registers.rip, kText.value);
  EXPECT_EQ(machine.registers.rsp, kData.value);
  EXPECT_EQ(machine.registers.eflags, kResumeFlag);
}

TEST(FakeCpu, ProtectionsAreKept) {
  Machine store({0x48, 0x89, 0x05, 0xf9, 0xff, 0xff, 0xff});  // mov [its own first byte], rax
  EXPECT_EQ(store.run().code, SEGV_ACCERR);
  Machine data({0x90}, kData);
  const auto outcome = data.run();
  EXPECT_EQ(outcome.signal, SIGSEGV);
  EXPECT_EQ(outcome.code, SEGV_ACCERR);
  EXPECT_EQ(outcome.where, kData);
}

TEST(FakeCpu, AnInstructionThatRunsIntoAnUnmappedPageFaultsThere) {
  Machine machine({0xe8, 0x00}, kText + kPageSize - 2);
  const auto outcome = machine.run();
  EXPECT_EQ(outcome.signal, SIGSEGV);
  EXPECT_EQ(outcome.where, kText + kPageSize);
}

TEST(FakeCpu, UnknownCodeIsAnIllegalInstruction) {
  const std::vector<Bytes> codes = {{0x0f, 0x0b}, {0x06}, {0x48, 0x83, 0x00, 0x01}, {0xff, 0xe0}};
  for (const Bytes& code : codes) {
    Machine machine(code);
    const auto outcome = machine.run();
    EXPECT_EQ(outcome.signal, SIGILL);
    EXPECT_EQ(outcome.where, kText);
  }
}

TEST(FakeCpu, AccessesAreTold) {
  Machine push({0x50});
  const auto outcome = push.run();
  ASSERT_TRUE(outcome.access);
  EXPECT_TRUE(outcome.access->is_write);
  EXPECT_EQ(outcome.access->range.begin, kData + 56);
  Machine load({0x48, 0x8b, 0x05, 0xf9, 0x1f, 0x00, 0x00});  // mov rax, [rip + 0x1ff9]
  const auto loaded = load.run();
  ASSERT_TRUE(loaded.access);
  EXPECT_FALSE(loaded.access->is_write);
  EXPECT_EQ(loaded.access->range.begin, kData);
}

TEST(FakeMemory, ReadsAndWritesStopAtTheFirstUnmappedPage) {
  FakeMemory memory;
  memory.map({kText, 2 * kPageSize}, {true, false, false}, "a");
  Bytes bytes(kPageSize);
  EXPECT_EQ(memory.poke(kText + 2 * kPageSize - 10, bytes), 10u);
  EXPECT_EQ(memory.peek(kText + kPageSize / 2, bytes), bytes.size());
  EXPECT_EQ(memory.peek(Address{0}, bytes), 0u);
  memory.unmap({kText + kPageSize, kPageSize});
  EXPECT_EQ(memory.peek(kText + kPageSize - 1, bytes), 1u);
  EXPECT_EQ(memory.find_free(kText, kPageSize), kText + kPageSize);
}

}  // namespace
}  // namespace gdbhub::test
