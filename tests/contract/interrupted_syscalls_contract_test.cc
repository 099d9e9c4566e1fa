// Contract §2, §3 on the fake and the real kernel: system calls that block, are interrupted, restarted, or caught in their middle.
#include "tests/contract/catching.h"
#include "tests/contract/core_contract.h"

namespace gdbhub::test {
namespace {

class InterruptedSyscalls : public CoreContract {};
GDBHUB_CORE_ON_BOTH_KERNELS(InterruptedSyscalls);

/// Waits for "go"; pause(2), at "call"; then counts in "count". SIGUSR1 has a handler.
FakeProgram pausing() {
  FakeProgram p;
  const Address go = p.quad(0, "go"), count = p.quad(0, "count");
  const auto handler = p.new_label(), past = p.new_label();
  p.set_handler(SIGUSR1, handler);
  p.jmp(past);
  p.bind(handler);
  p.symbol("handler");
  p.ret();
  p.bind(past);
  p.wait_for(go);
  p.mov_imm32(Reg::Rax, SYS_pause);
  p.symbol("call");
  p.syscall();
  p.symbol("after");
  const auto loop = p.label();
  p.inc(Reg::Rbx);
  p.store(count, Reg::Rbx);
  p.jmp(loop);
  return p;
}

TEST_P(InterruptedSyscalls, A2_AnInterruptByAnotherInsideABlockingCallIsNeitherItsEndNorANewCall) {
  const FakeProgram program = pausing();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.answer = [](const Event&) { return Verdict::keep(); };
  a.attach(pid, catching({SYS_pause}));
  b.attach(pid, {});
  set_quad(a, program.symbol("go"), 1);
  wait_for<event::SyscallEntry>(a);
  for (int round = 0; round < 3; ++round) {
    idle();
    stop(b, leader);
    b.go(leader);
  }
  idle();
  EXPECT_EQ(a.reports.size(), 1u);
  kill(SIGUSR1);
  wait_for<event::SyscallExit>(a);
  EXPECT_EQ(std::get<event::SyscallExit>(a.last().detail).number, SYS_pause);
  ASSERT_TRUE(until([&] { return quad(program.symbol("count")) > 0; }));
  EXPECT_EQ(a.count<event::SyscallEntry>(), 1);
  EXPECT_EQ(a.count<event::SyscallExit>(), 1);
}

TEST_P(InterruptedSyscalls, A10_AStepIntoABlockingCallEndsAfterItThoughItIsInterruptedAndRestarted) {
  const FakeProgram program = pausing();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {});
  b.attach(pid, catching(SyscallSet::all()));
  b.answer = [](const Event&) { return Verdict::keep(); };
  a.insert(pid, program.symbol("call"));
  set_quad(a, program.symbol("go"), 1);
  wait_reports(a, 1);
  a.step(leader);
  wait_for<event::SyscallEntry>(b);
  idle();
  stop(b, leader);
  EXPECT_EQ(a.count<event::StepDone>(), 0);
  b.go(leader);
  idle();
  EXPECT_EQ(a.count<event::StepDone>(), 0);
  kill(SIGUSR1);
  wait_for<event::StepDone>(a);
  const Address at = a.pc(leader);
  EXPECT_TRUE(at == program.symbol("after") || at == program.symbol("handler")) << std::hex << at.value;
  EXPECT_EQ(a.count<event::StepDone>(), 1);
}

TEST_P(InterruptedSyscalls, A18_CatchingWhileTheThreadIsInsideACallShowsItsNextStops) {
  const FakeProgram program = pausing();
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, {});
  a.answer = [](const Event&) { return Verdict::keep(); };
  set_quad(a, program.symbol("go"), 1);
  idle();
  a.set_events(pid, catching(SyscallSet::all()));
  wait_reports(a, 1);
  EXPECT_EQ(a.count<event::SyscallEntry>(), 1) << "the hub's own short stop makes the kernel restart the call";
  kill(SIGUSR1);
  wait_for<event::SyscallExit>(a);
  EXPECT_EQ(std::get<event::SyscallExit>(a.reports[1].detail).number, SYS_pause);
  // Its handler returns by rt_sigreturn, of which the registers name nothing at the exit.
  wait_for<event::SyscallExit>(a, 2);
  EXPECT_EQ(std::get<event::SyscallExit>(a.last().detail).number, SYS_rt_sigreturn);
}

TEST_P(InterruptedSyscalls, A18_CaughtFirstInTheMiddleOfACallItsExitIsTheFirstStop) {
  FakeProgram program;
  const Address go = program.quad(0);
  program.wait_for(go);
  program.call_kernel(SYS_fork);
  const auto loop = program.label();
  program.call_kernel(SYS_gettid);
  program.jmp(loop);
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, {.forks = true});
  set_quad(a, go, 1);
  wait_for<event::Forked>(a);
  const Pid child = std::get<event::Forked>(a.last().detail).child;
  a.answer = [](const Event&) { return Verdict::keep(); };
  a.set_events(pid, catching(SyscallSet::all()));
  a.detach(child);
  a.go(leader);
  wait_reports(a, 2);
  const auto* exit = std::get_if<event::SyscallExit>(&a.reports[1].detail);
  ASSERT_NE(exit, nullptr);
  EXPECT_EQ(exit->number, SYS_fork);
  EXPECT_EQ(exit->result, child.value);
  wait_for<event::SyscallEntry>(a);
  a.disconnect();
  ASSERT_TRUE(world().kernel().kill_process(child));
}

TEST_P(InterruptedSyscalls, A10_AStepWithASignalPendingAtACaughtCallEntersTheHandlerFirst) {
  const FakeProgram program = pausing();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {.signals = true});
  b.attach(pid, catching(SyscallSet::all()));
  b.answer = [](const Event&) { return Verdict::keep(); };
  a.insert(pid, program.symbol("call"));
  set_quad(a, program.symbol("go"), 1);
  wait_for<event::Breakpoint>(a);
  a.remove(pid, program.symbol("call"));
  const std::size_t calls_before = b.reports.size();
  kill(SIGUSR1);
  a.step(leader);
  wait_for<event::Signal>(a);
  a.step(leader, {.signal = SIGUSR1});
  wait_for<event::StepDone>(a);
  EXPECT_EQ(a.pc(leader), program.symbol("handler"));
  EXPECT_EQ(b.reports.size(), calls_before);
}

}  // namespace
}  // namespace gdbhub::test
