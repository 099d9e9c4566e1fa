// Contract §4, §6: attach, detach, death, exec; who owns what and who may do what.
#include "tests/unit/core/core_test.h"

namespace gdbhub::test {
namespace {

class Life : public CoreTest {};

TEST_F(Life, A26_ADropRemovesAllThatIsTheEnginesAndNothingOfTheOthers) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid);
  b.attach(pid);
  stop(a, leader);
  stop(b, leader);
  a.insert(pid, program.symbol("nop"));
  a.insert(pid, program.symbol("inc"));
  b.insert(pid, program.symbol("nop"));
  a.step(leader);
  a.disconnect();
  EXPECT_EQ(raw(program.symbol("nop")), kTrap);
  EXPECT_NE(raw(program.symbol("inc")), kTrap);
  EXPECT_EQ(h.hub.holds().size(), 1u);
  EXPECT_EQ(h.hub.breakpoints().size(), 1u);
  b.go(leader);
  wait_reports(b, 1);
  EXPECT_EQ(b.last().pc, program.symbol("nop"));
}

TEST_F(Life, A26_ADropAtAnyMomentOfAStepOverLeavesTheProgramWhole) {
  const FakeProgram program = counting_to(100);
  for (int delay = 0; delay < 60; ++delay) {
    CoreHarness world(3);
    const Pid process = world.start(program);
    TestEngine a(world.hub, "a"), b(world.hub, "b");
    a.attach(process, {});
    b.attach(process, {});
    for (const char* name : {"inc", "store", "nop"}) a.insert(process, program.symbol(name));
    a.answer = [](const Event&) { return Verdict::keep(); };
    world.turns(delay);
    a.disconnect();
    ASSERT_TRUE(world.until([&] { return !b.ended.empty(); })) << "delay " << delay;
    EXPECT_EQ(b.ended[0].second.exit_code(), 7) << "delay " << delay;
  }
}

TEST_F(Life, A27_SigkillWorksWhileEverybodyHolds) {
  start(threads_looping(2));
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid);
  b.attach(pid);
  ASSERT_TRUE(h.until([&] { return h.hub.threads(pid).size() == 3; }));
  a.hold_all(pid);
  b.hold_all(pid);
  idle();
  ASSERT_TRUE(h.kernel.kill(pid, SIGKILL));
  ASSERT_TRUE(h.until([&] { return !a.ended.empty() && !b.ended.empty(); }));
  EXPECT_EQ(a.ended[0].second.term_signal(), SIGKILL);
  EXPECT_EQ(a.gone.size(), 3u);
  EXPECT_EQ(b.gone.size(), 3u);
  EXPECT_FALSE(h.hub.has_tracees());
}

TEST_F(Life, A27_ExitGroupEndsTheSiblingsThatAreHeld) {
  FakeProgram program;
  const auto work = program.new_label();
  const Address flag = program.quad(0);
  program.clone_thread(work, program.space(512) + 512);
  program.wait_for(flag);
  program.exit_group(9);
  program.bind(work);
  program.nop();
  program.jmp(work);
  start(program);
  TestEngine a(h.hub, "a");
  a.attach(pid, {});
  ASSERT_TRUE(h.until([&] { return h.hub.threads(pid).size() == 2; }));
  stop(a, h.hub.threads(pid)[1]);
  const std::uint64_t one = 1;
  a.write(pid, flag, bytes_of(one));
  ASSERT_TRUE(h.until([&] { return !a.ended.empty(); }));
  EXPECT_EQ(a.ended[0].second.exit_code(), 9);
}

TEST_F(Life, A27_ADeathAtAnyMomentIsToldOnceToEachAndLeavesNothing) {
  FakeProgram program = beyond_entry();
  const auto work = program.new_label();
  program.clone_thread(work, program.space(512) + 512);
  program.call_kernel(SYS_fork);
  program.bind(work);
  program.symbol("inc");
  program.inc(Reg::Rbx);
  program.call_kernel(SYS_gettid);
  program.jmp(work);
  for (int moment = 0; moment < 400; ++moment) {
    SCOPED_TRACE(moment);
    CoreHarness world(11);
    const Pid parent = world.start(program);
    TestEngine a(world.hub, "a"), b(world.hub, "b"), c(world.hub, "c");
    a.attach(parent, {.signals = true, .forks = true, .threads = true, .syscall_exits = {SYS_gettid}});
    b.attach(parent, {.forks = true});
    c.attach(parent, {});
    a.answer = c.answer = [](const Event&) { return Verdict::keep(); };  // b holds whatever it is told of
    b.insert(parent, program.symbol("inc"));
    c.insert(parent, program.symbol("inc"));
    world.turns(moment);
    ASSERT_TRUE(world.kernel.kill(parent, SIGKILL));
    ASSERT_TRUE(world.until([&] { return !world.hub.attached(c.id(), parent); }));
    for (const ProcessStatus& left : world.hub.processes()) ASSERT_TRUE(world.kernel.kill(left.pid, SIGKILL));
    ASSERT_TRUE(world.until([&] { return !world.hub.has_tracees(); }));
    for (TestEngine* engine : {&a, &b, &c}) {
      std::set<Pid> processes;
      for (const auto& [process, how] : engine->ended) {
        EXPECT_TRUE(processes.insert(process).second);
        EXPECT_EQ(how, WaitStatus::killed(SIGKILL));
      }
      EXPECT_TRUE(processes.contains(parent));
    }
    for (Tid tid : world.kernel.tasks()) EXPECT_FALSE(world.kernel.is_traced(tid));
  }
}

TEST_F(Life, A27_AChildWhoseForkCannotBeToldAnyMoreIsNotHeldForEver) {
  FakeProgram program;
  program.call_kernel(SYS_fork);
  const auto loop = program.label();
  program.nop();
  program.jmp(loop);
  start(program);
  TestEngine a(h.hub, "a");
  a.attach(pid, {.forks = true});
  while (h.kernel.tasks().size() < 2) h.kernel.step_world();
  a.hold(leader);  // so that the fork is not told yet
  ASSERT_TRUE(h.until([&] { return h.hub.processes().size() == 2; }));
  ASSERT_TRUE(a.reports.empty());
  const Tid child = h.kernel.tasks()[1];
  ASSERT_TRUE(h.kernel.kill(pid, SIGKILL));
  ASSERT_TRUE(h.until([&] { return !a.ended.empty(); }));
  idle();
  EXPECT_FALSE(h.hub.has_tracees());
  EXPECT_FALSE(h.kernel.is_traced(child));
}

TEST_F(Life, A27_A4_AnOrphanWhoseParentWasKilledBeforeItCouldReportItIsCleanAndFree) {
  FakeProgram program;
  const Address flag = program.quad(0, "flag"), done = program.quad(0, "done");
  const auto child = program.new_label();
  program.wait_for(flag);
  program.call_kernel(SYS_fork);
  program.cmp(Reg::Rax, 0);
  program.je(child);
  const auto loop = program.label();
  program.nop();
  program.jmp(loop);
  program.bind(child);
  const Address at = program.nop();
  program.set(done);
  const auto forever = program.label();
  program.nop();
  program.jmp(forever);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CoreHarness world(seed);
    const Pid parent = world.start(program);
    TestEngine a(world.hub, "a"), b(world.hub, "b");
    a.attach(parent, {});
    b.attach(parent, {.forks = true});
    a.insert(parent, at);
    const std::uint64_t one = 1;
    a.write(parent, flag, bytes_of(one));
    while (world.kernel.tasks().size() < 2) ASSERT_TRUE(world.kernel.step_world());
    const Tid orphan = world.kernel.tasks()[1];
    ASSERT_TRUE(world.kernel.kill(parent, SIGKILL));
    ASSERT_TRUE(world.until([&] { return a.ended.size() == 1 && !world.kernel.is_traced(orphan); })) << "seed " << seed;
    ASSERT_TRUE(world.until([&] { return world.kernel.quad_of(orphan, done) == 1; })) << "seed " << seed;
    EXPECT_NE(world.kernel.memory_of(orphan, at, 1).at(0), kTrap);
    EXPECT_FALSE(world.hub.has_tracees());
  }
}

TEST_F(Life, A29_AfterAnExecTheBreakpointsAreForgottenAndTheAttachmentsKept) {
  const FakeProgram other = counting();
  h.kernel.add_program("other", other);
  FakeProgram program = beyond_entry();
  const Address flag = program.quad(0);
  program.wait_for(flag);
  program.execve("other");
  start(program);
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid, {.execs = true});
  b.attach(pid, {});
  a.insert(pid, FakeProgram::kTextBase + 6);  // where no thread comes
  b.insert(pid, FakeProgram::kTextBase + 7);
  const std::uint64_t one = 1;
  a.write(pid, flag, bytes_of(one));
  wait_reports(a, 1);
  EXPECT_EQ(std::get<event::Execed>(a.last().detail).path, "other");
  const Bytes text = other.text();
  EXPECT_EQ(h.kernel.memory_of(leader, FakeProgram::kTextBase, text.size()), text) << "not written to";
  EXPECT_TRUE(h.hub.breakpoints().empty());
  EXPECT_TRUE(b.reports.empty());
  EXPECT_TRUE(h.hub.attached(b.id(), pid));
  a.go(leader);
  EXPECT_TRUE(runs(leader));
}

TEST_F(Life, A29_AnExecByAnotherThreadKeepsTheAttachmentUnderTheLeadersId) {
  h.kernel.add_program("other", counting());
  FakeProgram program;
  const auto work = program.new_label();
  program.clone_thread(work, program.space(512) + 512);
  const auto loop = program.label();
  program.nop();
  program.jmp(loop);
  program.bind(work);
  program.execve("other");
  start(program);
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid, {.execs = true});
  b.attach(pid, {.execs = true});
  wait_reports(a, 1);
  wait_reports(b, 1);
  EXPECT_EQ(a.last().tid, leader);
  EXPECT_NE(std::get<event::Execed>(a.last().detail).former, leader);
  EXPECT_EQ(h.hub.threads(pid), std::vector<Tid>{leader});
  EXPECT_EQ(a.pc(leader), FakeProgram::kTextBase);
  a.go(leader);
  EXPECT_FALSE(runs(leader));
  b.go(leader);
  EXPECT_TRUE(runs(leader));
}

TEST_F(Life, A44_AnAttachToSomebodyElsesTraceeNamesTheTracerAndASecondIsAJoin) {
  start(counting());
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  h.kernel.set_foreign_tracer(pid, Pid{4711});
  const Result<> refused = h.hub.attach(a.id(), pid, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().text.find("4711"), std::string::npos);
  h.kernel.set_foreign_tracer(pid, Pid{});
  a.attach(pid);
  b.attach(pid);
  EXPECT_EQ(h.hub.attach(b.id(), pid, {}).error().code, ErrorCode::Busy) << "attached already";
}

}  // namespace
}  // namespace gdbhub::test
