// The engine that holds what is about to die, on the fake machine.
#include "engines/crash/crash_engine.h"

#include "tests/unit/core/core_test.h"

namespace gdbhub::test {
namespace {

using namespace std::chrono_literals;
using crash::CrashEngine;

class Crash : public CoreTest {
 protected:
  /// Nothing is mapped at 8.
  static void fault(FakeProgram& p) {
    p.symbol("fault");
    p.store(Address{8}, Reg::Rbx);
  }
  static FakeProgram crashing() {
    FakeProgram p = beyond_entry();
    fault(p);
    p.symbol("after");
    p.exit_group(0);
    return p;
  }
  /// A handler for SIGSEGV that exits with 5.
  static FakeProgram handling() {
    FakeProgram p = beyond_entry();
    const auto handler = p.new_label();
    p.set_handler(SIGSEGV, handler);
    fault(p);
    p.bind(handler);
    p.exit_group(5);
    return p;
  }
  static crash::Settings held_for(std::chrono::seconds time) {
    crash::Settings settings;
    settings.hold = time;
    return settings;
  }
  /// Somebody brings the process to the hub, and leaves.
  void bring() {
    TestEngine starter(h.hub, "starter");
    starter.attach(pid, {});
  }
  std::string journal(std::string_view kind) {
    std::string text;
    for (const JournalEntry& entry : h.hub.journal().latest())
      if (entry.kind == kind) text += entry.text() + "\n";
    return text;
  }
  bool is_held() {
    const auto holds = h.hub.holds();
    return std::any_of(holds.begin(), holds.end(),
                       [](const Hold& hold) { return hold.reason == HoldReason::Crash && hold.in_force; });
  }
  bool gone() { return !h.hub.has_tracees(); }
};

TEST_F(Crash, AThreadAboutToDieIsHeldWhenNobodyElseIsThereAndDiesWhenTheTimeIsOver) {
  const FakeProgram program = crashing();
  start(program);
  CrashEngine engine(h.hub, held_for(30s));
  bring();
  ASSERT_TRUE(h.until([&] { return is_held(); }));
  EXPECT_EQ(h.pc_of(leader), program.symbol(std::string_view("fault")));
  EXPECT_NE(journal("crash").find("SIGSEGV"), std::string::npos) << journal("crash");
  h.advance(29s);
  idle();
  EXPECT_TRUE(h.alive(pid));
  h.advance(1s);
  ASSERT_TRUE(h.until([&] { return gone(); }));
  EXPECT_NE(journal("process-gone").find("killed by Segmentation fault"), std::string::npos) << journal("process-gone");
}

TEST_F(Crash, ADebuggerThatAttachesMeanwhileGetsTheSignalAsItsStopAndMaySuppressIt) {
  start(crashing());
  CrashEngine engine(h.hub, {});
  bring();
  ASSERT_TRUE(h.until([&] { return is_held(); }));
  TestEngine a(h.hub, "a");
  a.attach(pid);
  idle();
  EXPECT_TRUE(a.reports.empty());  // until it asks for a stop
  a.hold(leader, HoldReason::Attach);
  wait_reports(a, 1);
  ASSERT_EQ(a.count<event::Signal>(leader), 1);
  EXPECT_EQ(std::get<event::Signal>(a.last().detail).number, SIGSEGV);
  EXPECT_EQ(std::get<event::Signal>(a.last().detail).info.si_addr, reinterpret_cast<void*>(8));
  ASSERT_TRUE(h.until([&] { return a.held(leader); }));
  RegisterState state = a.registers(leader);
  state.general.rip += 7;  // past the store
  ASSERT_TRUE(h.hub.set_registers(a.id(), leader, state));
  a.go(leader, {.signal = 0});  // who has seen it decides at once
  ASSERT_TRUE(h.until([&] { return gone(); }));
  EXPECT_NE(journal("process-gone").find("exited with 0"), std::string::npos) << journal("process-gone");
}

TEST_F(Crash, TheDebuggersContinueLetsTheThreadDieAtOnce) {
  start(crashing());
  CrashEngine engine(h.hub, {});
  TestEngine a(h.hub, "a");
  a.attach(pid);
  wait_reports(a, 1);
  ASSERT_TRUE(h.until([&] { return is_held() && a.held(leader); }));
  a.go(leader, {.signal = SIGSEGV});
  ASSERT_TRUE(h.until([&] { return gone(); }));
  EXPECT_NE(journal("process-gone").find("killed by"), std::string::npos) << journal("process-gone");
}

TEST_F(Crash, A26_ADebuggerThatLeavesWithoutADecisionLeavesTheThreadHeld) {
  start(crashing());
  CrashEngine engine(h.hub, held_for(30s));
  TestEngine a(h.hub, "a");
  a.attach(pid);
  wait_reports(a, 1);
  a.disconnect();
  idle();
  EXPECT_TRUE(is_held());
  h.advance(30s);
  EXPECT_TRUE(h.until([&] { return gone(); }));
}

TEST_F(Crash, A8_TheTimeEndsOnlyItsOwnHold) {
  start(crashing());
  CrashEngine engine(h.hub, held_for(30s));
  TestEngine a(h.hub, "a");
  a.attach(pid);
  wait_reports(a, 1);
  h.advance(31s);
  idle();
  EXPECT_FALSE(is_held());
  EXPECT_TRUE(a.held(leader));
  EXPECT_TRUE(h.alive(pid));
  a.go(leader);
  EXPECT_TRUE(h.until([&] { return gone(); }));
}

TEST_F(Crash, SeveralCrashingThreadsAreHeldAndToldOneAfterTheOther) {
  FakeProgram p = beyond_entry();
  const auto work = p.new_label();
  for (int i = 0; i < 2; ++i) p.clone_thread(work, p.space(1024) + 1024);
  p.bind(work);
  fault(p);
  start(p);
  CrashEngine engine(h.hub, {});
  bring();
  ASSERT_TRUE(h.until([&] { return h.hub.holds().size() == 3; }));
  TestEngine a(h.hub, "a");
  a.attach(pid);
  a.hold_all(pid);
  wait_reports(a, 1);
  idle();
  EXPECT_EQ(a.reports.size(), 1u);  // one stop
  const Tid first = a.last().tid;
  for (Tid tid : h.hub.threads(pid))
    if (tid != first) a.go(tid);
  idle();
  EXPECT_EQ(a.count<event::Signal>(), 3);
  EXPECT_EQ(h.hub.threads(pid).size(), 3u);
}

TEST_F(Crash, ARequestLetsItGo) {
  start(crashing());
  CrashEngine engine(h.hub, {});
  bring();
  ASSERT_TRUE(h.until([&] { return is_held(); }));
  TestEngine a(h.hub, "a");
  a.attach(pid);
  EXPECT_EQ(h.hub.request_release(a.id(), pid), 1u);
  EXPECT_TRUE(h.until([&] { return !h.alive(pid); }));
}

TEST_F(Crash, A27_SigkillWorksMeanwhile) {
  start(crashing());
  CrashEngine engine(h.hub, {});
  bring();
  ASSERT_TRUE(h.until([&] { return is_held(); }));
  ASSERT_TRUE(h.kernel.kill_process(pid));
  EXPECT_TRUE(h.until([&] { return gone(); }));
  h.advance(100s);  // the timer knows
}

TEST_F(Crash, ASignalThatIsCaughtIsNoCrash) {
  start(handling());
  CrashEngine engine(h.hub, {});
  bring();
  EXPECT_TRUE(h.until([&] { return gone(); }));
  EXPECT_EQ(journal("crash"), "");
  EXPECT_NE(journal("process-gone").find("exited with 5"), std::string::npos);
}

TEST_F(Crash, AFaultThatIsIgnoredKillsAndAnIgnoredSignalDoesNot) {
  FakeProgram p = beyond_entry();
  p.ignore(SIGSEGV);
  p.ignore(SIGQUIT);
  raise(p, SIGQUIT);
  fault(p);
  start(p);
  CrashEngine engine(h.hub, {});
  bring();
  ASSERT_TRUE(h.until([&] { return is_held(); }));
  EXPECT_EQ(journal("crash").find("SIGQUIT"), std::string::npos) << journal("crash");
  EXPECT_EQ(journal("signal"), "Quit\nSegmentation fault\n");
}

TEST_F(Crash, A19_ASignalThatADebuggerBeforeItHasTakenAwayIsNoCrash) {
  start(crashing());
  TestEngine a(h.hub, "a");
  a.attach(pid);
  a.answer = [](const Event&) {
    Verdict verdict = Verdict::stop(HoldReason::Signal);
    verdict.signal = 0;
    return verdict;
  };
  CrashEngine engine(h.hub, {});  // asked after it
  wait_reports(a, 1);
  idle();
  EXPECT_EQ(journal("crash"), "");
  EXPECT_FALSE(is_held());
}

TEST_F(Crash, OnlyTheSignalsThatWereAskedForAndWithoutATimeNobodyIsHeld) {
  start(crashing());
  crash::Settings only_abort;
  only_abort.signals = crash::mask_of(SIGABRT);
  CrashEngine abort_only(h.hub, only_abort);
  CrashEngine telling(h.hub, held_for(0s));
  bring();
  EXPECT_TRUE(h.until([&] { return gone(); }));
  EXPECT_NE(journal("crash").find("SIGSEGV"), std::string::npos);
  EXPECT_EQ(journal("crash").find("held"), std::string::npos) << journal("crash");
}

TEST_F(Crash, A40_EverybodyIsTold) {
  start(crashing());
  std::vector<JournalEntry> announced;
  h.hub.journal().subscribe([&](const JournalEntry& entry) {
    if (entry.announced) announced.push_back(entry);
  });
  CrashEngine engine(h.hub, {});
  bring();
  ASSERT_TRUE(h.until([&] { return is_held(); }));
  ASSERT_EQ(announced.size(), 1u);
  EXPECT_EQ(announced[0].kind, "crash");
  EXPECT_EQ(announced[0].tid, leader);
  EXPECT_EQ(announced[0].by, engine.id());
}

TEST_F(Crash, AHookThatCannotBeRunIsInTheLogAndTheThreadIsHeldAllTheSame) {
  start(crashing());
  CrashEngine engine(h.hub, {.run = {"/there/is/no/such/program"}});
  bring();
  ASSERT_TRUE(h.until([&] { return is_held(); }));
  EXPECT_NE(journal("hook-failed").find("No such file"), std::string::npos) << journal("hook-failed");
}

TEST(CrashSettings, AreReadAndChecked) {
  const auto read = [](std::string_view text) -> Result<crash::Settings> {
    auto options = EngineOptions::parse(text, crash::kind.options);
    if (!options) return options.error();
    return crash::read_settings(*options);
  };
  const auto all = read("hold=5,signals=SEGV,SIGABRT,run=/bin/echo,a\\,b,c");
  ASSERT_TRUE(all) << all.error().text;
  EXPECT_EQ(all->hold, 5s);
  EXPECT_EQ(all->signals, crash::mask_of(SIGSEGV) | crash::mask_of(SIGABRT));
  EXPECT_EQ(all->run, (std::vector<std::string>{"/bin/echo", "a,b", "c"}));
  EXPECT_EQ(read("shell=echo $GDBHUB_PID")->run, (std::vector<std::string>{"/bin/sh", "-c", "echo $GDBHUB_PID"}));
  EXPECT_EQ(read("")->hold, 60s);
  for (const char* wrong : {"hold=soon", "signals=TERM", "signals=NOPE", "run=", "run=a,shell=b", "color=red"})
    EXPECT_FALSE(read(wrong)) << wrong;
}

}  // namespace
}  // namespace gdbhub::test
