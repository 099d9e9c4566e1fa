// Contract §4, §6 on the fake and the real kernel: engines that come, go, come back, and stand in each other's way.
#include "tests/contract/core_contract.h"

namespace gdbhub::test {
namespace {

using namespace std::chrono_literals;

class Engines : public CoreContract {};
GDBHUB_CORE_ON_BOTH_KERNELS(Engines);

TEST_P(Engines, A24_AnExclusiveAttachIsRefusedWhileAnEngineOfTheKindIsThere) {
  start(counting());
  TestEngine gdb(hub(), "gdb"), another(hub(), "gdb"), log(hub(), "log");
  gdb.attach(pid);
  const Result<> refused = hub().attach(another.id(), pid, {}, Exclusive::SameKind);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::Busy);
  EXPECT_NE(refused.error().text.find("gdb#1"), std::string::npos) << refused.error().text;
  EXPECT_FALSE(hub().attached(another.id(), pid));
  EXPECT_TRUE(hub().attach(log.id(), pid, {}, Exclusive::SameKind).ok());
  gdb.disconnect();
  EXPECT_TRUE(hub().attach(another.id(), pid, {}, Exclusive::SameKind).ok());
}

TEST_P(Engines, A24_OrWhileOneOfTheIdentityIsThere) {
  start(counting());
  TestEngine one(hub(), "gdb", Role::Controller, "alice"), two(hub(), "log", Role::Controller, "alice"),
      nameless(hub(), "gdb"), other(hub(), "gdb");
  one.attach(pid);
  other.attach(pid);
  EXPECT_EQ(hub().attach(two.id(), pid, {}, Exclusive::SameIdentity).error().code, ErrorCode::Busy);
  EXPECT_TRUE(hub().attach(nameless.id(), pid, {}, Exclusive::SameIdentity).ok()) << "nobody in particular";
}

TEST_P(Engines, A25_ADetachSaysWhatMayStillCome) {
  FakeProgram program;
  const Address go = program.quad(0);
  program.wait_for(go);
  program.int3();
  program.exit_group(3);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b"), c(hub(), "c");
  EXPECT_EQ(hub().detach(a.id(), pid).error().code, ErrorCode::NotFound) << "no such attachment";
  for (TestEngine* engine : {&a, &b, &c}) engine->attach(pid, {.signals = true});
  std::vector<int> order;
  a.answer = [&](const Event&) {
    EXPECT_EQ(hub().set_events(a.id(), pid, {}).value(), EndOfReports::InProgress);
    EXPECT_EQ(hub().detach(a.id(), pid).value(), EndOfReports::InProgress);
    hub().barrier(a.id(), [&] { order.push_back(2); });
    hub().barrier(b.id(), [&] { order.push_back(0); });
    order.push_back(1);
    return Verdict::keep();
  };
  b.answer = c.answer = [](const Event&) { return Verdict{std::nullopt, HoldReason::Signal, 0}; };
  EXPECT_EQ(hub().detach(b.id(), pid).value(), EndOfReports::Done);
  set_quad(c, go, 1);
  ASSERT_TRUE(until([&] { return c.ended.size() == 1; }));
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2})) << "b has no report running, a's own ends first";
  EXPECT_EQ(a.reports.size(), 1u);
  EXPECT_TRUE(b.reports.empty());
  EXPECT_TRUE(a.gone.empty());
}

TEST_P(Engines, A25_ADetachInDeathSaysSoAndNothingComes) {
  FakeProgram program;
  const Address go = program.quad(0);
  program.wait_for(go);
  program.exit_group(3);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {.threads = true});
  b.attach(pid, {});
  std::optional<EndOfReports> answer;
  a.answer = [&](const Event&) {
    answer = hub().detach(b.id(), pid).value();
    return Verdict::keep();
  };
  stop(a, leader);
  set_quad(a, go, 1);
  a.go(leader);
  ASSERT_TRUE(until([&] { return a.ended.size() == 1; }));
  EXPECT_EQ(answer, EndOfReports::AlreadyDying);
  EXPECT_TRUE(b.gone.empty());
  EXPECT_TRUE(b.ended.empty());
}

TEST_P(Engines, A44_WhoAttachesToAProcessThatIsBeingLetGoKeepsIt) {
  const FakeProgram program = threads_looping(3);
  for (int delay = 0; delay < 6; ++delay) {
    start(program);
    TestEngine a(hub(), "a"), b(hub(), "b");
    a.attach(pid, {});
    ASSERT_TRUE(until([&] { return hub().threads(pid).size() == 4; }));
    a.insert(pid, program.symbol("inc"));
    wait_reports(a, 1);
    a.detach(pid);
    for (int turn = 0; turn < delay; ++turn) {
      drain();
      world().let_run();
    }
    b.attach(pid, {});
    ASSERT_EQ(hub().threads(pid).size(), 4u);
    EXPECT_EQ(raw(program.symbol("inc")), program.text().at(program.symbol("inc") - FakeProgram::kTextBase));
    b.insert(pid, program.symbol("nop"));
    for (Tid tid : hub().threads(pid)) ASSERT_TRUE(until([&] { return b.count<event::Breakpoint>(tid) == 1; }));
    EXPECT_EQ(hub().processes().at(0).owner, b.id());
    b.remove(pid, program.symbol("nop"));
    b.detach(pid);
    ASSERT_TRUE(until([&] { return !hub().has_tracees(); }));
    EXPECT_FALSE(is_traced());
    EXPECT_TRUE(a.gone.empty());
  }
}

/// Notes the processes that it is attached to.
class Everywhere : public TestEngine {
 public:
  using TestEngine::TestEngine;
  void process_joined(Pid added) override { processes.push_back(added); }
  std::vector<Pid> processes;
};

TEST_P(Engines, A21_AnEngineThatAttachesToAllGetsThosePresentThoseToComeAndTheirChildren) {
  FakeProgram program;
  const Address go = program.quad(0);
  program.wait_for(go);
  program.call_kernel(SYS_fork);
  const auto loop = program.label();
  program.int3();
  program.jmp(loop);
  const Pid first = start(counting()), second = start(program);
  TestEngine a(hub(), "a");
  a.answer = [](const Event&) { return Verdict::keep(); };
  a.attach(first, {});
  Everywhere all(hub(), "all", Role::Controller);
  all.answer = [](const Event&) { return Verdict{std::nullopt, HoldReason::Signal, 0}; };
  hub().follow_all(all.id(), {.signals = true});
  EXPECT_EQ(all.processes, std::vector<Pid>{first});
  a.attach(second, {});
  EXPECT_EQ(all.processes, (std::vector<Pid>{first, second}));
  set_quad(a, go, 1);
  ASSERT_TRUE(until([&] { return all.processes.size() == 3; }));
  const Pid child = all.processes[2];
  ASSERT_TRUE(until([&] { return all.count<event::Signal>(leader_of(child)) > 0; }));
  EXPECT_FALSE(hub().attached(a.id(), child));
  EXPECT_TRUE(hub().holds().empty());
}

TEST_P(Engines, A39_WhoLingersKeepsItsHoldsAndIsOwedItsReportsUntilItIsBack) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "gdb", Role::Controller, "alice"), b(hub(), "gdb");
  a.attach(pid);
  b.attach(pid);
  a.insert(pid, program.symbol("nop"));
  const EngineId id = a.id();
  a.linger(60s);
  ASSERT_TRUE(until([&] { return quad(program.symbol("count")) > 0; }));
  idle();
  const std::uint64_t count = quad(program.symbol("count"));
  idle();
  EXPECT_EQ(quad(program.symbol("count")), count) << "it waits at a's breakpoint";
  EXPECT_TRUE(b.reports.empty());
  advance(2s);
  ASSERT_FALSE(b.waits.empty()) << "b is told why (A14)";
  EXPECT_EQ(b.waits[0].at(0).engine, id);

  TestEngine wrong(hub(), "gdb", Role::Controller, "bob");
  EXPECT_EQ(hub().take_over(wrong, {"gdb", "elsewhere", Role::Controller, "carol"}).error().code, ErrorCode::NotFound);
  TestEngine back(hub(), a);
  EXPECT_EQ(back.id(), id);
  wait_reports(back, 1);
  EXPECT_EQ(back.last().pc, program.symbol("nop"));
  EXPECT_EQ(back.pc(leader), program.symbol("nop"));
  back.go(leader);
  wait_reports(back, 2);
}

TEST_P(Engines, A39_WhoDoesNotComeBackInTimeIsGone) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "gdb", Role::Controller, "alice"), b(hub(), "gdb");
  a.attach(pid);
  b.attach(pid);
  stop(a, leader);
  a.linger(60s);
  advance(59s);
  const std::uint64_t count = quad(program.symbol("count"));
  idle();
  EXPECT_EQ(quad(program.symbol("count")), count) << "held";
  advance(2s);
  ASSERT_TRUE(until([&] { return quad(program.symbol("count")) > count; }));
  EXPECT_EQ(hub().engines().size(), 1u);
}

TEST_P(Engines, A43_WhoDoesNotReadLosesItsHoldsAndKeepsItsBreakpoints) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  stop(a, leader);
  a.insert(pid, program.symbol("nop"));
  a.release_holds("it has not read for 30 s");
  std::optional<JournalEntry> entry;
  for (const JournalEntry& e : hub().journal().latest())
    if (e.kind == "holds-released") entry = e;
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->by, a.id());
  EXPECT_NE(entry->text().find("it has not read for 30 s"), std::string::npos);
  wait_reports(a, 1);  // its breakpoint still stops it
}

TEST_P(Engines, A47_JobControlIsReportedAndWhoResumesAStoppedThreadIsToldWhyItDoesNotRun) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {.job_control = true});
  b.attach(pid, {});
  a.answer = [](const Event&) { return Verdict::keep(); };
  kill(SIGSTOP);
  wait_for<event::JobStopped>(a);
  EXPECT_EQ(std::get<event::JobStopped>(a.last().detail).signal, SIGSTOP);
  stop(b, leader);
  EXPECT_EQ(a.reports.size(), 1u) << "once";
  const std::uint64_t count = quad(program.symbol("count"));
  b.go(leader);
  ASSERT_EQ(b.waits.size(), 1u);
  EXPECT_EQ(b.waits[0].at(0).reason, HoldReason::JobControl);
  EXPECT_EQ(b.waits[0].at(0).tid, leader);
  EXPECT_TRUE(a.waits.empty()) << "it has resumed nothing";
  idle();
  EXPECT_EQ(quad(program.symbol("count")), count);
  kill(SIGCONT);
  wait_for<event::JobContinued>(a);
  ASSERT_TRUE(until([&] { return quad(program.symbol("count")) > count; }));
  EXPECT_EQ(b.waits.size(), 1u);
}

TEST_P(Engines, A48_ADeadProcessAnswersWithAnError) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid);
  stop(a, leader);
  kill(SIGKILL);
  ASSERT_TRUE(until([&] { return a.ended.size() == 1; }));
  Byte byte = 0;
  EXPECT_EQ(hub().registers(a.id(), leader, false).error().code, ErrorCode::Gone);
  EXPECT_FALSE(hub().read_memory(a.id(), pid, FakeProgram::kTextBase, {&byte, 1}).ok());
  EXPECT_FALSE(hub().control(a.id(), leader, Action::Resume, {}).ok());
  EXPECT_TRUE(hub().threads(pid).empty());
}

TEST_P(Engines, A52_ARefusalIsASentenceThatNamesWhoIsInTheWay) {
  const FakeProgram program = counting();
  start(program);
  TestEngine owner(hub(), "owner"), other(hub(), "other");
  TestEngine observer(hub(), "observer", Role::Observer);
  owner.attach(pid);
  other.attach(pid);
  observer.attach(pid);
  for (std::uint64_t at : {0, 8, 16, 24})
    ASSERT_TRUE(hub().insert_hardware(owner.id(), pid, {HardwarePoint::Kind::Write, program.symbol("count") + at, 8}).ok());
  const std::pair<Error, std::string> refusals[] = {
      {hub().kill(other.id(), pid, false).error(), "owner#1"},
      {hub().control(observer.id(), leader, Action::Stop, {}).error(), "observers may only look"},
      {hub().registers(other.id(), leader, false).error(), "is not stopped by this client"},
      {hub().insert_hardware(other.id(), pid, {HardwarePoint::Kind::Write, program.symbol("count") + 32, 8}).error(), "debug registers"},
      {hub().attach(other.id(), pid, {}, Exclusive::No).error(), "already attached"},
  };
  for (const auto& [error, words] : refusals) EXPECT_NE(error.text.find(words), std::string::npos) << error.text;
}

TEST_P(Engines, A19_ADisagreementAboutASignalIsALineInTheLog) {
  FakeProgram program;
  const Address go = program.quad(0);
  program.wait_for(go);
  const auto loop = program.label();
  program.int3();
  program.jmp(loop);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {.signals = true});
  b.attach(pid, {.signals = true});
  a.answer = [](const Event&) { return Verdict{std::nullopt, HoldReason::Signal, SIGTRAP}; };
  b.answer = [](const Event&) { return Verdict{std::nullopt, HoldReason::Signal, 0}; };
  set_quad(a, go, 1);
  wait_reports(b, 2);
  int lines = 0;
  for (const JournalEntry& e : hub().journal().latest()) lines += e.kind == "signal-conflict" && e.by == b.id() ? 1 : 0;
  EXPECT_GE(lines, 1);
  EXPECT_TRUE(b.ended.empty());
}

}  // namespace
}  // namespace gdbhub::test
