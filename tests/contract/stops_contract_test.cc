// Interrupts, traps, single-steps and system call stops, on the fake and on the real kernel.
#include <sys/syscall.h>

#include <cerrno>

#include "tests/contract/kernel_contract.h"

namespace gdbhub::test {
namespace {

class KernelStops : public KernelContract {};
GDBHUB_ON_BOTH_KERNELS(KernelStops);

constexpr std::uint64_t kNotInSyscall = ~0ull;
constexpr std::uint64_t kStepBit = 1u << 14;
constexpr int kEventStopCode = static_cast<int>(PtraceEvent::Stop) << 8 | SIGTRAP;

FakeProgram spinner() {
  FakeProgram program;
  const auto loop = program.label();
  program.inc(Reg::Rbx);
  program.jmp(loop);
  return program;
}

TEST_P(KernelStops, ALaunchedProgramStandsAtItsFirstInstruction) {
  const Tid tid = launch(spinner());
  EXPECT_EQ(pc(tid), FakeProgram::kTextBase);
  EXPECT_EQ(message(tid), static_cast<std::uint64_t>(tid.value));
  EXPECT_EQ(signal_code(tid), static_cast<int>(PtraceEvent::Exec) << 8 | SIGTRAP);
  EXPECT_EQ(registers(tid).orig_rax, static_cast<unsigned long long>(SYS_execve));
}

TEST_P(KernelStops, AnInterruptStopsASpinningThread) {
  const Tid tid = launch(spinner());
  step(tid);  // out of the execve
  step(tid);
  resume(tid);
  EXPECT_EQ(error_of_registers(tid), ErrorCode::Gone);
  ASSERT_TRUE(kernel().interrupt(tid));
  EXPECT_EQ(next_of(tid), WaitStatus::event(PtraceEvent::Stop));
  EXPECT_EQ(signal_code(tid), kEventStopCode);
  EXPECT_EQ(registers(tid).orig_rax, kNotInSyscall);
  EXPECT_EQ(message(tid), 0u);
  EXPECT_LT(pc(tid) - FakeProgram::kTextBase, 8u);
}

TEST_P(KernelStops, ARunningThreadRefusesEverythingButAnInterrupt) {
  const Tid tid = run(spinner());
  EXPECT_EQ(kernel().resume(tid, ResumeMode::Continue, 0).error().code, ErrorCode::Gone);
  EXPECT_EQ(kernel().set_pc(tid, Address{}).error().code, ErrorCode::Gone);
  EXPECT_EQ(kernel().detach(tid, 0).error().code, ErrorCode::Gone);
  EXPECT_EQ(kernel().event_message(tid).error().code, ErrorCode::Gone);
  EXPECT_EQ(kernel().signal_info(tid).error().code, ErrorCode::Gone);
  EXPECT_EQ(kernel().debug_register(tid, 7).error().code, ErrorCode::Gone);
  stop(tid);
}

TEST_P(KernelStops, AnInterruptOfAStoppedThreadStopsItAgainBeforeItsNextInstruction) {
  const Tid tid = run(spinner());
  stop(tid);
  const Address before = pc(tid);
  ASSERT_TRUE(kernel().interrupt(tid));
  resume(tid);
  EXPECT_EQ(next_of(tid), WaitStatus::event(PtraceEvent::Stop));
  EXPECT_EQ(pc(tid), before);
}

TEST_P(KernelStops, APendingInterruptAlsoComesBeforeARequestedStep) {
  const Tid tid = run(spinner());
  stop(tid);
  const Address before = pc(tid);
  ASSERT_TRUE(kernel().interrupt(tid));
  resume(tid, ResumeMode::Step);
  EXPECT_EQ(next_of(tid), WaitStatus::event(PtraceEvent::Stop));
  EXPECT_EQ(pc(tid), before);
}

TEST_P(KernelStops, AnotherStopThatComesFirstTakesTheInterruptWithIt) {
  FakeProgram program;
  program.int3();
  program.exit_group(0);
  const Tid tid = launch(program);
  ASSERT_TRUE(kernel().interrupt(tid));
  resume(tid, ResumeMode::Syscall);
  EXPECT_EQ(next_of(tid), WaitStatus::syscall());  // the exit of the execve
  resume(tid);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGTRAP));
}

TEST_P(KernelStops, ABreakpointInstructionTrapsWithThePcBehindIt) {
  FakeProgram program;
  program.nop();
  const Address at = program.int3();
  program.exit_group(3);
  const Tid tid = run(program);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGTRAP));
  EXPECT_EQ(pc(tid), at + 1);
  EXPECT_EQ(signal_code(tid), SI_KERNEL);
  EXPECT_EQ(registers(tid).orig_rax, kNotInSyscall);
  resume(tid);
  EXPECT_EQ(next_of(tid), WaitStatus::exited(3));
}

TEST_P(KernelStops, SteppingABreakpointInstructionReportsTheBreakpointOnly) {
  FakeProgram program;
  program.nop();
  const Address at = program.int3();
  program.nop();
  program.exit_group(3);
  const Tid tid = launch(program);
  step(tid);  // ends with the execve
  step(tid);
  step(tid);
  EXPECT_EQ(pc(tid), at + 1);
  EXPECT_EQ(signal_code(tid), SI_KERNEL);
  step(tid);
  EXPECT_EQ(pc(tid), at + 2);
  EXPECT_EQ(signal_code(tid), TRAP_TRACE);
}

TEST_P(KernelStops, AStepExecutesOneInstruction) {
  FakeProgram program;
  const auto loop = program.label();
  program.nop();
  program.inc(Reg::Rbx);
  program.jmp(loop);
  const Tid tid = launch(program);
  step(tid);
  EXPECT_EQ(signal_code(tid), TRAP_BRKPT);  // a step from inside a system call ends where the call returns
  EXPECT_EQ(pc(tid), FakeProgram::kTextBase);
  step(tid);
  EXPECT_EQ(signal_code(tid), TRAP_TRACE);
  EXPECT_EQ(pc(tid), FakeProgram::kTextBase + 1);
  EXPECT_EQ(signal_info(tid).si_addr, reinterpret_cast<void*>(pc(tid).value));
  EXPECT_EQ(*kernel().debug_register(tid, 6) & kStepBit, kStepBit);
  step(tid);
  EXPECT_EQ(registers(tid).rbx, 1u);
  step(tid);
  EXPECT_EQ(pc(tid), FakeProgram::kTextBase);
}

TEST_P(KernelStops, AStepOverASyscallStopsBehindItWithAnotherCode) {
  FakeProgram program;
  program.mov_imm32(Reg::Rax, SYS_getpid);
  const Address at = program.syscall();
  program.exit_group(0);
  const Tid tid = launch(program);
  step(tid);
  step(tid);
  EXPECT_EQ(pc(tid), at);
  step(tid);
  EXPECT_EQ(pc(tid), at + 2);
  EXPECT_EQ(signal_code(tid), TRAP_BRKPT);
  EXPECT_EQ(registers(tid).rax, static_cast<unsigned long long>(tid.value));
  EXPECT_EQ(registers(tid).rcx, (at + 2).value);
  EXPECT_EQ(registers(tid).orig_rax, static_cast<unsigned long long>(SYS_getpid));
  resume(tid);
  EXPECT_EQ(next_of(tid), WaitStatus::exited(0));
}

TEST_P(KernelStops, SyscallModeStopsAtTheEntryAndAtTheExit) {
  FakeProgram program;
  const Address at = program.call_kernel(SYS_getpid);
  program.int3();
  const Tid tid = launch(program);
  resume(tid, ResumeMode::Syscall);
  EXPECT_EQ(next_of(tid), WaitStatus::syscall());  // the exit of the execve
  resume(tid, ResumeMode::Syscall);
  EXPECT_EQ(next_of(tid), WaitStatus::syscall());
  EXPECT_EQ(pc(tid), at + 2);
  EXPECT_EQ(registers(tid).orig_rax, static_cast<unsigned long long>(SYS_getpid));
  EXPECT_EQ(static_cast<long long>(registers(tid).rax), -ENOSYS);
  EXPECT_EQ(signal_code(tid), SIGTRAP | 0x80);
  EXPECT_EQ(message(tid), 1u);
  resume(tid, ResumeMode::Syscall);
  EXPECT_EQ(next_of(tid), WaitStatus::syscall());
  EXPECT_EQ(registers(tid).rax, static_cast<unsigned long long>(tid.value));
  EXPECT_EQ(message(tid), 2u);
  resume(tid, ResumeMode::Syscall);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGTRAP));
}

TEST_P(KernelStops, ThePcSetAtTheEntryStopAppliesAtTheReturn) {
  FakeProgram program;
  program.call_kernel(SYS_getpid);
  program.hlt();
  const Address elsewhere = program.symbol("elsewhere");
  program.exit_group(9);
  const Tid tid = launch(program);
  resume(tid, ResumeMode::Syscall);
  EXPECT_EQ(next_of(tid), WaitStatus::syscall());
  resume(tid, ResumeMode::Syscall);
  EXPECT_EQ(next_of(tid), WaitStatus::syscall());
  ASSERT_TRUE(kernel().set_pc(tid, elsewhere));
  resume(tid, ResumeMode::Syscall);
  EXPECT_EQ(next_of(tid), WaitStatus::syscall());
  EXPECT_EQ(pc(tid), elsewhere);
  EXPECT_EQ(registers(tid).rax, static_cast<unsigned long long>(tid.value));
  resume(tid);
  EXPECT_EQ(next_of(tid), WaitStatus::exited(9));
}

TEST_P(KernelStops, ASyscallWhoseNumberTheTracerRemovesIsNotMade) {
  FakeProgram program;
  program.exit_group(1);
  program.int3();
  const Tid tid = launch(program);
  resume(tid, ResumeMode::Syscall);
  EXPECT_EQ(next_of(tid), WaitStatus::syscall());
  resume(tid, ResumeMode::Syscall);
  EXPECT_EQ(next_of(tid), WaitStatus::syscall());
  GeneralRegisters changed = registers(tid);
  changed.orig_rax = kNotInSyscall;
  changed.rax = 77;
  ASSERT_TRUE(kernel().set_registers(tid, changed));
  resume(tid);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGTRAP));
  EXPECT_EQ(registers(tid).rax, 77u);
}

TEST_P(KernelStops, AStepFromAnEntryStopEndsBehindTheSyscall) {
  FakeProgram program;
  const Address at = program.call_kernel(SYS_getpid);
  program.nop();
  program.exit_group(0);
  const Tid tid = launch(program);
  resume(tid, ResumeMode::Syscall);
  EXPECT_EQ(next_of(tid), WaitStatus::syscall());
  resume(tid, ResumeMode::Syscall);
  EXPECT_EQ(next_of(tid), WaitStatus::syscall());
  step(tid);
  EXPECT_EQ(pc(tid), at + 2);
  EXPECT_EQ(signal_code(tid), TRAP_BRKPT);
  step(tid);
  EXPECT_EQ(pc(tid), at + 3);
  EXPECT_EQ(signal_code(tid), TRAP_TRACE);
}

TEST_P(KernelStops, AnInterruptInsideABlockingCallRestartsIt) {
  FakeProgram program;
  const Address at = program.call_kernel(SYS_pause);
  program.exit_group(0);
  const Tid tid = run(program);
  EXPECT_TRUE(is_quiet());
  for (int time = 0; time < 2; ++time) {
    stop(tid);
    EXPECT_EQ(pc(tid), at + 2);
    EXPECT_EQ(static_cast<long long>(registers(tid).rax), -514);
    EXPECT_EQ(registers(tid).orig_rax, static_cast<unsigned long long>(SYS_pause));
    resume(tid);
    EXPECT_TRUE(is_quiet());
  }
}

TEST_P(KernelStops, AStepIntoABlockingCallLeavesItsTrapBehindWhenInterrupted) {
  FakeProgram program;
  program.mov_imm32(Reg::Rax, SYS_pause);
  const Address at = program.syscall();
  program.exit_group(0);
  const Tid tid = launch(program);
  step(tid);
  step(tid);
  resume(tid, ResumeMode::Step);
  EXPECT_TRUE(is_quiet());
  stop(tid);
  resume(tid);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGTRAP));
  EXPECT_EQ(signal_code(tid), TRAP_BRKPT);
  EXPECT_EQ(pc(tid), at + 2);
  resume(tid);
  EXPECT_TRUE(is_quiet());  // restarted
  stop(tid);
}

TEST_P(KernelStops, FaultsTellTheirAddress) {
  FakeProgram program;
  const Address load = program.load(Reg::Rax, FakeProgram::kTextBase + 0x8000);
  const Address halt = program.hlt();
  const Address invalid = program.ud2();
  const Tid tid = run(program);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGSEGV));
  EXPECT_EQ(pc(tid), load);
  EXPECT_EQ(signal_code(tid), SEGV_MAPERR);
  EXPECT_EQ(signal_info(tid).si_addr, reinterpret_cast<void*>((FakeProgram::kTextBase + 0x8000).value));
  ASSERT_TRUE(kernel().set_pc(tid, halt));
  resume(tid);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGSEGV));
  EXPECT_EQ(signal_code(tid), SI_KERNEL);
  ASSERT_TRUE(kernel().set_pc(tid, invalid));
  resume(tid);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGILL));
  EXPECT_EQ(signal_code(tid), ILL_ILLOPN);
  EXPECT_EQ(signal_info(tid).si_addr, reinterpret_cast<void*>(invalid.value));
  ASSERT_TRUE(kernel().set_pc(tid, Address{0x1000}));
  resume(tid);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGSEGV));
  EXPECT_EQ(signal_info(tid).si_addr, reinterpret_cast<void*>(0x1000));
  resume(tid, ResumeMode::Continue, SIGSEGV);
  EXPECT_EQ(next_of(tid).term_signal(), SIGSEGV);
}

TEST_P(KernelStops, MemoryIsReadUpToTheFirstUnmappedPageAndTextCanBeWritten) {
  FakeProgram program;
  program.nop();
  program.exit_group(5);
  const Address value = program.quad(42);
  const Tid tid = launch(program);
  const auto memory = kernel().open_memory(tid);
  ASSERT_TRUE(memory);
  TraceeMemory& view = *memory.value();
  EXPECT_EQ(quad(tid, value), 42u);
  Bytes bytes(8192);
  EXPECT_EQ(view.read(FakeProgram::kTextBase, bytes), 4096u);
  EXPECT_EQ(view.read(Address{0x1000}, bytes), 0u);
  EXPECT_EQ(view.write(Address{0x1000}, bytes), 0u);
  EXPECT_EQ(view.write(FakeProgram::kTextBase, Bytes{0xcc}), 1u);
  resume(tid);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGTRAP));
  resume(tid);
  EXPECT_EQ(next_of(tid), WaitStatus::exited(5));
  EXPECT_EQ(view.read(FakeProgram::kTextBase, bytes), 0u);
}

}  // namespace
}  // namespace gdbhub::test
