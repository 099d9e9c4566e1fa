// Contract §2 on the fake and the real kernel: the most constrained choice prevails; steps are never lost.
#include "tests/contract/core_contract.h"

namespace gdbhub::test {
namespace {

class Actions : public CoreContract {};
GDBHUB_CORE_ON_BOTH_KERNELS(Actions);

TEST_P(Actions, A7_TheSmallestActionOfAllPrevails) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b"), c(hub(), "c");
  for (TestEngine* engine : {&a, &b, &c}) engine->attach(pid);
  stop(a, leader);
  stop(b, leader);
  b.go(leader);
  EXPECT_FALSE(runs(leader)) << "stop < resume";
  a.step(leader);
  wait_reports(a, 1);
  EXPECT_FALSE(runs(leader)) << "single_step < resume, and a holds after it";
  a.go(leader);
  EXPECT_TRUE(runs(leader));
  c.hold(leader);
  idle();
  EXPECT_TRUE(c.held(leader)) << "a new minimum is applied at once";
}

TEST_P(Actions, A8_TheThreadRunsTheMomentTheLastHoldIsReleased) {
  start(counting());
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  stop(a, leader);
  stop(b, leader);
  a.go(leader);
  EXPECT_EQ(state_of(leader), 't');
  b.go(leader);
  EXPECT_EQ(state_of(leader), 'R');
}

TEST_P(Actions, A8_ADetachIsAResumeToTheOthers) {
  start(counting());
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  stop(a, leader);
  stop(b, leader);
  b.detach(pid);
  EXPECT_FALSE(runs(leader));
  a.go(leader);
  EXPECT_TRUE(runs(leader));
  EXPECT_TRUE(a.reports.empty());
}

TEST_P(Actions, A9_AStepOfOneAndAResumeOfAnotherIsOneStepReportedOnce) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  stop(a, leader);
  const Address from = a.pc(leader);
  a.step(leader);
  wait_reports(a, 1);
  idle();
  EXPECT_EQ(a.count<event::StepDone>(), 1);
  EXPECT_NE(a.pc(leader), from);
  EXPECT_TRUE(b.reports.empty());
}

TEST_P(Actions, A9_AStepWaitsForAHoldAndIsThenDoneExactlyOnce) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  a.insert(pid, program.symbol("inc"));
  wait_reports(a, 1);
  stop(b, leader);
  a.remove(pid, program.symbol("inc"));
  a.step(leader);
  idle();
  EXPECT_EQ(a.count<event::StepDone>(), 0);
  b.go(leader);
  wait_reports(a, 2);
  idle();
  EXPECT_EQ(a.count<event::StepDone>(), 1);
  EXPECT_EQ(a.pc(leader), program.symbol("store"));
}

TEST_P(Actions, A9_TwoStepsAtOnceAreOneInstructionForBoth) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  a.insert(pid, program.symbol("inc"));
  wait_reports(a, 1);
  stop(b, leader);
  a.step(leader);
  b.step(leader);
  ASSERT_TRUE(until([&] { return a.count<event::StepDone>() == 1 && b.count<event::StepDone>() == 1; }));
  EXPECT_EQ(a.pc(leader), program.symbol("store"));
  EXPECT_EQ(b.pc(leader), program.symbol("store"));
}

// Whatever comes between, by whatever schedule, a step from "inc" ends at "store", once.

TEST_P(Actions, A10_AStepIsNotLostWhenAnotherEngineInterruptsAndHolds) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  a.insert(pid, program.symbol("inc"));
  ASSERT_TRUE(until([&] { return a.reports.size() == 1; }));
  a.remove(pid, program.symbol("inc"));
  b.answer = [](const Event&) { return Verdict::keep(); };
  a.step(leader);
  b.hold(leader);
  ASSERT_TRUE(until([&] { return b.held(leader); }));
  b.go(leader);
  b.control(leader, Action::Interrupt);
  ASSERT_TRUE(until([&] { return a.count<event::StepDone>() == 1; }));
  idle();
  EXPECT_EQ(a.count<event::StepDone>(), 1);
  EXPECT_EQ(a.pc(leader), program.symbol("store"));
}

TEST_P(Actions, A10_AStepIsNotLostAcrossAnothersBreakpointAtTheSamePc) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  a.insert(pid, program.symbol("inc"));
  ASSERT_TRUE(until([&] { return a.reports.size() == 1; }));
  b.insert(pid, program.symbol("inc"));
  a.step(leader);
  ASSERT_TRUE(until([&] { return b.count<event::Breakpoint>() == 1; }));
  EXPECT_EQ(a.count<event::StepDone>(), 0);
  EXPECT_EQ(b.pc(leader), program.symbol("inc")) << "before the instruction runs";
  b.go(leader);
  ASSERT_TRUE(until([&] { return a.count<event::StepDone>() == 1; }));
  EXPECT_EQ(a.pc(leader), program.symbol("store"));
  EXPECT_EQ(b.reports.size(), 1u);
}

TEST_P(Actions, A10_AStepIsNotLostAcrossAClone) {
  FakeProgram program;
  const Address go = program.quad(0);
  const auto work = program.new_label();
  program.wait_for(go);
  const Address call = program.clone_thread(work, program.space(512) + 512);
  program.bind(work);
  program.nop();
  program.jmp(work);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  a.insert(pid, call);
  set_quad(a, go, 1);
  ASSERT_TRUE(until([&] { return a.reports.size() == 1; }));
  a.step(leader);
  ASSERT_TRUE(until([&] { return a.count<event::StepDone>() == 1; }));
  EXPECT_EQ(a.pc(leader), call + 2);
  EXPECT_EQ(a.births.size(), 1u);
  EXPECT_EQ(b.births.size(), 1u);
}

TEST_P(Actions, A10_AStepIsNotLostAcrossASignalHandler) {
  const FakeProgram program = signalling();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {});
  a.insert(pid, program.symbol("tgkill"));
  ASSERT_TRUE(until([&] { return a.reports.size() == 1; }));
  b.attach(pid, {.signals = true});
  a.step(leader);  // over the call: the signal is taken after it
  ASSERT_TRUE(until([&] { return b.count<event::Signal>() == 1 || a.count<event::StepDone>() == 1; }));
  if (a.count<event::StepDone>() == 0) b.go(leader);
  ASSERT_TRUE(until([&] { return a.count<event::StepDone>() == 1; }));
  const Address at = a.pc(leader);
  EXPECT_TRUE(at == program.symbol("after") || at == program.symbol("handler")) << std::hex << at.value;
}

TEST_P(Actions, A10_AStepIsNotLostAcrossAnExecThatNobodyIsToldOf) {
  world().install("other", counting());
  FakeProgram program;
  const Address go = program.quad(0);
  program.wait_for(go);
  const Address call = program.execve(world().path_of("other"));
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, {});
  a.insert(pid, call);
  set_quad(a, go, 1);
  ASSERT_TRUE(until([&] { return a.reports.size() == 1; }));
  a.step(leader_of(pid));
  ASSERT_TRUE(until([&] { return a.count<event::StepDone>() == 1; }));
  EXPECT_EQ(a.pc(leader_of(pid)), FakeProgram::kTextBase);
}

TEST_P(Actions, A12_EachOwnerIsAskedOncePerArrival) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  stop(a, leader);
  a.insert(pid, program.symbol("nop"));
  b.insert(pid, program.symbol("nop"));
  b.answer = [](const Event&) { return Verdict::keep(); };
  a.go(leader);
  for (std::size_t hit = 1; hit <= 5; ++hit) {
    wait_reports(a, hit);
    const std::uint64_t count = quad(program.symbol("count"));
    idle();
    EXPECT_EQ(b.reports.size(), hit);
    EXPECT_EQ(quad(program.symbol("count")), count);
    a.go(leader);
  }
}

TEST_P(Actions, A12_AClaimInForceAtThePcIsAHitWhenItsOwnerAsksAgain) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid);
  a.insert(pid, program.symbol("nop"));
  wait_reports(a, 1);
  const std::uint64_t count = quad(program.symbol("count"));
  a.go(leader, {.ask_again = true});
  wait_reports(a, 2);
  EXPECT_EQ(a.count<event::Breakpoint>(), 2);
  EXPECT_EQ(quad(program.symbol("count")), count) << "nothing has run";
}

TEST_P(Actions, A12_AWritingOfThePcIsANewArrival) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  a.insert(pid, program.symbol("nop"));
  wait_reports(a, 1);
  b.insert(pid, program.symbol("inc"));
  a.set_pc(leader, program.symbol("nop"));
  a.go(leader);
  wait_reports(b, 1);
  EXPECT_EQ(a.count<event::Breakpoint>(), 1) << "the value was the same";
  const auto rounds = quad(program.symbol("count"));
  stop(a, leader);
  a.set_pc(leader, program.symbol("nop"));
  a.go(leader);
  b.go(leader);
  wait_reports(a, 2);
  EXPECT_EQ(a.last().pc, program.symbol("nop"));
  a.set_pc(leader, program.symbol("inc"));
  a.go(leader);
  wait_reports(b, 2);
  EXPECT_EQ(b.last().pc, program.symbol("inc"));
  EXPECT_EQ(quad(program.symbol("count")), rounds) << "nothing has run";
}

TEST_P(Actions, A13_AnInterruptIsMadeInsideABlockingCallWhichIsRestarted) {
  FakeProgram program;
  const Address call = program.call_kernel(SYS_pause);
  program.hlt();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  ASSERT_TRUE(until([&] { return state_of(leader) == 'S'; }));
  a.answer = [](const Event&) { return Verdict::keep(); };
  a.control(leader, Action::Interrupt);
  wait_reports(a, 1);
  EXPECT_EQ(a.count<event::Interrupted>(), 1);
  ASSERT_TRUE(until([&] { return state_of(leader) == 'S'; }));
  stop(b, leader);
  EXPECT_EQ(b.pc(leader), call + 2);
  EXPECT_TRUE(b.reports.empty());
}

}  // namespace
}  // namespace gdbhub::test
