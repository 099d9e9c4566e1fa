// Contract §3: who is told what, in which order, and who takes part.
#include "tests/unit/core/core_test.h"

namespace gdbhub::test {
namespace {

class Reports : public CoreTest {};

TEST_F(Reports, A18_AfterAnAttachToAStoppedThreadEverythingFromItsResumptionOnIsReported) {
  const FakeProgram program = signalling();
  start(program);
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid, {});
  a.insert(pid, program.symbol("tgkill"));
  wait_reports(a, 1);
  b.attach(pid, {.signals = true});
  b.answer = [](const Event&) { return Verdict::keep(); };
  a.go(leader);
  wait_reports(a, 2);
  EXPECT_EQ(b.count<event::Signal>(), 1);
}

TEST_F(Reports, A18_DeathIsReportedToAllThreadsFirstAndAfterADetachNotAtAll) {
  start(counting_to(3));
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid, {});
  b.attach(pid, {});
  b.detach(pid);
  ASSERT_TRUE(h.until([&] { return !a.ended.empty(); }));
  ASSERT_EQ(a.gone.size(), 1u);
  EXPECT_EQ(a.ended[0].second.exit_code(), 7);
  EXPECT_TRUE(b.gone.empty());
  EXPECT_TRUE(b.ended.empty());
}

TEST_F(Reports, A19_TheLastExplicitChoiceOfASignalCounts) {
  const FakeProgram program = signalling();
  start(program);
  TestEngine a(h.hub, "a"), b(h.hub, "b"), c(h.hub, "c");
  for (TestEngine* engine : {&a, &b, &c}) engine->attach(pid, {.signals = true});
  a.answer = [](const Event&) { return Verdict{std::nullopt, HoldReason::Signal, 0}; };
  int seen_by_b = -1, seen_by_c = -1;
  b.answer = [&](const Event& event) {
    seen_by_b = std::get<event::Signal>(event.detail).number;
    return Verdict{std::nullopt, HoldReason::Signal, SIGUSR1};
  };
  c.answer = [&](const Event& event) {
    seen_by_c = std::get<event::Signal>(event.detail).number;
    return Verdict::keep();
  };
  ASSERT_TRUE(h.until([&] { return h.quad(pid, program.symbol("handled")) > 0; }));
  EXPECT_EQ(seen_by_b, 0) << "the disposition so far";
  EXPECT_EQ(seen_by_c, SIGUSR1);
}

TEST_F(Reports, A19_WhoResumesWithoutASignalSuppressesIt) {
  const FakeProgram program = signalling();
  start(program);
  TestEngine a(h.hub, "a");
  a.attach(pid, {.signals = true});
  for (std::size_t i = 1; i <= 3; ++i) {
    wait_reports(a, i);
    a.go(leader, {.signal = 0});
  }
  EXPECT_EQ(h.quad(pid, program.symbol("handled")), 0u);
  wait_reports(a, 4);
  a.go(leader, {.signal = SIGUSR1});
  wait_reports(a, 5);
  EXPECT_EQ(h.quad(pid, program.symbol("handled")), 1u);
}

TEST_F(Reports, A21_AClonesChildIsAttachedByAllBeforeItRuns) {
  start(threads_looping(1));
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid, {});
  b.attach(pid, {});
  int early = 0;
  h.kernel.set_on_run([&](Tid tid) { early += tid != leader && (a.births.empty() || b.births.empty()) ? 1 : 0; });
  b.answer_birth = [](Tid) { return Action::Stop; };
  ASSERT_TRUE(h.until([&] { return !a.births.empty() && !b.births.empty(); }));
  const Tid child = a.births[0].first;
  EXPECT_EQ(a.births[0].second, leader);
  EXPECT_FALSE(runs(child)) << "b has said Stop";
  EXPECT_EQ(early, 0);
  b.go(child);
  EXPECT_TRUE(runs(child));
}

/// fork or vfork; the child goes over "child", sets "seen" and exits; the parent counts for ever.
FakeProgram forking(long call) {
  FakeProgram p = beyond_entry();
  const Address count = p.quad(0, "count");
  const auto child = p.new_label();
  p.symbol("fork");
  p.call_kernel(call);
  p.cmp(Reg::Rax, 0);
  p.je(child);
  const auto loop = p.label();
  p.symbol("parent");
  p.inc(Reg::Rbx);
  p.store(count, Reg::Rbx);
  p.jmp(loop);
  p.bind(child);
  p.symbol("child");
  p.nop();
  p.inc(Reg::R8);
  p.exit_group(3);
  return p;
}

TEST_F(Reports, A22_AFollowedChildInheritsTheClaimsAndIsHeldByEachFollower) {
  const FakeProgram program = forking(SYS_fork);
  start(program);
  TestEngine a(h.hub, "a"), b(h.hub, "b"), c(h.hub, "c");
  a.attach(pid, {.forks = true});
  b.attach(pid, {.forks = true});
  c.attach(pid, {});
  a.insert(pid, program.symbol("child"));
  c.insert(pid, program.symbol("child") + 1);
  wait_reports(a, 1);
  wait_reports(b, 1);
  const Pid child = std::get<event::Forked>(a.last().detail).child;
  const Tid task = leader_of(child);
  EXPECT_TRUE(c.reports.empty());
  EXPECT_TRUE(h.hub.attached(a.id(), child));
  EXPECT_TRUE(h.hub.attached(b.id(), child));
  EXPECT_FALSE(h.hub.attached(c.id(), child));
  EXPECT_EQ(h.kernel.memory_of(task, program.symbol("child"), 2).at(0), kTrap);
  EXPECT_NE(h.kernel.memory_of(task, program.symbol("child"), 2).at(1), kTrap) << "c does not follow";
  a.go(task);
  EXPECT_FALSE(runs(task)) << "b still holds it";
  b.detach(child);
  wait_reports(a, 2);
  EXPECT_EQ(a.last().pid, child);
  EXPECT_EQ(a.last().pc, program.symbol("child"));
  a.go(task);
  ASSERT_TRUE(h.until([&] { return !a.ended.empty(); }));
  EXPECT_EQ(a.ended[0].first, child);
  EXPECT_EQ(a.ended[0].second.exit_code(), 3);
}

TEST_F(Reports, A4_A22_AChildThatNobodyFollowsIsCleanAndFree) {
  const FakeProgram program = forking(SYS_fork);
  start(program);
  TestEngine a(h.hub, "a");
  a.attach(pid, {});
  a.insert(pid, program.symbol("child"));
  ASSERT_TRUE(h.until([&] { return h.kernel.tasks().size() == 2; }));
  const Tid task = h.kernel.tasks()[1];
  bool freed = false;
  ASSERT_TRUE(h.until([&] {
    freed = freed || (h.kernel.state_of(task) && !h.kernel.is_traced(task));
    return !h.kernel.state_of(task);
  })) << "the child must come to its end";
  EXPECT_TRUE(freed);
  EXPECT_TRUE(a.reports.empty());
  EXPECT_EQ(raw(program.symbol("child")), kTrap) << "the parent's stays";
}

TEST_F(Reports, A22_AVforkChildThatNobodyFollowsStepsOverTrapsSilently) {
  const FakeProgram program = forking(SYS_vfork);
  start(program);
  TestEngine a(h.hub, "a");
  a.attach(pid, {});
  a.insert(pid, program.symbol("child"));
  a.insert(pid, program.symbol("parent"));
  wait_reports(a, 1);
  EXPECT_EQ(a.last().pid, pid);
  EXPECT_EQ(a.last().pc, program.symbol("parent")) << "the child has gone over its trap and has ended";
  EXPECT_EQ(h.kernel.tasks().size(), 1u);
}

TEST_F(Reports, A22_ATrapRemovedBetweenTheForkAndItsReportIsNotLeftInTheChild) {
  const FakeProgram program = forking(SYS_fork);
  for (int delay = 0; delay < 40; ++delay) {
    CoreHarness world(7);
    const Pid parent = world.start(program);
    TestEngine a(world.hub, "a");
    a.attach(parent, {});
    a.insert(parent, program.symbol("child"));
    for (int i = 0; i < delay; ++i) static_cast<void>(world.kernel.step_world());  // and the hub reads nothing
    a.remove(parent, program.symbol("child"));
    for (int i = 0; i < 300 && world.kernel.tasks().size() < 2; ++i) world.turn();
    for (int i = 0; i < 300; ++i) world.turn();
    EXPECT_EQ(world.kernel.tasks().size(), 1u) << "the child has died of a trap, or hangs; delay " << delay;
  }
}

TEST_F(Reports, A25_AfterADetachNoReportComesNotEvenOfTheSamePass) {
  start(signalling());
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid);
  b.attach(pid);
  b.answer = [](const Event&) { return Verdict::keep(); };
  a.answer = [&](const Event&) {
    b.detach(pid);
    return Verdict::keep();
  };
  a.reports.clear();
  ASSERT_TRUE(h.until([&] { return !a.reports.empty(); }));
  a.answer = [](const Event&) { return Verdict::keep(); };
  idle();
  EXPECT_TRUE(b.reports.empty());
}

TEST_F(Reports, A25_AnEngineMayLeaveWithinItsOwnReport) {
  start(signalling());
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid);
  b.attach(pid);
  b.answer = [](const Event&) { return Verdict::keep(); };
  a.answer = [&](const Event&) {
    a.disconnect();
    return Verdict::stop(HoldReason::Signal);
  };
  wait_reports(b, 3);
  EXPECT_EQ(a.reports.size(), 1u);
}

}  // namespace
}  // namespace gdbhub::test
