// Contract §5 on the fake and the real kernel: one location, many owners; nobody runs past it.
#include "tests/contract/core_contract.h"

namespace gdbhub::test {
namespace {

class Breakpoints : public CoreContract {};
GDBHUB_CORE_ON_BOTH_KERNELS(Breakpoints);

TEST_P(Breakpoints, A31_InsertedWithTheFirstOwnerAndRemovedWithTheLast) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  stop(a, leader);
  const Address at = program.symbol("nop");
  a.insert(pid, at);
  b.insert(pid, at);
  a.remove(pid, at);
  EXPECT_EQ(raw(at), kTrap);
  a.go(leader);
  wait_reports(b, 1);
  EXPECT_TRUE(a.reports.empty());
  b.remove(pid, at);
  EXPECT_EQ(raw(at), 0x90);
}

TEST_P(Breakpoints, A31_BothStopAndOneStepOverServesBoth) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  a.insert(pid, program.symbol("store"));
  b.insert(pid, program.symbol("store"));
  wait_reports(a, 1);
  wait_reports(b, 1);
  const auto count = quad(program.symbol("count"));
  a.go(leader);
  EXPECT_FALSE(runs(leader));
  b.go(leader);
  wait_reports(a, 2);
  wait_reports(b, 2);
  EXPECT_EQ(quad(program.symbol("count")), count + 1);
}

/// Threads that pass places of each class of step plans, with one owner that never stops: each passing is a hit.
TEST_P(Breakpoints, A32_EachThreadHitsWhoeverStepsOverAndHowever) {
  constexpr int kThreads = 3, kRounds = 10;
  FakeProgram program = beyond_entry();
  const Address go = program.quad(0), seven = program.quad(7);
  program.wait_for(go);
  const auto work = program.new_label(), sub = program.new_label(), done = program.new_label();
  std::vector<Address> places;
  for (int i = 0; i < kThreads - 1; ++i) program.clone_thread(work, program.space(1024) + 1024);
  program.bind(work);
  program.mov_imm32(Reg::Rbx, 0);
  const auto loop = program.label();
  places.push_back(program.nop());
  places.push_back(program.inc(Reg::Rbx));
  places.push_back(program.load(Reg::R10, seven));
  places.push_back(program.push(Reg::R10));
  places.push_back(program.pop(Reg::R11));
  places.push_back(program.call(sub));
  places.push_back(program.mov_imm32(Reg::Rax, SYS_gettid));
  places.push_back(program.syscall());
  places.push_back(program.cmp(Reg::Rbx, kRounds));
  places.push_back(program.je(done));
  program.jmp(loop);
  program.bind(sub);
  program.ret();
  program.bind(done);
  program.exit(0);

  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, {});
  for (Address at : places) a.insert(pid, at);
  a.answer = [](const Event&) { return Verdict::keep(); };
  set_quad(a, go, 1);
  ASSERT_TRUE(until([&] { return !a.ended.empty(); }));
  std::map<Address, int> hits;
  for (const Event& event : a.reports) ++hits[event.pc];
  for (Address at : places) EXPECT_EQ(hits[at], kThreads * kRounds) << std::hex << at.value;
}

TEST_P(Breakpoints, A32_AJumpToItselfUnderABreakpointLetsSignalsAndClientsThrough) {
  FakeProgram program = beyond_entry();
  const Address self = program.jmp(program.label());
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  a.answer = [](const Event&) { return Verdict::keep(); };
  a.insert(pid, self);
  ASSERT_TRUE(until([&] { return a.count<event::Breakpoint>() > 100; }));
  stop(b, leader);
  EXPECT_EQ(b.pc(leader), self);
  b.go(leader);
  ASSERT_TRUE(hub().kill(a.id(), pid, false).ok());
  EXPECT_TRUE(until([&] { return !a.ended.empty(); }));
}

TEST_P(Breakpoints, A33_AFaultOutOfLineIsReportedAtTheOriginalAddress) {
  FakeProgram program = beyond_entry();
  const Address go = program.quad(0);
  program.wait_for(go);
  const Address load = program.load(Reg::Rbx, FakeProgram::kDataBase + 0x4000000);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {});
  b.attach(pid, {.signals = true});
  a.insert(pid, load);
  a.answer = [](const Event&) { return Verdict::keep(); };
  set_quad(a, go, 1);
  wait_reports(b, 1);
  EXPECT_EQ(std::get<event::Signal>(b.last().detail).number, SIGSEGV);
  EXPECT_EQ(b.last().pc, load);
  EXPECT_EQ(b.pc(leader), load);
  b.go(leader, {.signal = SIGSEGV});
  ASSERT_TRUE(until([&] { return !b.ended.empty(); }));
  EXPECT_EQ(b.ended[0].second.term_signal(), SIGSEGV);
}

TEST_P(Breakpoints, A33_ASignalAtABreakpointIsHandledFirstAndTheInstructionRunsOnce) {
  const FakeProgram program = signalling();
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, {});
  stop(a, leader);
  a.insert(pid, program.symbol("after"));
  a.insert(pid, program.symbol("tgkill"));
  const std::uint64_t before = quad(program.symbol("handled"));
  a.answer = [](const Event&) { return Verdict::keep(); };
  a.go(leader);
  wait_reports(a, 40);
  stop(a, leader);
  const auto rounds = static_cast<double>(a.reports.size()) / 2;  // a thread that takes its signal at "after" comes back to it
  const auto handled = static_cast<double>(quad(program.symbol("handled")) - before);
  EXPECT_GE(handled, rounds / 2);
  EXPECT_LE(handled, rounds + 1);
}

TEST_P(Breakpoints, A35_WhatCannotRunElsewhereIsSteppedInLineWithTheOthersStopped) {
  FakeProgram program = beyond_entry();
  const Address count = program.quad(0);
  const auto work = program.new_label(), handler = program.new_label(), other = program.new_label();
  const Address go = program.quad(0);
  program.set_handler(SIGTRAP, handler, SA_NODEFER);
  program.wait_for(go);
  program.clone_thread(other, program.space(512) + 512);
  program.jmp(work);
  program.bind(handler);
  program.inc(Reg::R15);
  program.ret();
  program.bind(work);
  const Address trap = program.int3();
  program.inc(Reg::Rbx);
  program.store(count, Reg::Rbx);
  program.jmp(work);
  program.bind(other);
  program.nop();
  program.jmp(other);
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, {});
  a.insert(pid, trap);
  a.answer = [](const Event&) { return Verdict::keep(); };
  set_quad(a, go, 1);
  wait_reports(a, 20);
  EXPECT_GE(quad(count), 18u) << "the program's own int3 reached it, and it goes on";
}

TEST_P(Breakpoints, A37_AWrittenPcIsInTheLogWithItsAuthor) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  stop(a, leader);
  stop(b, leader);
  a.set_pc(leader, program.symbol("back"));
  EXPECT_EQ(b.pc(leader), program.symbol("back")) << "simply changed for all";
  const auto entries = hub().journal().latest();
  EXPECT_TRUE(std::any_of(entries.begin(), entries.end(), [&](const JournalEntry& entry) {
    return entry.kind == "pc-written" && entry.by == a.id() && entry.tid == leader;
  }));
}

TEST_P(Breakpoints, A49_AParkedClaimKeepsItsSiteAndHitsAllThreadsButTheOneSteppedOff) {
  const FakeProgram program = threads_looping(1);
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, {});
  ASSERT_TRUE(until([&] { return hub().threads(pid).size() == 2; }));
  const Tid other = hub().threads(pid)[1];
  const Address at = program.symbol("nop");
  a.insert(pid, at);
  ASSERT_TRUE(until([&] { return a.count<event::Breakpoint>(leader) == 1; }));
  a.hold_all(pid);
  a.remove(pid, at, true);
  EXPECT_EQ(raw(at), kTrap);
  EXPECT_TRUE(hub().breakpoints().at(0).parked);
  const int before = a.count<event::Breakpoint>(other);
  a.step(leader, {.past_parked = true, .ask_again = true});
  ASSERT_TRUE(until([&] { return a.count<event::StepDone>(leader) == 1; }));
  EXPECT_EQ(a.count<event::Breakpoint>(leader), 1);
  a.go(other, {.ask_again = true});
  ASSERT_TRUE(until([&] { return a.count<event::Breakpoint>(other) == before + 1; }));
  a.drop_parked(pid);
  EXPECT_EQ(raw(at), 0x90);
}

}  // namespace
}  // namespace gdbhub::test
