// Contract §2: the most constrained choice prevails; steps are never lost.
#include "tests/unit/core/core_test.h"

namespace gdbhub::test {
namespace {

class Actions : public CoreTest {};

TEST_F(Actions, A7_TheSmallestActionOfAllPrevails) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(h.hub, "a"), b(h.hub, "b"), c(h.hub, "c");
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

TEST_F(Actions, A8_TheThreadRunsTheMomentTheLastHoldIsReleased) {
  start(counting());
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid);
  b.attach(pid);
  stop(a, leader);
  stop(b, leader);
  a.go(leader);
  EXPECT_EQ(h.kernel.state_of(leader), TaskState::Traced);
  b.go(leader);
  EXPECT_EQ(h.kernel.state_of(leader), TaskState::Running);
}

TEST_F(Actions, A8_ADetachIsAResumeToTheOthers) {
  start(counting());
  TestEngine a(h.hub, "a"), b(h.hub, "b");
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

TEST_F(Actions, A9_AStepOfOneAndAResumeOfAnotherIsOneStepReportedOnce) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(h.hub, "a"), b(h.hub, "b");
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

TEST_F(Actions, A9_AStepWaitsForAHoldAndIsThenDoneExactlyOnce) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(h.hub, "a"), b(h.hub, "b");
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

TEST_F(Actions, A9_TwoStepsAtOnceAreOneInstructionForBoth) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid);
  b.attach(pid);
  a.insert(pid, program.symbol("inc"));
  wait_reports(a, 1);
  stop(b, leader);
  a.step(leader);
  b.step(leader);
  ASSERT_TRUE(h.until([&] { return a.count<event::StepDone>() == 1 && b.count<event::StepDone>() == 1; }));
  EXPECT_EQ(a.pc(leader), program.symbol("store"));
  EXPECT_EQ(b.pc(leader), program.symbol("store"));
}

/// Whatever comes between, by whatever schedule, a step from "inc" ends at "store", once.
class StepsAreNotLost : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(StepsAreNotLost, A10_WhenAnotherEngineInterruptsAndHolds) {
  CoreHarness h(GetParam());
  const FakeProgram program = counting();
  const Pid pid = h.start(program);
  const Tid leader = leader_of(pid);
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid);
  b.attach(pid);
  a.insert(pid, program.symbol("inc"));
  ASSERT_TRUE(h.until([&] { return a.reports.size() == 1; }));
  a.remove(pid, program.symbol("inc"));
  b.answer = [](const Event&) { return Verdict::keep(); };
  a.step(leader);
  b.hold(leader);
  ASSERT_TRUE(h.until([&] { return b.held(leader); }));
  b.go(leader);
  b.control(leader, Action::Interrupt);
  ASSERT_TRUE(h.until([&] { return a.count<event::StepDone>() == 1; }));
  h.turns(100);
  EXPECT_EQ(a.count<event::StepDone>(), 1);
  EXPECT_EQ(a.pc(leader), program.symbol("store"));
}

TEST_P(StepsAreNotLost, A10_AcrossAnothersBreakpointAtTheSamePc) {
  CoreHarness h(GetParam());
  const FakeProgram program = counting();
  const Pid pid = h.start(program);
  const Tid leader = leader_of(pid);
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid);
  b.attach(pid);
  a.insert(pid, program.symbol("inc"));
  ASSERT_TRUE(h.until([&] { return a.reports.size() == 1; }));
  b.insert(pid, program.symbol("inc"));
  a.step(leader);
  ASSERT_TRUE(h.until([&] { return b.count<event::Breakpoint>() == 1; }));
  EXPECT_EQ(a.count<event::StepDone>(), 0);
  EXPECT_EQ(b.pc(leader), program.symbol("inc")) << "before the instruction runs";
  b.go(leader);
  ASSERT_TRUE(h.until([&] { return a.count<event::StepDone>() == 1; }));
  EXPECT_EQ(a.pc(leader), program.symbol("store"));
  EXPECT_EQ(b.reports.size(), 1u);
}

TEST_P(StepsAreNotLost, A10_AcrossAClone) {
  CoreHarness h(GetParam());
  FakeProgram program;
  const auto work = program.new_label();
  const Address call = program.clone_thread(work, program.space(512) + 512);
  program.bind(work);
  program.nop();
  program.jmp(work);
  const Pid pid = h.start(program);
  const Tid leader = leader_of(pid);
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid);
  b.attach(pid);
  a.insert(pid, call);
  ASSERT_TRUE(h.until([&] { return a.reports.size() == 1; }));
  a.step(leader);
  ASSERT_TRUE(h.until([&] { return a.count<event::StepDone>() == 1; }));
  EXPECT_EQ(a.pc(leader), call + 2);
  EXPECT_EQ(a.births.size(), 1u);
  EXPECT_EQ(b.births.size(), 1u);
}

TEST_P(StepsAreNotLost, A10_AcrossASignalHandler) {
  CoreHarness h(GetParam());
  const FakeProgram program = signalling();
  const Pid pid = h.start(program);
  const Tid leader = leader_of(pid);
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid, {});
  b.attach(pid, {.signals = true});
  a.insert(pid, program.symbol("tgkill"));
  ASSERT_TRUE(h.until([&] { return a.reports.size() == 1; }));
  a.step(leader);  // over the call: the signal is taken after it
  ASSERT_TRUE(h.until([&] { return b.count<event::Signal>() == 1 || a.count<event::StepDone>() == 1; }));
  if (a.count<event::StepDone>() == 0) b.go(leader);
  ASSERT_TRUE(h.until([&] { return a.count<event::StepDone>() == 1; }));
  const Address at = a.pc(leader);
  EXPECT_TRUE(at == program.symbol("after") || at == program.symbol("handler")) << std::hex << at.value;
}

TEST_P(StepsAreNotLost, A10_AcrossAnExecThatNobodyIsToldOf) {
  CoreHarness h(GetParam());
  h.kernel.add_program("other", counting());
  FakeProgram program;
  const Address call = program.execve("other");
  const Pid pid = h.start(program);
  TestEngine a(h.hub, "a");
  a.attach(pid, {});
  a.insert(pid, call);
  ASSERT_TRUE(h.until([&] { return a.reports.size() == 1; }));
  a.step(leader_of(pid));
  ASSERT_TRUE(h.until([&] { return a.count<event::StepDone>() == 1; }));
  EXPECT_EQ(a.pc(leader_of(pid)), FakeProgram::kTextBase);
}

INSTANTIATE_TEST_SUITE_P(Seeds, StepsAreNotLost, ::testing::Range<std::uint64_t>(1, 21));

TEST_F(Actions, A11_SteppingOntoAnothersBreakpointFinishesTheStepFirst) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid);
  b.attach(pid);
  a.insert(pid, program.symbol("store"));
  wait_reports(a, 1);
  b.insert(pid, program.symbol("nop"));
  bool hit_first = false;
  a.answer = [&](const Event&) {
    hit_first = !b.reports.empty();
    return Verdict::stop(HoldReason::Step);
  };
  a.step(leader);
  wait_reports(a, 2);
  EXPECT_EQ(a.count<event::StepDone>(), 1);
  EXPECT_EQ(a.pc(leader), program.symbol("nop"));
  EXPECT_FALSE(hit_first);
  a.go(leader);
  wait_reports(b, 1);
  idle();
  EXPECT_EQ(b.count<event::Breakpoint>(), 1);
  EXPECT_EQ(b.pc(leader), program.symbol("nop")) << "before the instruction runs";
}

TEST_F(Actions, A12_EachOwnerIsAskedOncePerArrival) {
  const FakeProgram program = counting_to(5);
  start(program);
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid);
  b.attach(pid);
  stop(a, leader);
  a.insert(pid, program.symbol("nop"));
  b.insert(pid, program.symbol("nop"));
  const int left = 5 - static_cast<int>(h.quad(pid, program.symbol("count")));
  b.answer = [](const Event&) { return Verdict::keep(); };
  a.go(leader);
  for (int hit = 0; hit < left; ++hit) {
    ASSERT_TRUE(h.until([&] { return a.count<event::Breakpoint>() > hit; }));
    idle(50);
    a.go(leader);
  }
  ASSERT_TRUE(h.until([&] { return !a.ended.empty(); }));
  EXPECT_EQ(a.count<event::Breakpoint>(), left);
  EXPECT_EQ(b.count<event::Breakpoint>(), left);
}

TEST_F(Actions, A12_AClaimInForceAtThePcIsAHitWhenItsOwnerAsksAgain) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(h.hub, "a");
  a.attach(pid);
  a.insert(pid, program.symbol("nop"));
  wait_reports(a, 1);
  const std::uint64_t count = h.quad(pid, program.symbol("count"));
  a.go(leader, {.ask_again = true});
  wait_reports(a, 2);
  EXPECT_EQ(a.count<event::Breakpoint>(), 2);
  EXPECT_EQ(h.quad(pid, program.symbol("count")), count) << "nothing has run";
}

TEST_F(Actions, A12_AWritingOfThePcIsANewArrival) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid);
  b.attach(pid);
  a.insert(pid, program.symbol("nop"));
  wait_reports(a, 1);
  b.insert(pid, program.symbol("inc"));
  a.set_pc(leader, program.symbol("nop"));
  a.go(leader);
  wait_reports(b, 1);
  EXPECT_EQ(a.count<event::Breakpoint>(), 1) << "the value was the same";
  const auto rounds = h.quad(pid, program.symbol("count"));
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
  EXPECT_EQ(h.quad(pid, program.symbol("count")), rounds) << "nothing has run";
}

TEST_F(Actions, A13_AnInterruptIsMadeInsideABlockingCallWhichIsRestarted) {
  FakeProgram program;
  const Address call = program.call_kernel(SYS_pause);
  program.hlt();
  start(program);
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid);
  b.attach(pid);
  ASSERT_TRUE(h.until([&] { return h.kernel.state_of(leader) == TaskState::Paused; }));
  a.answer = [](const Event&) { return Verdict::keep(); };
  a.control(leader, Action::Interrupt);
  wait_reports(a, 1);
  EXPECT_EQ(a.count<event::Interrupted>(), 1);
  ASSERT_TRUE(h.settle());
  EXPECT_EQ(h.kernel.state_of(leader), TaskState::Paused);
  EXPECT_EQ(h.pc_of(leader), call + 2);
  EXPECT_TRUE(b.reports.empty());
}

}  // namespace
}  // namespace gdbhub::test
