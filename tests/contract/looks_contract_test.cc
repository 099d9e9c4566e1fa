// Contract §2 and §3: reports that an engine asks for without stopping a thread, steps by blocks, and what is left of threads.
#include "tests/contract/core_contract.h"

namespace gdbhub::test {
namespace {

using namespace std::chrono_literals;

Verdict pass(const Event&) { return Verdict::keep(); }

/// Waits in read(2) for what another process's signal interrupts; counts before and after.
FakeProgram sleeping() {
  FakeProgram program = beyond_entry();
  const auto handler = program.new_label();
  program.set_handler(SIGUSR1, handler, 0);
  program.symbol("call");
  program.call_kernel(SYS_pause);
  const auto loop = program.new_label();
  program.bind(loop);
  program.symbol("awake");
  program.inc(Reg::Rbx);
  program.jmp(loop);
  program.bind(handler);
  program.ret();
  return program;
}

class Looks : public CoreContract {};
GDBHUB_CORE_ON_BOTH_KERNELS(Looks);

TEST_P(Looks, A18_AReportOfARunningThreadComesSoonAndHoldsNobody) {
  start(counting());
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {});
  b.attach(pid, {});
  Address seen;
  a.answer = [&](const Event& event) {
    seen = event.pc;
    EXPECT_NE(a.registers(event.tid).general.rip, 0u);
    return Verdict::keep();
  };
  a.control(leader, Action::Report);
  wait_for<event::Reported>(a);
  EXPECT_NE(seen, Address{});
  EXPECT_TRUE(runs(leader));
  EXPECT_TRUE(a.quiesced_calls.empty());
  EXPECT_TRUE(b.reports.empty());
  idle();
  EXPECT_EQ(a.reports.size(), 1u) << "one, as asked";
}

TEST_P(Looks, A18_AReportOfAThreadThatAnotherHoldsComesAtOnce) {
  start(counting());
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {});
  b.attach(pid, {});
  stop(b, leader);
  a.answer = pass;
  a.control(leader, Action::Report);
  EXPECT_EQ(a.count<event::Reported>(), 1);
  EXPECT_TRUE(b.held(leader));
}

TEST_P(Looks, A18_AReportWaitsForTheEndOfTheCallThatTheThreadSleepsIn) {
  start(sleeping());
  TestEngine a(hub(), "a");
  ASSERT_TRUE(until([&] { return state_of(leader) == 'S'; }));
  a.attach(pid, {});
  a.answer = pass;
  a.control(leader, Action::Report);
  for (int i = 0; i < 5; ++i) {
    advance(500ms);
    idle();
  }
  EXPECT_TRUE(a.reports.empty()) << "the call is not broken off";
  kill(SIGUSR1);
  ASSERT_TRUE(until([&] {
    advance(100ms);
    return a.count<event::Reported>() == 1;
  }));
  EXPECT_TRUE(runs(leader));
}

TEST_P(Looks, A18_AnObserverMayAskForAReport) {
  start(counting());
  TestEngine a(hub(), "a"), watcher(hub(), "watcher", Role::Observer);
  a.attach(pid, {});
  watcher.attach(pid, {});
  watcher.answer = pass;
  watcher.control(leader, Action::Report);
  wait_for<event::Reported>(watcher);
  EXPECT_TRUE(runs(leader));
}

TEST_P(Looks, A7_ABlockStepEndsAtTheLatestWithTheNextBranch) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, {});
  a.insert(pid, program.symbol("inc"));
  wait_reports(a, 1);
  a.remove(pid, program.symbol("inc"));
  // Where there is no such step it is a single one. Either way the way round is the same, and no instruction is lost.
  std::vector<Address> places;
  while (places.size() < 10 && (places.empty() || places.back() != program.symbol("inc"))) {
    const std::size_t before = a.reports.size();
    a.control(leader, Action::BlockStep);
    wait_reports(a, before + 1);
    ASSERT_TRUE(std::holds_alternative<event::StepDone>(a.last().detail));
    places.push_back(a.last().pc);
  }
  EXPECT_EQ(places.back(), program.symbol("inc")) << "where the loop's jump leads";
  EXPECT_TRUE(is_real() || places.size() == 1) << "the fake processor can";
}

TEST_P(Looks, A7_ASingleStepOfAnotherMakesABlockStepOne) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {});
  b.attach(pid, {});
  a.insert(pid, program.symbol("inc"));
  wait_reports(a, 1);
  a.remove(pid, program.symbol("inc"));
  stop(b, leader);
  a.control(leader, Action::BlockStep);
  b.step(leader);
  ASSERT_TRUE(until([&] { return a.count<event::StepDone>() == 1 && b.count<event::StepDone>() == 1; }));
  EXPECT_EQ(b.pc(leader), program.symbol("store"));
}

TEST_P(Looks, A7_A32_ABlockStepFromABreakpointGoesOverItAndNoBreakpointIsMissed) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {});
  b.attach(pid, {});
  a.insert(pid, program.symbol("inc"));
  wait_reports(a, 1);
  b.insert(pid, program.symbol("nop"));
  const std::uint64_t count = quad(program.symbol("count"));
  for (int steps = 0; steps < 6 && b.reports.empty(); ++steps) {
    const std::size_t before = a.reports.size();
    a.control(leader, Action::BlockStep);
    ASSERT_TRUE(until([&] { return a.reports.size() > before || !b.reports.empty(); }));
  }
  ASSERT_EQ(b.count<event::Breakpoint>(), 1);
  EXPECT_EQ(b.last().pc, program.symbol("nop"));
  EXPECT_LE(quad(program.symbol("count")), count + 1);
}

TEST_P(Looks, A15_A18_AThreadIsReapedAfterItsDeathAndTheLeaderLast) {
  FakeProgram program = beyond_entry();
  const Address go = program.quad(0), end = program.quad(0);
  const auto other = program.new_label();
  program.clone_thread(other, program.space(512) + 512);
  program.wait_for(go);
  program.exit(3);  // the leader, before the other
  program.bind(other);
  program.wait_for(end);
  program.exit(4);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {.threads = true, .reaps = true});
  b.attach(pid, {});
  a.answer = pass;
  ASSERT_TRUE(until([&] { return hub().threads(pid).size() == 2; }));
  const Tid thread = hub().threads(pid)[1];
  set_quad(a, go, 1);
  ASSERT_TRUE(until([&] { return a.gone.size() == 1; }));
  EXPECT_EQ(a.gone[0].first, leader);
  idle();
  EXPECT_TRUE(a.reaped.empty()) << "its id is the process's: it stays as long as that";
  set_quad(a, end, 1);
  ASSERT_TRUE(until([&] { return a.ended.size() == 1; }));
  EXPECT_EQ(a.reaped, (std::vector<Tid>{thread, leader}));
  EXPECT_TRUE(b.reaped.empty()) << "it has not asked";
}

TEST_P(Looks, A18_AfterADetachInDeathThereIsNoReap) {
  FakeProgram program = beyond_entry();
  const Address go = program.quad(0);
  program.wait_for(go);
  program.exit_group(0);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {.threads = true, .reaps = true});
  b.attach(pid, {.reaps = true});
  a.answer = [&](const Event& event) {
    if (std::holds_alternative<event::Exiting>(event.detail)) a.detach(pid);
    return Verdict::keep();
  };
  set_quad(b, go, 1);
  ASSERT_TRUE(until([&] { return b.reaped.size() == 1; }));
  EXPECT_EQ(a.count<event::Exiting>(), 1);
  EXPECT_TRUE(a.gone.empty());
  EXPECT_TRUE(a.reaped.empty());
}

}  // namespace
}  // namespace gdbhub::test
