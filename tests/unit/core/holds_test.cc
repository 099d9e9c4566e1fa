// Contract §2: who waits for whom (A14, A45, A46, A47).
#include "tests/unit/core/core_test.h"

namespace gdbhub::test {
namespace {

using namespace std::chrono_literals;

class Holds : public CoreTest {
 protected:
  /// Both engines attach; returns the thread that is not the leader.
  Tid start_two_threads(const FakeProgram& program, TestEngine& a, TestEngine& b) {
    start(program);
    a.attach(pid);
    b.attach(pid);
    EXPECT_TRUE(h.until([&] { return h.hub.threads(pid).size() == 2; }));
    return h.hub.threads(pid).back();
  }
  /// gdb's way off its own breakpoint: parks it, and steps that one thread while all others are held weakly.
  void step_alone(TestEngine& engine, Tid stepping, Address off) {
    engine.remove(pid, off, true);
    Hub::Batch batch(h.hub);
    for (Tid tid : h.hub.threads(pid)) {
      if (tid == stepping) {
        engine.step(tid, {.past_parked = true, .ask_again = true});
      } else {
        engine.hold(tid, HoldReason::NotResumed, true);
      }
    }
  }
};

TEST_F(Holds, A14_AWaitOfASecondIsExplainedOnce) {
  start(counting());
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid);
  b.attach(pid);
  stop(b, leader);
  h.advance(900ms);
  EXPECT_TRUE(a.waits.empty());
  h.advance(3s);
  ASSERT_EQ(a.waits.size(), 1u);
  ASSERT_EQ(a.waits[0].size(), 1u);
  EXPECT_EQ(a.waits[0][0].engine, b.id());
  EXPECT_EQ(a.waits[0][0].reason, HoldReason::Interrupt);
  EXPECT_TRUE(b.waits.empty()) << "who holds does not wait";
  b.go(leader);
  h.advance(3s);
  EXPECT_EQ(a.waits.size(), 1u);
}

TEST_F(Holds, A14_ShortWaitsAddUp) {
  start(counting());
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid);
  b.attach(pid);
  for (int i = 0; i < 5; ++i) {
    stop(b, leader);
    h.advance(400ms);
    b.go(leader);
    h.advance(100ms);
  }
  EXPECT_TRUE(a.waits.empty());
  EXPECT_EQ(h.hub.engines().front().id, a.id());
  EXPECT_EQ(h.hub.engines().front().kept_waiting, 2s);
}

TEST_F(Holds, A45_TwoThatStepOverTheirOwnBreakpointsDoNotWaitForEachOther) {
  const FakeProgram program = threads_looping(1);
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  const Tid other = start_two_threads(program, a, b);
  a.hold_all(pid);
  b.hold_all(pid);
  ASSERT_TRUE(h.settle());
  a.set_pc(leader, program.symbol("inc"));
  b.set_pc(other, program.symbol("nop"));
  a.insert(pid, program.symbol("inc"));
  b.insert(pid, program.symbol("nop"));
  step_alone(a, leader, program.symbol("inc"));
  step_alone(b, other, program.symbol("nop"));
  ASSERT_TRUE(h.until([&] { return a.count<event::StepDone>(leader) == 1 && b.count<event::StepDone>(other) == 1; }));
  EXPECT_EQ(a.count<event::StepDone>(other), 0);
  EXPECT_EQ(b.count<event::StepDone>(leader), 0);
}

TEST_F(Holds, A45_AWeakHoldWhoseOwnerIsOwedTheHitIsNotPassedButTold) {
  const FakeProgram program = threads_looping(1);
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  const Tid other = start_two_threads(program, a, b);
  a.hold_all(pid);
  b.hold_all(pid);
  ASSERT_TRUE(h.settle());
  const Address at = program.symbol("nop");
  a.set_pc(leader, at);
  a.set_pc(other, at);
  a.insert(pid, at);
  b.insert(pid, at);
  step_alone(a, leader, at);
  step_alone(b, other, at);
  ASSERT_TRUE(h.until([&] { return a.reports.size() + b.reports.size() > 0; }))
      << "each waits for the other, and for its own hit";
  EXPECT_EQ(a.count<event::StepDone>() + b.count<event::StepDone>(), 0) << "a hit comes first";
}

TEST_F(Holds, A45_AWeakHoldIsAHoldWhileItsOwnersThreadCanRun) {
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  const Tid other = start_two_threads(threads_looping(1), a, b);
  a.hold_all(pid);
  b.hold(other);
  ASSERT_TRUE(h.settle() || a.held(leader));
  {
    Hub::Batch batch(h.hub);
    a.go(leader, {.past_parked = true});
    a.hold(other, HoldReason::NotResumed, true);
  }
  b.step(other);
  idle();
  EXPECT_EQ(b.count<event::StepDone>(), 0);
  a.go(other);
  wait_reports(b, 1);
}

TEST_F(Holds, A46_AVforkParentCountsAsHeldAndRunsNothing) {
  FakeProgram program;
  const auto child = program.new_label();
  const Address flag = program.quad(0);
  program.call_kernel(SYS_vfork);
  program.cmp(Reg::Rax, 0);
  program.je(child);
  const auto loop = program.label();
  program.nop();
  program.jmp(loop);
  program.bind(child);
  program.wait_for(flag);
  program.exit_group(0);
  start(program);
  TestEngine a(h.hub, "a");
  a.attach(pid, {});
  ASSERT_TRUE(h.until([&] { return h.kernel.state_of(leader) == TaskState::VforkWait; }));
  a.hold(leader);
  h.drain();
  EXPECT_FALSE(a.held(leader));
  h.advance(50ms);
  ASSERT_TRUE(a.held(leader)) << "nobody needs to wait for it";
  EXPECT_TRUE(a.quiesced_calls.back().second);
  EXPECT_TRUE(h.hub.holds().at(0).uninterruptible);
  EXPECT_EQ(h.hub.registers(a.id(), leader, false).error().code, ErrorCode::NotStopped);

  const std::uint64_t one = 1;
  a.write(pid, flag, bytes_of(one));
  ASSERT_TRUE(h.until([&] { return h.kernel.state_of(leader) == TaskState::Traced; }));
  EXPECT_FALSE(runs(leader)) << "held before its next user instruction";
  EXPECT_FALSE(h.hub.holds().at(0).uninterruptible);
}

TEST_F(Holds, A47_AGroupStoppedThreadStaysStoppedUntilSigcont) {
  start(counting());
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid, {});
  b.attach(pid, {});
  ASSERT_TRUE(h.kernel.kill(pid, SIGSTOP));
  idle();
  EXPECT_FALSE(runs(leader));
  stop(a, leader);
  a.go(leader);
  EXPECT_FALSE(runs(leader)) << "an engine's resume does not end job control's stop";
  ASSERT_TRUE(h.kernel.kill(pid, SIGCONT));
  idle();
  EXPECT_TRUE(runs(leader));
}

}  // namespace
}  // namespace gdbhub::test
