// Signals, handlers, attach and detach, on the fake and on the real kernel.
#include <sys/syscall.h>

#include "gdbhub/procfs.h"
#include "tests/contract/kernel_contract.h"

namespace gdbhub::test {
namespace {

class KernelSignals : public KernelContract {
 protected:
  /// Spins until its handler of SIGUSR1 has run, then exits with 4.
  struct Handling {
    FakeProgram program;
    Address ready = program.quad(0);
    Address handled = program.quad(0);
    Address handler;

    Handling() {
      const auto label = program.new_label();
      program.set_handler(SIGUSR1, label);
      program.set(ready);
      program.wait_for(handled);
      program.exit_group(4);
      program.bind(label);
      handler = program.nop();
      program.set(handled);
      program.ret();
    }
  };

  /// Lets the traced thread run until the quad at `flag` is 1.
  void wait_for_flag(Tid tid, Address flag) {
    for (int tries = 0; tries < 1000; ++tries) {
      world().let_run();
      stop(tid);
      const bool set = quad(tid, flag) == 1;
      resume(tid);
      if (set) return;
    }
    ADD_FAILURE() << "the program does not get on";
  }

  /// The same without a tracer. At first the new image is not even complete.
  void wait_until_set_untraced(Tid tid, Address flag) {
    std::uint64_t value = 0;
    for (int tries = 0; tries < 1000 && value == 0; ++tries) {
      world().let_run();
      const auto memory = kernel().open_memory(tid);
      if (memory) static_cast<void>((*memory.value()).read(flag, writable_bytes_of(value)));
    }
    EXPECT_EQ(value, 1u);
  }
};
GDBHUB_ON_BOTH_KERNELS(KernelSignals);

TEST_P(KernelSignals, ATrapThatWaitsBehindAStopIsPendingUntilItIsDelivered) {
  FakeProgram program;
  const auto loop = program.label();
  program.nop();
  program.jmp(loop);
  const Tid leader = run(program);
  stop(leader);
  EXPECT_FALSE(kernel().trap_pending(leader));
  ASSERT_TRUE(kernel().send_signal(Pid{leader.value}, leader, SIGUSR1));
  EXPECT_FALSE(kernel().trap_pending(leader));
  ASSERT_TRUE(kernel().send_signal(Pid{leader.value}, leader, SIGTRAP));
  EXPECT_TRUE(kernel().trap_pending(leader));
  const Address before = pc(leader);
  resume(leader);
  EXPECT_EQ(next_of(leader), WaitStatus::stopped(SIGTRAP)) << "the lower number of the two comes first";
  EXPECT_EQ(pc(leader), before) << "and nothing runs before it";
  EXPECT_FALSE(kernel().trap_pending(leader));
}

TEST_P(KernelSignals, ASignalStopsTheThreadAndTheTracerMaySuppressIt) {
  Handling handling;
  const Tid tid = run(handling.program);
  wait_for_flag(tid, handling.ready);
  ASSERT_TRUE(kernel().send_signal(Pid{tid.value}, tid, SIGUSR2));
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGUSR2));
  EXPECT_EQ(signal_code(tid), SI_TKILL);
  EXPECT_EQ(signal_info(tid).si_pid, ::getpid());
  resume(tid);
  stop(tid);
}

TEST_P(KernelSignals, AtAFaultsStopStatusTellsWhetherItWillKillAlsoWhenItWasIgnored) {
  FakeProgram program;
  program.set_handler(SIGUSR1, program.label());
  program.ignore(SIGSEGV);
  program.ignore(SIGQUIT);
  program.store(Address{8}, Reg::Rbx);  // nothing is mapped there
  const Tid tid = run(program);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGSEGV));
  const auto file = kernel().proc_file(Pid{tid.value}, "task/" + std::to_string(tid.value) + "/status");
  ASSERT_TRUE(file);
  const auto status = parse_status(text_of(*file));
  ASSERT_TRUE(status);
  const auto has = [](std::uint64_t mask, int signal) { return (mask >> (signal - 1) & 1) != 0; };
  EXPECT_TRUE(has(status->ignored, SIGQUIT));
  EXPECT_TRUE(has(status->caught, SIGUSR1));
  EXPECT_FALSE(has(status->ignored, SIGSEGV)) << "forced: the default action again";
  EXPECT_FALSE(has(status->caught, SIGSEGV));
}

TEST_P(KernelSignals, IgnoredSignalsAreReportedToo) {
  Handling handling;
  const Tid tid = run(handling.program);
  wait_for_flag(tid, handling.ready);
  ASSERT_TRUE(kernel().send_signal(Pid{tid.value}, tid, SIGCHLD));
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGCHLD));
  resume(tid, ResumeMode::Continue, SIGCHLD);
  stop(tid);
}

TEST_P(KernelSignals, TheHandlerRunsWithTheInjectedSignalAndReturns) {
  Handling handling;
  const Tid tid = run(handling.program);
  wait_for_flag(tid, handling.ready);
  ASSERT_TRUE(kernel().send_signal(Pid{tid.value}, tid, SIGUSR1));
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGUSR1));
  resume(tid, ResumeMode::Continue, SIGUSR1);
  EXPECT_EQ(next_of(tid), WaitStatus::exited(4));
}

TEST_P(KernelSignals, AnotherSignalMayBeInjectedInItsPlace) {
  Handling handling;
  const Tid tid = run(handling.program);
  wait_for_flag(tid, handling.ready);
  ASSERT_TRUE(kernel().send_signal(Pid{tid.value}, tid, SIGUSR2));
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGUSR2));
  resume(tid, ResumeMode::Continue, SIGUSR1);
  EXPECT_EQ(next_of(tid), WaitStatus::exited(4));
}

TEST_P(KernelSignals, AFatalSignalKillsWhenInjected) {
  Handling handling;
  const Tid tid = run(handling.program);
  wait_for_flag(tid, handling.ready);
  world().kill(Pid{tid.value}, SIGTERM);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGTERM));
  resume(tid, ResumeMode::Continue, SIGTERM);
  EXPECT_EQ(next_of(tid), WaitStatus::killed(SIGTERM));
}

TEST_P(KernelSignals, AStepWithASignalStopsAtTheHandlersFirstInstruction) {
  Handling handling;
  const Tid tid = run(handling.program);
  wait_for_flag(tid, handling.ready);
  ASSERT_TRUE(kernel().send_signal(Pid{tid.value}, tid, SIGUSR1));
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGUSR1));
  resume(tid, ResumeMode::Step, SIGUSR1);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGTRAP));
  EXPECT_EQ(pc(tid), handling.handler);
  EXPECT_EQ(signal_code(tid), SIGTRAP);
  EXPECT_EQ(registers(tid).rdi, static_cast<unsigned long long>(SIGUSR1));
  step(tid);
  EXPECT_EQ(pc(tid), handling.handler + 1);
  EXPECT_EQ(signal_code(tid), TRAP_TRACE);
  resume(tid);
  EXPECT_EQ(next_of(tid), WaitStatus::exited(4));
}

TEST_P(KernelSignals, AStepWithAnIgnoredSignalExecutesAnInstruction) {
  Handling handling;
  const Tid tid = run(handling.program);
  wait_for_flag(tid, handling.ready);
  ASSERT_TRUE(kernel().send_signal(Pid{tid.value}, tid, SIGWINCH));
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGWINCH));
  resume(tid, ResumeMode::Step, SIGWINCH);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGTRAP));
  EXPECT_EQ(signal_code(tid), TRAP_TRACE);
}

TEST_P(KernelSignals, TheSignalIsBlockedWhileItsHandlerRuns) {
  Handling handling;
  const Tid tid = run(handling.program);
  wait_for_flag(tid, handling.ready);
  ASSERT_TRUE(kernel().send_signal(Pid{tid.value}, tid, SIGUSR1));
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGUSR1));
  resume(tid, ResumeMode::Step, SIGUSR1);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGTRAP));
  ASSERT_TRUE(kernel().send_signal(Pid{tid.value}, tid, SIGUSR1));
  step(tid);
  EXPECT_EQ(pc(tid), handling.handler + 1);
  resume(tid);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGUSR1));  // after the return of the handler
  resume(tid);
  EXPECT_EQ(next_of(tid), WaitStatus::exited(4));
}

TEST_P(KernelSignals, ASignalGivenAtASyscallStopIsSent) {
  FakeProgram program;
  program.call_kernel(SYS_getpid);
  program.exit_group(0);
  const Tid tid = launch(program);
  resume(tid, ResumeMode::Syscall);
  EXPECT_EQ(next_of(tid), WaitStatus::syscall());
  resume(tid, ResumeMode::Continue, SIGUSR1);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGUSR1));
  EXPECT_EQ(signal_code(tid), SI_KERNEL);
  resume(tid);
  EXPECT_EQ(next_of(tid), WaitStatus::exited(0));
}

TEST_P(KernelSignals, ASignalGivenAtAnEventStopIsLost) {
  FakeProgram program;
  program.exit_group(0);
  const Tid tid = launch(program);
  ASSERT_TRUE(kernel().interrupt(tid));
  resume(tid, ResumeMode::Continue, SIGUSR1);
  EXPECT_EQ(next_of(tid), WaitStatus::event(PtraceEvent::Stop));
  resume(tid, ResumeMode::Continue, SIGUSR1);
  EXPECT_EQ(next_of(tid), WaitStatus::exited(0));
}

TEST_P(KernelSignals, AnInterruptComesBeforePendingSignals) {
  FakeProgram program;
  program.exit_group(0);
  const Tid tid = launch(program);
  ASSERT_TRUE(kernel().send_signal(Pid{tid.value}, tid, SIGUSR1));
  ASSERT_TRUE(kernel().interrupt(tid));
  resume(tid);
  EXPECT_EQ(next_of(tid), WaitStatus::event(PtraceEvent::Stop));
  resume(tid);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGUSR1));
  resume(tid);
  EXPECT_EQ(next_of(tid), WaitStatus::exited(0));
}

TEST_P(KernelSignals, AHandlerEndsABlockingCallAndSuppressionRestartsIt) {
  FakeProgram program;
  const Address ready = program.quad(0);
  const auto handler = program.new_label();
  program.set_handler(SIGUSR1, handler);
  program.set(ready);
  const Address at = program.call_kernel(SYS_pause);
  program.int3();
  program.bind(handler);
  program.ret();
  const Tid tid = run(program);
  EXPECT_TRUE(is_quiet());
  ASSERT_TRUE(kernel().send_signal(Pid{tid.value}, tid, SIGUSR1));
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGUSR1));
  EXPECT_EQ(pc(tid), at + 2);
  resume(tid);
  EXPECT_TRUE(is_quiet());
  ASSERT_TRUE(kernel().send_signal(Pid{tid.value}, tid, SIGUSR1));
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGUSR1));
  resume(tid, ResumeMode::Continue, SIGUSR1);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGTRAP));
  EXPECT_EQ(static_cast<long long>(registers(tid).rax), -EINTR);
}

TEST_P(KernelSignals, ASeizeDoesNotStopAndADetachLetsGo) {
  Handling handling;
  const Pid pid = start_untraced(handling.program);
  const Tid tid = leader_of(pid);
  wait_until_set_untraced(tid, handling.ready);
  ASSERT_TRUE(kernel().seize(tid, false));
  EXPECT_TRUE(is_quiet());
  EXPECT_EQ(kernel().seize(tid, false).error().code, ErrorCode::NotPermitted);
  stop(tid);
  ASSERT_TRUE(kernel().detach(tid, 0));
  EXPECT_EQ(error_of_registers(tid), ErrorCode::Gone);
  EXPECT_EQ(kernel().interrupt(tid).error().code, ErrorCode::Gone);
  ASSERT_TRUE(kernel().seize(tid, false));
  stop(tid);
}

TEST_P(KernelSignals, ThereIsNoAttachingToNothing) {
  EXPECT_EQ(kernel().seize(Tid{0x3ffffff}, false).error().code, ErrorCode::NotFound);
  EXPECT_EQ(kernel().interrupt(Tid{0x3ffffff}).error().code, ErrorCode::Gone);
  EXPECT_EQ(kernel().send_signal(Pid{0x3ffffff}, Tid{0x3ffffff}, SIGUSR1).error().code, ErrorCode::Gone);
  EXPECT_EQ(kernel().kill_process(Pid{0x3ffffff}).error().code, ErrorCode::Gone);
  EXPECT_EQ(kernel().process_of(Tid{0x3ffffff}).error().code, ErrorCode::NotFound);
  EXPECT_EQ(kernel().threads(Pid{0x3ffffff}).error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace gdbhub::test
