// Debug registers, on the fake and on the real kernel.
#include <sys/syscall.h>

#include "tests/contract/kernel_contract.h"

namespace gdbhub::test {
namespace {

class KernelDebugRegisters : public KernelContract {
 protected:
  enum class Kind : std::uint64_t { Execute = 0, Write = 1, InputOutput = 2, Access = 3 };

  static std::uint64_t control(unsigned slot, Kind kind, std::uint64_t size) {
    const std::uint64_t length = size == 8 ? 2 : size - 1;
    return 1ull << (2 * slot) | (static_cast<std::uint64_t>(kind) | length << 2) << (16 + 4 * slot);
  }
  void arm(Tid tid, unsigned slot, Kind kind, Address at, std::uint64_t size) {
    ASSERT_TRUE(kernel().set_debug_register(tid, static_cast<int>(slot), at.value));
    ASSERT_TRUE(kernel().set_debug_register(tid, 7, control(slot, kind, size)));
  }
  std::uint64_t hits(Tid tid) { return kernel().debug_register(tid, 6).value_or(0) & 0xf; }
  void expect_hit(Tid tid, unsigned slot) {
    EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGTRAP));
    EXPECT_EQ(signal_code(tid), TRAP_HWBKPT);
    EXPECT_EQ(hits(tid), 1u << slot);
  }
};
GDBHUB_ON_BOTH_KERNELS(KernelDebugRegisters);

TEST_P(KernelDebugRegisters, AnExecuteBreakpointStopsBeforeTheInstructionOncePerArrival) {
  FakeProgram program;
  const auto loop = program.label();
  program.nop();
  const Address at = program.inc(Reg::Rbx);
  program.jmp(loop);
  const Tid tid = launch(program);
  arm(tid, 1, Kind::Execute, at, 1);
  for (std::uint64_t round = 0; round < 3; ++round) {
    resume(tid);
    expect_hit(tid, 1);
    EXPECT_EQ(pc(tid), at);
    EXPECT_EQ(registers(tid).rbx, round);
    EXPECT_EQ(signal_info(tid).si_addr, reinterpret_cast<void*>(at.value));
  }
  ASSERT_TRUE(kernel().set_debug_register(tid, 7, 0));
  resume(tid);
  stop(tid);
}

TEST_P(KernelDebugRegisters, AStepOntoAnExecuteBreakpointEndsFirst) {
  FakeProgram program;
  program.nop();
  const Address at = program.nop();
  program.nop();
  const Tid tid = launch(program);
  step(tid);
  arm(tid, 0, Kind::Execute, at, 1);
  step(tid);
  EXPECT_EQ(pc(tid), at);
  EXPECT_EQ(signal_code(tid), TRAP_TRACE);
  resume(tid, ResumeMode::Step);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGTRAP));
  EXPECT_EQ(pc(tid), at);
  EXPECT_EQ(signal_code(tid), TRAP_HWBKPT);
  step(tid);
  EXPECT_EQ(pc(tid), at + 1);
}

TEST_P(KernelDebugRegisters, AWatchpointStopsBehindTheInstructionThatWrites) {
  FakeProgram program;
  const Address value = program.quad(0);
  program.load(Reg::Rax, value);
  const Address store = program.store(value, Reg::Rbx);
  program.load(Reg::Rax, value);
  program.exit_group(0);
  for (const std::uint64_t size : {1u, 2u, 4u, 8u}) {
    const Tid tid = launch(program);
    arm(tid, 2, Kind::Write, value + (8 - size), size);
    resume(tid);
    expect_hit(tid, 2);
    EXPECT_EQ(pc(tid), store + 7);
    resume(tid);
    EXPECT_EQ(next_of(tid), WaitStatus::exited(0));
  }
}

TEST_P(KernelDebugRegisters, AnAccessWatchpointStopsForReadsToo) {
  FakeProgram program;
  const Address value = program.quad(0);
  const Address load = program.load(Reg::Rax, value);
  program.exit_group(0);
  const Tid tid = launch(program);
  arm(tid, 3, Kind::Access, value, 8);
  resume(tid);
  expect_hit(tid, 3);
  EXPECT_EQ(pc(tid), load + 7);
}

TEST_P(KernelDebugRegisters, AStepThatAlsoHitsAWatchpointTellsBoth) {
  FakeProgram program;
  const Address value = program.quad(0);
  program.store(value, Reg::Rbx);
  const Tid tid = launch(program);
  step(tid);
  ASSERT_TRUE(kernel().set_debug_register(tid, 6, 0));
  arm(tid, 0, Kind::Write, value, 8);
  step(tid);
  EXPECT_EQ(signal_code(tid), TRAP_TRACE);
  EXPECT_EQ(hits(tid), 1u);
  EXPECT_NE(*kernel().debug_register(tid, 6) & 1u << 14, 0u);
}

TEST_P(KernelDebugRegisters, AHitOverwritesTheStatusOfTheLastOne) {
  FakeProgram program;
  const Address value = program.quad(0);
  program.store(value, Reg::Rbx);
  const Address at = program.nop();
  program.nop();
  const Tid tid = launch(program);
  step(tid);
  ASSERT_TRUE(kernel().set_debug_register(tid, 0, value.value));
  ASSERT_TRUE(kernel().set_debug_register(tid, 1, at.value));
  ASSERT_TRUE(kernel().set_debug_register(tid, 7, control(0, Kind::Write, 8) | control(1, Kind::Execute, 1)));
  resume(tid);
  expect_hit(tid, 0);
  resume(tid);
  expect_hit(tid, 1);
  EXPECT_EQ(*kernel().debug_register(tid, 6) & 1u << 14, 0u);
}

TEST_P(KernelDebugRegisters, ImpossibleRequestsAreRefused) {
  FakeProgram program;
  program.nop();
  const Tid tid = launch(program);
  ASSERT_TRUE(kernel().set_debug_register(tid, 0, FakeProgram::kDataBase.value + 1));
  EXPECT_FALSE(kernel().set_debug_register(tid, 7, control(0, Kind::Write, 4)));
  EXPECT_FALSE(kernel().set_debug_register(tid, 7, control(0, Kind::InputOutput, 1)));
  EXPECT_FALSE(kernel().set_debug_register(tid, 7, control(0, Kind::Execute, 4)));
  EXPECT_EQ(kernel().debug_register(tid, 4).error().code, ErrorCode::InvalidArgument);
}

TEST_P(KernelDebugRegisters, NewThreadsAndForksHaveNoneArmedThoughTheControlRegisterReadsTheSame) {
  FakeProgram program;
  const Address value = program.quad(0);
  const auto entry = program.new_label();
  program.clone_thread(entry, program.space(4096) + 4096);
  program.call_kernel(SYS_fork);
  program.execve(world().path_of("main"));
  program.bind(entry);
  program.store(value, Reg::Rax);
  program.int3();
  const Address again = program.store(value, Reg::Rax);
  const auto loop = program.label();
  program.jmp(loop);
  const Tid parent = launch(program);
  arm(parent, 0, Kind::Write, value, 8);
  const std::uint64_t armed = *kernel().debug_register(parent, 7);
  resume(parent);
  EXPECT_EQ(next_of(parent), WaitStatus::event(PtraceEvent::Clone));
  const Tid thread = child_of(parent);
  EXPECT_EQ(next_of(thread), WaitStatus::event(PtraceEvent::Stop));
  EXPECT_EQ(*kernel().debug_register(thread, 7), armed);
  EXPECT_EQ(*kernel().debug_register(thread, 0), 0u);
  resume(thread);
  EXPECT_EQ(next_of(thread), WaitStatus::stopped(SIGTRAP));
  EXPECT_EQ(signal_code(thread), SI_KERNEL);  // the int3 behind the store
  arm(thread, 0, Kind::Write, value, 8);
  resume(thread);
  expect_hit(thread, 0);
  EXPECT_EQ(pc(thread), again + 7);
  resume(thread);

  resume(parent);
  EXPECT_EQ(next_of(parent), WaitStatus::event(PtraceEvent::Fork));
  const Tid child = child_of(parent);
  EXPECT_EQ(next_of(child), WaitStatus::event(PtraceEvent::Stop));
  EXPECT_EQ(*kernel().debug_register(child, 7), armed);
  EXPECT_EQ(*kernel().debug_register(child, 0), 0u);
  EXPECT_EQ(*kernel().debug_register(parent, 7), armed);
  resume(parent);
  EXPECT_EQ(next_of(thread), WaitStatus::exited(0));
  EXPECT_EQ(next_of(parent), WaitStatus::event(PtraceEvent::Exec));
  EXPECT_EQ(*kernel().debug_register(parent, 7), 0u);  // an exec clears all
  EXPECT_EQ(*kernel().debug_register(parent, 0), 0u);
}

TEST_P(KernelDebugRegisters, ADetachedProcessKeepsThem) {
  FakeProgram program;
  const Address ready = program.quad(0), value = program.quad(0);
  program.wait_for(ready);
  program.store(value, Reg::Rax);
  program.exit_group(0);
  const Tid tid = launch(program);
  arm(tid, 0, Kind::Write, value, 8);
  const std::uint64_t go = 1;
  EXPECT_EQ((*kernel().open_memory(tid)).get()->write(ready, bytes_of(go)), sizeof go);
  ASSERT_TRUE(kernel().detach(tid, 0));
  EXPECT_EQ(next_of(tid).term_signal(), SIGTRAP);  // our child still, so its end is reported
}

}  // namespace
}  // namespace gdbhub::test
