// A step through a range of code (ControlOptions::range) on the fake and the real kernel: one report, where the thread comes out.
#include "tests/contract/core_contract.h"

namespace gdbhub::test {
namespace {

/// "loop": adds to rbx and stores it in "count", `rounds` < 128 times; comes out at "out", which counts it in "outs"; for ever.
FakeProgram rounds_of(std::int8_t rounds) {
  FakeProgram p = beyond_entry();
  const Address count = p.quad(0, "count"), outs = p.quad(0, "outs");
  const auto again = p.label();
  p.symbol("before");
  p.mov_imm32(Reg::Rbx, 0);
  const auto loop = p.label();
  p.symbol("loop");
  p.inc(Reg::Rbx);
  p.symbol("store");
  p.store(count, Reg::Rbx);
  p.cmp(Reg::Rbx, rounds);
  p.jne(loop);
  p.symbol("out");
  p.load(Reg::R13, outs);
  p.inc(Reg::R13);
  p.store(outs, Reg::R13);
  p.jmp(again);
  return p;
}

/// Appends "loop", until the quad "leave" is not 0, then "out"; for ever.
void append_loop(FakeProgram& p) {
  const Address leave = p.quad(0, "leave");
  const auto loop = p.label();
  p.symbol("loop");
  p.load(Reg::R14, leave);
  p.cmp(Reg::R14, 0);
  p.je(loop);
  p.symbol("out");
  p.nop();
  p.jmp(loop);
}

FakeProgram looping_for_ever() {
  FakeProgram p = beyond_entry();
  append_loop(p);
  return p;
}

class Ranges : public CoreContract {
 protected:
  static ControlOptions through(const FakeProgram& program) {
    const Address begin = program.symbol("loop");
    return {.range = {begin, program.symbol("out") - begin}};
  }
  /// Brings the leader to "loop", for the first time after "before" where there is that; `engine` holds it and has no breakpoint.
  void bring_to_loop(TestEngine& engine, const FakeProgram& program) {
    for (const std::string name : {"before", "loop"}) {
      if (!program.symbols().contains(name)) continue;
      engine.insert(pid, program.symbol(std::string_view(name)));
      if (engine.held(leader)) engine.go(leader);
      wait_for<event::Breakpoint>(engine);
      engine.remove(pid, program.symbol(std::string_view(name)));
      engine.reports.clear();
    }
  }
  /// The text as it stands in memory, without what the hub has borrowed.
  Bytes text(const FakeProgram& program, Pid of = {}) {
    Bytes bytes(program.text().size());
    const auto memory = world().kernel().open_memory(leader_of(of ? of : pid));
    if (memory) bytes.resize((*memory.value()).read(FakeProgram::kTextBase, bytes));
    return bytes;
  }
};
GDBHUB_CORE_ON_BOTH_KERNELS(Ranges);

TEST_P(Ranges, A9_OneReportWhereTheThreadComesOutAndNothingIsLeftOfIt) {
  const FakeProgram program = rounds_of(100);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  bring_to_loop(a, program);
  a.step(leader, through(program));
  wait_reports(a, 1);
  EXPECT_EQ(a.count<event::StepDone>(), 1);
  EXPECT_EQ(a.last().pc, program.symbol("out"));
  EXPECT_EQ(quad(program.symbol("count")), 100U);
  EXPECT_TRUE(b.reports.empty());
  EXPECT_EQ(text(program), program.text()) << "the trap at the exit is gone";
  a.step(leader);
  wait_reports(a, 2);
  EXPECT_EQ(a.count<event::StepDone>(), 2) << "a plain step is one instruction again";
}

TEST_P(Ranges, A4_NobodySeesTheTrapsAtTheExits) {
  const FakeProgram program = looping_for_ever();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  bring_to_loop(a, program);
  a.step(leader, through(program));
  ASSERT_TRUE(until([&] { return text(program) != program.text(); })) << "it runs, with traps at the exits";
  EXPECT_EQ(b.memory(pid, FakeProgram::kTextBase, program.text().size()), program.text());
  a.detach(pid);
  b.detach(pid);
  ASSERT_TRUE(until([&] { return !is_traced(); }));
  EXPECT_EQ(text(program), program.text());
}

TEST_P(Ranges, A13_ALoopThatNeverEndsCanBeStoppedAndTheStepGoesOnAfterwards) {
  const FakeProgram program = looping_for_ever();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  bring_to_loop(a, program);
  a.step(leader, through(program));
  idle();
  stop(b, leader);
  EXPECT_TRUE(a.reports.empty());
  b.write(pid, program.symbol("leave"), bytes_of(std::uint64_t{1}));
  b.go(leader);
  wait_reports(a, 1);
  EXPECT_EQ(a.count<event::StepDone>(), 1) << "a step is never lost (A10)";
  EXPECT_EQ(a.last().pc, program.symbol("out"));
}

TEST_P(Ranges, A8_AHoldOfTheStepperEndsTheRunAtOnce) {
  const FakeProgram program = looping_for_ever();
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid);
  bring_to_loop(a, program);
  a.step(leader, through(program));
  ASSERT_TRUE(until([&] { return text(program) != program.text(); }));
  stop(a, leader);
  EXPECT_EQ(text(program), program.text());
  EXPECT_TRUE(a.reports.empty());
}

TEST_P(Ranges, A31_AnothersBreakpointWithinItHitsInEachRound) {
  const FakeProgram program = rounds_of(20);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  b.answer = [](const Event&) { return Verdict::keep(); };
  a.attach(pid);
  b.attach(pid);
  bring_to_loop(a, program);
  b.insert(pid, program.symbol("store"));
  a.step(leader, through(program));
  wait_reports(a, 1);
  EXPECT_EQ(a.last().pc, program.symbol("out"));
  EXPECT_EQ(b.count<event::Breakpoint>(), 20);
}

TEST_P(Ranges, A11_ABreakpointWhereItComesOutIsToldAfterTheStep) {
  const FakeProgram program = rounds_of(20);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  bring_to_loop(a, program);
  b.insert(pid, program.symbol("out"));
  a.step(leader, through(program));
  wait_reports(a, 1);
  idle();
  EXPECT_EQ(a.count<event::StepDone>(), 1);
  EXPECT_TRUE(b.reports.empty()) << "a holds the thread";
  a.go(leader);
  wait_reports(b, 1);
  EXPECT_EQ(b.count<event::Breakpoint>(), 1);
  b.go(leader);
}

TEST_P(Ranges, A12_TheSteppersOwnBreakpointWithinItHits) {
  const FakeProgram program = rounds_of(20);
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid);
  bring_to_loop(a, program);
  a.step(leader, through(program));
  wait_reports(a, 1);
  a.insert(pid, program.symbol("store"));
  a.set_pc(leader, program.symbol("loop"));
  a.step(leader, through(program));
  wait_reports(a, 2);
  EXPECT_EQ(a.count<event::Breakpoint>(), 1);
  EXPECT_EQ(a.last().pc, program.symbol("store"));
}

TEST_P(Ranges, A32_OtherThreadsPassTheExitsUnseen) {
  FakeProgram p = beyond_entry();
  const auto work = p.new_label();
  p.clone_thread(work, p.space(1024) + 1024);
  p.bind(work);
  append_loop(p);
  const FakeProgram program = p;
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid);
  ASSERT_TRUE(until([&] { return hub().threads(pid).size() == 2; }));
  stop(a, leader);
  a.set_pc(leader, program.symbol("loop"));
  const Tid other = hub().threads(pid).back();
  a.step(leader, through(program));
  ASSERT_TRUE(until([&] { return text(program) != program.text(); }));
  stop(a, other);
  for (int i = 0; i < 3; ++i) {  // it comes by at the exit
    a.set_pc(other, program.symbol("out"));
    a.step(other);
    ASSERT_TRUE(until([&] { return a.count<event::StepDone>(other) == i + 1; }));
  }
  EXPECT_EQ(a.count<event::StepDone>(other), 3);
  EXPECT_EQ(a.count<event::StepDone>(leader), 0);
  EXPECT_EQ(a.count<event::Breakpoint>(), 0);
}

TEST_P(Ranges, A10_ASignalHandlerIsWhereTheStepEnds) {
  FakeProgram p = beyond_entry();
  const auto handler = p.new_label(), start_of = p.new_label();
  p.jmp(start_of);
  p.bind(handler);
  p.symbol("handler");
  p.inc(Reg::R13);
  p.ret();
  p.bind(start_of);
  p.set_handler(SIGUSR1, handler);
  append_loop(p);
  const FakeProgram program = p;
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid);
  bring_to_loop(a, program);
  a.answer = [](const Event& event) {
    return std::holds_alternative<event::Signal>(event.detail) ? Verdict::keep() : Verdict::stop(HoldReason::Step);
  };
  a.step(leader, through(program));
  idle();
  kill(SIGUSR1);
  wait_for<event::StepDone>(a);
  EXPECT_EQ(a.last().pc, program.symbol("handler")) << "as a step that takes a signal does";
  EXPECT_EQ(a.count<event::Signal>(), 1);
}

TEST_P(Ranges, A22_AChildThatIsForkedWithinItIsClean) {
  FakeProgram p = beyond_entry();
  const Address leave = p.quad(0, "leave"), forked = p.quad(0, "forked");
  const auto loop = p.new_label(), child = p.new_label(), wait = p.new_label();
  p.mov_imm32(Reg::R12, 0);
  p.bind(loop);
  p.symbol("loop");
  p.inc(Reg::R12);
  p.cmp(Reg::R12, 20);
  p.jne(wait);
  p.call_kernel(SYS_fork);
  p.cmp(Reg::Rax, 0);
  p.je(child);
  p.store(forked, Reg::Rax);
  p.bind(wait);
  p.load(Reg::R14, leave);
  p.cmp(Reg::R14, 0);
  p.je(loop);
  p.symbol("out");
  p.nop();
  p.bind(child);
  const auto stay = p.label();
  p.jmp(stay);
  const FakeProgram program = p;
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, {.signals = true});
  bring_to_loop(a, program);
  a.step(leader, through(program));
  ASSERT_TRUE(until([&] { return quad(program.symbol("forked")) != 0; }));
  const Pid of_child{static_cast<int>(quad(program.symbol("forked")))};
  EXPECT_TRUE(until([&] { return text(program, of_child) == program.text(); }));
  world().kill(of_child, SIGKILL);
}

TEST_P(Ranges, ACallEndsItAtTheFunction) {
  FakeProgram p = beyond_entry();
  const auto function = p.new_label(), past = p.new_label();
  p.jmp(past);
  p.bind(function);
  p.symbol("function");
  p.ret();
  p.bind(past);
  const auto again = p.label();
  p.mov_imm32(Reg::R12, 0);
  const auto loop = p.label();
  p.symbol("loop");
  p.inc(Reg::R12);
  p.cmp(Reg::R12, 50);
  p.jne(loop);
  p.call(function);
  p.symbol("out");
  p.nop();
  p.jmp(again);
  const FakeProgram program = p;
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid);
  bring_to_loop(a, program);
  a.step(leader, through(program));
  wait_reports(a, 1);
  EXPECT_EQ(a.last().pc, program.symbol("function"));
}

TEST_P(Ranges, TwoWhoStepAtOnceEachGetTheirs) {
  const FakeProgram program = rounds_of(30);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  bring_to_loop(a, program);
  stop(b, leader);
  a.step(leader, through(program));
  b.step(leader);
  wait_reports(b, 1);
  EXPECT_EQ(b.last().pc, program.symbol("store")) << "one instruction";
  EXPECT_TRUE(a.reports.empty());
  b.go(leader);
  wait_reports(a, 1);
  EXPECT_EQ(a.last().pc, program.symbol("out"));
}

}  // namespace
}  // namespace gdbhub::test
