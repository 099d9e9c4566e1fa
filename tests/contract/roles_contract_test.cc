// Contract §3, §6 on the fake and the real kernel: who is asked when, who owns what, and who may do what.
#include "tests/contract/core_contract.h"

namespace gdbhub::test {
namespace {

class Roles : public CoreContract {};
GDBHUB_CORE_ON_BOTH_KERNELS(Roles);

TEST_P(Roles, A28_OnlyTheOwnerOrTheLastControllerKillsUnlessForced) {
  start(counting());
  TestEngine owner(hub(), "owner"), other(hub(), "other");
  owner.attach(pid);
  other.attach(pid);
  const Result<> refused = hub().kill(other.id(), pid, false);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::NotPermitted);
  EXPECT_NE(refused.error().text.find("owner#"), std::string::npos) << "the reason names the owner";
  owner.disconnect();
  EXPECT_EQ(hub().processes().at(0).owner, other.id()) << "ownership passes to the oldest that remains (A51)";
  ASSERT_TRUE(hub().kill(other.id(), pid, false).ok());
  ASSERT_TRUE(until([&] { return !other.ended.empty(); }));
}

TEST_P(Roles, A28_WhereAnyMayKillTheOwnerIsNotAsked) {
  start(counting());
  hub().let_any_kill();
  TestEngine owner(hub(), "owner"), other(hub(), "other"), observer(hub(), "observer", Role::Observer);
  owner.attach(pid);
  other.attach(pid);
  observer.attach(pid);
  EXPECT_EQ(hub().kill(observer.id(), pid, false).error().code, ErrorCode::NotPermitted);
  ASSERT_TRUE(hub().kill(other.id(), pid, false).ok());
  ASSERT_TRUE(until([&] { return owner.ended.size() == 1 && other.ended.size() == 1; }));
}

TEST_P(Roles, A28_AForcedKillIsSeenByAll) {
  start(counting());
  TestEngine owner(hub(), "owner"), other(hub(), "other");
  owner.attach(pid);
  other.attach(pid);
  ASSERT_TRUE(hub().kill(other.id(), pid, true).ok());
  ASSERT_TRUE(until([&] { return !owner.ended.empty() && !other.ended.empty(); }));
}

TEST_P(Roles, A38_ObserversLookAndDoNothingElse) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a");
  TestEngine observer(hub(), "observer", Role::Observer);
  a.attach(pid);
  observer.attach(pid);
  EXPECT_EQ(observer.memory(pid, program.symbol("nop"), 1), Bytes{0x90});
  const Byte byte[] = {0x90};
  EXPECT_EQ(hub().write_memory(observer.id(), pid, program.symbol("nop"), byte).error().code, ErrorCode::NotPermitted);
  EXPECT_EQ(hub().control(observer.id(), leader, Action::Stop, {}).error().code, ErrorCode::NotPermitted);
  EXPECT_EQ(hub().kill(observer.id(), pid, true).error().code, ErrorCode::NotPermitted);
  EXPECT_TRUE(runs(leader));
}

TEST_P(Roles, A38_AnObserversVerdictHoldsNothing) {
  start(signalling());
  TestEngine a(hub(), "a");
  TestEngine observer(hub(), "observer", Role::Observer);
  a.attach(pid, {});
  observer.attach(pid);
  wait_reports(observer, 3);
  EXPECT_TRUE(hub().holds().empty());
}

TEST_P(Roles, A51_TheListenersTraceeIsHeldUntilItsFirstClientResumesIt) {
  start(counting());
  TestEngine a(hub(), "a"), b(hub(), "b");
  {
    TestEngine attaching(hub(), "listener");
    attaching.attach(pid);
    hub().hold_for_first_client(pid);
    attaching.disconnect();
  }
  EXPECT_FALSE(runs(leader));
  ASSERT_EQ(hub().processes().size(), 1u);
  EXPECT_TRUE(hub().processes()[0].unclaimed);
  a.attach(pid);
  b.attach(pid);
  EXPECT_EQ(hub().processes()[0].owner, a.id());
  stop(a, leader);
  EXPECT_FALSE(runs(leader));
  a.go(leader);
  EXPECT_TRUE(runs(leader));
  EXPECT_FALSE(hub().processes()[0].unclaimed);
}

TEST_P(Roles, A42_ALaunchIsHeldAtItsFirstInstructionForWhoAskedForIt) {
  const LaunchSpec spec = installed(counting_to(3));
  TestEngine a(hub(), "a");
  const Result<Pid> launched = hub().launch(a.id(), spec, TestEngine::kAll);
  ASSERT_TRUE(launched.ok());
  ASSERT_TRUE(until([&] { return !a.launches.empty(); }));
  EXPECT_TRUE(a.launches[0].second);
  const Tid task = leader_of(*launched);
  ASSERT_TRUE(until([&] { return a.held(task); }));
  EXPECT_EQ(a.pc(task), FakeProgram::kTextBase);
  EXPECT_TRUE(hub().processes().at(0).launched);
  EXPECT_TRUE(a.reports.empty());
  a.go(task);
  ASSERT_TRUE(until([&] { return !a.ended.empty(); }));
  EXPECT_EQ(a.ended[0].second.exit_code(), 7);
}

TEST_P(Roles, A51_WhatAClientHasLaunchedWaitsForTheNextOneWhenItsConnectionDrops) {
  const LaunchSpec spec = installed(counting());
  {
    TestEngine a(hub(), "a");
    const Result<Pid> launched = hub().launch(a.id(), spec, TestEngine::kAll);
    ASSERT_TRUE(launched.ok());
    pid = *launched;
    leader = leader_of(pid);
    ASSERT_TRUE(until([&] { return a.held(leader); }));
    a.go(leader);
    EXPECT_TRUE(runs(leader));
    stop(a, leader);
  }
  EXPECT_FALSE(runs(leader));
  ASSERT_EQ(hub().processes().size(), 1u);
  EXPECT_EQ(hub().processes()[0].owner, EngineId{});
  TestEngine b(hub(), "b");
  b.attach(pid);
  stop(b, leader);
  b.go(leader);
  EXPECT_TRUE(runs(leader));
  ASSERT_TRUE(hub().detach(b.id(), pid).ok());
  idle();
  EXPECT_TRUE(hub().processes().empty()) << "a detach is a goodbye, unlike a dropped connection";
}

TEST_P(Roles, A16_EnginesAreAskedInTheOrderInWhichTheyAttached) {
  start(signalling());
  TestEngine c(hub(), "c"), a(hub(), "a"), b(hub(), "b");
  std::string order;
  const auto noting = [&order](char name) {
    return [&order, name](const Event&) {
      order += name;
      return Verdict::keep();
    };
  };
  a.answer = noting('a');
  b.answer = noting('b');
  c.answer = noting('c');
  for (TestEngine* engine : {&a, &b, &c}) engine->attach(pid);
  wait_reports(c, 3);
  EXPECT_EQ(order.substr(0, 9), "abcabcabc");
}

TEST_P(Roles, A17_AnEngineThatAttachesDuringAPassIsNotPartOfIt) {
  start(signalling());
  TestEngine a(hub(), "a"), b(hub(), "b"), late(hub(), "late");
  late.answer = [](const Event&) { return Verdict::keep(); };
  a.answer = [&](const Event&) {
    if (a.reports.size() == 1) late.attach(pid);
    return Verdict::keep();
  };
  b.answer = [](const Event&) { return Verdict::keep(); };
  a.attach(pid);
  b.attach(pid);
  wait_reports(b, 1);
  EXPECT_TRUE(late.reports.empty());
  wait_reports(late, 1);
  EXPECT_EQ(a.reports.size(), 2u);
}

TEST_P(Roles, A44_ASecondAttachIsAJoin) {
  start(counting());
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  EXPECT_EQ(hub().processes().size(), 1u);
  EXPECT_EQ(hub().attach(b.id(), pid, {}).error().code, ErrorCode::Busy) << "attached already";
  stop(b, leader);
}

}  // namespace
}  // namespace gdbhub::test
