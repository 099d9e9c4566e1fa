// Group-stops and SIGCONT, on the fake and on the real kernel.
#include "tests/contract/kernel_contract.h"

namespace gdbhub::test {
namespace {

class KernelJobControl : public KernelContract {
 protected:
  /// Two threads that spin; returns the second one. Both run.
  Tid start_two_threads(Tid& leader, FakeProgram& program) {
    const Address stack = program.space(4096);
    const auto spin = program.new_label();
    program.clone_thread(spin, stack + 4096);
    program.bind(spin);
    const auto loop = program.label();
    program.inc(Reg::Rbx);
    program.jmp(loop);
    leader = run(program);
    EXPECT_EQ(next_of(leader), WaitStatus::event(PtraceEvent::Clone));
    const Tid thread = child_of(leader);
    EXPECT_EQ(next_of(thread), WaitStatus::event(PtraceEvent::Stop));
    resume(leader);
    resume(thread);
    return thread;
  }
};
GDBHUB_ON_BOTH_KERNELS(KernelJobControl);

TEST_P(KernelJobControl, AGroupStopStopsAllThreadsUntilSigcont) {
  FakeProgram program;
  Tid leader;
  const Tid thread = start_two_threads(leader, program);
  const Pid pid{leader.value};
  ASSERT_TRUE(kernel().send_signal(pid, thread, SIGSTOP));
  EXPECT_EQ(next_of(thread), WaitStatus::stopped(SIGSTOP));
  resume(thread, ResumeMode::Continue, SIGSTOP);
  const WaitStatus group_stop = WaitStatus::event(PtraceEvent::Stop, SIGSTOP);
  EXPECT_EQ(next_of(thread), group_stop);
  EXPECT_EQ(next_of(leader), group_stop);
  resume(thread, ResumeMode::Listen);
  resume(leader, ResumeMode::Listen);
  EXPECT_EQ(error_of_registers(leader), ErrorCode::Gone);
  EXPECT_TRUE(is_quiet());
  // an interrupt makes a listening thread accessible again
  ASSERT_TRUE(kernel().interrupt(leader));
  EXPECT_EQ(next_of(leader), group_stop);
  EXPECT_EQ(signal_code(leader), static_cast<int>(PtraceEvent::Stop) << 8 | SIGSTOP);
  resume(leader, ResumeMode::Listen);

  world().kill(pid, SIGCONT);
  EXPECT_EQ(next_of(leader), WaitStatus::event(PtraceEvent::Stop));
  EXPECT_EQ(next_of(thread), WaitStatus::event(PtraceEvent::Stop));
  resume(leader);
  EXPECT_EQ(next_of(leader), WaitStatus::stopped(SIGCONT));
  resume(leader, ResumeMode::Continue, SIGCONT);
  resume(thread);
  stop(leader);
  stop(thread);
}

TEST_P(KernelJobControl, AThreadContinuedInAGroupStopRunsAndItsInterruptsTellOfTheGroupStop) {
  FakeProgram program;
  Tid leader;
  const Tid thread = start_two_threads(leader, program);
  ASSERT_TRUE(kernel().send_signal(Pid{leader.value}, leader, SIGSTOP));
  EXPECT_EQ(next_of(leader), WaitStatus::stopped(SIGSTOP));
  resume(leader, ResumeMode::Continue, SIGSTOP);
  const WaitStatus group_stop = WaitStatus::event(PtraceEvent::Stop, SIGSTOP);
  EXPECT_EQ(next_of(leader), group_stop);
  EXPECT_EQ(next_of(thread), group_stop);
  resume(leader);
  EXPECT_EQ(error_of_registers(leader), ErrorCode::Gone);
  ASSERT_TRUE(kernel().interrupt(leader));
  EXPECT_EQ(next_of(leader), group_stop);
}

TEST_P(KernelJobControl, ATrapThatWaitsBehindAGroupStopIsTakenBeforeAnythingRunsAndAnInterruptLeadsBack) {
  FakeProgram program;
  Tid leader;
  const Tid thread = start_two_threads(leader, program);
  const Pid pid{leader.value};
  stop(leader);
  ASSERT_TRUE(kernel().send_signal(pid, leader, SIGTRAP));
  ASSERT_TRUE(kernel().send_signal(pid, thread, SIGSTOP));
  EXPECT_EQ(next_of(thread), WaitStatus::stopped(SIGSTOP));
  resume(thread, ResumeMode::Continue, SIGSTOP);
  const WaitStatus group_stop = WaitStatus::event(PtraceEvent::Stop, SIGSTOP);
  EXPECT_EQ(next_of(thread), group_stop);
  resume(thread, ResumeMode::Listen);
  const Address before = pc(leader);
  resume(leader);
  EXPECT_EQ(next_of(leader), group_stop);
  EXPECT_TRUE(kernel().trap_pending(leader));
  resume(leader);
  EXPECT_EQ(next_of(leader), WaitStatus::stopped(SIGTRAP));
  ASSERT_TRUE(kernel().interrupt(leader));
  resume(leader);
  EXPECT_EQ(next_of(leader), group_stop);
  EXPECT_EQ(pc(leader), before);
}

TEST_P(KernelJobControl, ListenIsForEventStopsOnly) {
  FakeProgram program;
  program.int3();
  const Tid tid = run(program);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGTRAP));
  EXPECT_FALSE(kernel().resume(tid, ResumeMode::Listen, 0));
}

TEST_P(KernelJobControl, SigcontTrapsEachThreadOfARunningProcess) {
  FakeProgram program;
  Tid leader;
  const Tid thread = start_two_threads(leader, program);
  world().kill(Pid{leader.value}, SIGCONT);
  EXPECT_EQ(next_of(leader), WaitStatus::event(PtraceEvent::Stop));
  EXPECT_EQ(next_of(thread), WaitStatus::event(PtraceEvent::Stop));
  resume(thread);
  resume(leader);
  EXPECT_EQ(arrivals().size(), 5u);
}

TEST_P(KernelJobControl, ASeizedJobStoppedProcessReportsItsGroupStop) {
  FakeProgram program;
  const auto loop = program.label();
  program.jmp(loop);
  const Pid pid = start_untraced(program);
  world().kill(pid, SIGSTOP);
  for (bool is_stopped = false; !is_stopped;) {
    world().let_run();
    const auto stat = kernel().proc_file(pid, "task/" + std::to_string(pid.value) + "/stat");
    ASSERT_TRUE(stat);
    is_stopped = text_of(*stat).find(") T ") != std::string_view::npos;
  }
  ASSERT_TRUE(kernel().seize(leader_of(pid), false));
  EXPECT_EQ(next_of(leader_of(pid)), WaitStatus::event(PtraceEvent::Stop, SIGSTOP));
  // detached, it goes on being stopped
  ASSERT_TRUE(kernel().detach(leader_of(pid), 0));
  EXPECT_TRUE(is_quiet());
  ASSERT_TRUE(kernel().seize(leader_of(pid), false));
  EXPECT_EQ(next_of(leader_of(pid)), WaitStatus::event(PtraceEvent::Stop, SIGSTOP));
}

}  // namespace
}  // namespace gdbhub::test
