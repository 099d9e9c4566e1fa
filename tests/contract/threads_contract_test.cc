// Contract §3, §4 on the fake and the real kernel: threads that begin and end, and who may keep them.
#include "tests/contract/core_contract.h"

namespace gdbhub::test {
namespace {

class Threads : public CoreContract {};
GDBHUB_CORE_ON_BOTH_KERNELS(Threads);

/// The leader waits for "go", makes a thread and counts for ever in "count". The thread sets "ran" and exits with 5 once
/// "end" is set.
FakeProgram making_a_thread() {
  FakeProgram p;
  const Address go = p.quad(0, "go"), count = p.quad(0, "count"), ran = p.quad(0, "ran"), end = p.quad(0, "end");
  const auto work = p.new_label();
  p.wait_for(go);
  p.clone_thread(work, p.space(512) + 512);
  const auto loop = p.label();
  p.inc(Reg::Rbx);
  p.store(count, Reg::Rbx);
  p.jmp(loop);
  p.bind(work);
  p.set(ran);
  p.wait_for(end);
  p.exit(5);
  return p;
}

TEST_P(Threads, A15_A21_ANewThreadIsReportedBeforeItsFirstInstructionAndMayBeHeld) {
  const FakeProgram program = making_a_thread();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b"), c(hub(), "c");
  a.attach(pid, {.threads = true});
  b.attach(pid, {.threads = true});
  c.attach(pid, {});
  b.answer = [](const Event&) { return Verdict::keep(); };
  set_quad(a, program.symbol("go"), 1);
  wait_for<event::ThreadStarted>(a);
  wait_for<event::ThreadStarted>(b);
  const Tid thread = a.last().tid;
  EXPECT_EQ(std::get<event::ThreadStarted>(a.last().detail).parent, leader);
  EXPECT_NE(thread, leader);
  EXPECT_TRUE(c.reports.empty());
  EXPECT_NO_FATAL_FAILURE(a.registers(thread));
  const std::uint64_t count = quad(program.symbol("count"));
  ASSERT_TRUE(until([&] { return quad(program.symbol("count")) > count; })) << "its parent runs";
  EXPECT_EQ(quad(program.symbol("ran")), 0u);
  a.go(thread);
  ASSERT_TRUE(until([&] { return quad(program.symbol("ran")) == 1; }));
}

TEST_P(Threads, A15_AThreadThatEndsIsReportedWhileItsStateIsStillThereAndMayBeHeld) {
  const FakeProgram program = making_a_thread();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {.threads = true});
  b.attach(pid, {});
  a.answer = [](const Event& event) {
    return std::holds_alternative<event::Exiting>(event.detail) ? Verdict::stop(HoldReason::Exit) : Verdict::keep();
  };
  set_quad(a, program.symbol("go"), 1);
  set_quad(a, program.symbol("end"), 1);
  wait_for<event::Exiting>(a);
  const auto exiting = std::get<event::Exiting>(a.last().detail);
  const Tid thread = a.last().tid;
  EXPECT_EQ(exiting.how, WaitStatus::exited(5));
  EXPECT_TRUE(exiting.may_be_held);
  EXPECT_EQ(a.registers(thread).general.rdi, 5u);
  const std::uint64_t count = quad(program.symbol("count"));
  ASSERT_TRUE(until([&] { return quad(program.symbol("count")) > count; })) << "the others run";
  EXPECT_TRUE(a.gone.empty());
  a.go(thread);
  ASSERT_TRUE(until([&] { return a.gone.size() == 1 && b.gone.size() == 1; }));
  EXPECT_EQ(a.gone[0], std::pair(thread, WaitStatus::exited(5)));
}

TEST_P(Threads, A6_WhenNobodyWantsItAnyMoreTheEndOfAThreadStopsNothing) {
  const FakeProgram program = making_a_thread();
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, {.threads = true});
  a.answer = [](const Event&) { return Verdict::keep(); };
  set_quad(a, program.symbol("go"), 1);
  wait_for<event::ThreadStarted>(a);
  a.set_events(pid, {});
  set_quad(a, program.symbol("end"), 1);
  ASSERT_TRUE(until([&] { return a.gone.size() == 1; }));
  EXPECT_EQ(a.count<event::Exiting>(), 0);
}

TEST_P(Threads, A27_SigkillEndsAThreadThatIsHeldOnItsWayOut) {
  const FakeProgram program = making_a_thread();
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, {.threads = true});
  set_quad(a, program.symbol("go"), 1);
  set_quad(a, program.symbol("end"), 1);
  a.answer = [](const Event& event) {
    return std::holds_alternative<event::Exiting>(event.detail) ? Verdict::stop(HoldReason::Exit) : Verdict::keep();
  };
  wait_for<event::Exiting>(a);
  stop(a, leader);
  kill(SIGKILL);
  ASSERT_TRUE(until([&] { return a.ended.size() == 1; }));
  EXPECT_EQ(a.ended[0].second, WaitStatus::killed(SIGKILL));
}

TEST_P(Threads, A27_NobodyKeepsAThreadOfAProcessThatEnds) {
  FakeProgram program;
  const Address go = program.quad(0);
  const auto work = program.new_label();
  program.clone_thread(work, program.space(512) + 512);
  program.wait_for(go);
  program.exit_group(9);
  program.bind(work);
  const auto loop = program.label();
  program.nop();
  program.jmp(loop);
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, {.threads = true});
  a.answer = [](const Event& event) {
    return std::holds_alternative<event::Exiting>(event.detail) ? Verdict::stop(HoldReason::Exit) : Verdict::keep();
  };
  ASSERT_TRUE(until([&] { return hub().threads(pid).size() == 2; }));
  for (Tid tid : hub().threads(pid)) {  // from here on all its events are reported (A18)
    stop(a, tid);
    a.go(tid);
  }
  set_quad(a, go, 1);
  ASSERT_TRUE(until([&] { return a.ended.size() == 1; }));
  EXPECT_EQ(a.ended[0].second, WaitStatus::exited(9));
  EXPECT_EQ(a.count<event::Exiting>(), 2);
  for (const Event& event : a.reports)
    if (const auto* exiting = std::get_if<event::Exiting>(&event.detail)) {
      EXPECT_FALSE(exiting->may_be_held);
    }
}

TEST_P(Threads, A27_TheLastThreadsEndReleasesThoseThatAreHeldOnTheirWayOut) {
  FakeProgram program;
  const Address go = program.quad(0);
  const auto work = program.new_label();
  program.clone_thread(work, program.space(512) + 512);
  program.wait_for(go);
  program.exit(3);
  program.bind(work);
  program.exit(4);
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, {.threads = true});
  a.answer = [](const Event& event) {
    return std::holds_alternative<event::Exiting>(event.detail) ? Verdict::stop(HoldReason::Exit) : Verdict::keep();
  };
  if (!is_real()) {
    wait_for<event::Exiting>(a);
    EXPECT_TRUE(std::get<event::Exiting>(a.last().detail).may_be_held);
  }
  set_quad(a, go, 1);
  ASSERT_TRUE(until([&] { return a.ended.size() == 1; }));
}

}  // namespace
}  // namespace gdbhub::test
