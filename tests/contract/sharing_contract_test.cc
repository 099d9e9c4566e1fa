// Contract §1, §2, §5, §6 on the fake and the real kernel: what engines share, and who is told what about it.
#include "tests/contract/core_contract.h"

namespace gdbhub::test {
namespace {

class Sharing : public CoreContract {};
GDBHUB_CORE_ON_BOTH_KERNELS(Sharing);

Verdict pass(const Event&) { return Verdict::keep(); }

TEST_P(Sharing, A36_A49_DebugRegistersAreSharedAndParkedOnesStayReserved) {
  const FakeProgram program = looping(1);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.answer = b.answer = pass;
  a.attach(pid, {});
  b.attach(pid, {});
  const auto watch = [&](int number) {
    return HardwarePoint{HardwarePoint::Kind::Write, FakeProgram::kDataBase + 64 + 8u * static_cast<unsigned>(number), 8};
  };
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(hub().insert_hardware(a.id(), pid, watch(i)).ok());
  EXPECT_TRUE(hub().insert_hardware(b.id(), pid, watch(0)).ok()) << "an equal one is shared";
  EXPECT_EQ(hub().insert_hardware(b.id(), pid, watch(4)).error().code, ErrorCode::Busy);
  ASSERT_TRUE(hub().remove_hardware(a.id(), pid, watch(3), true).ok());
  EXPECT_EQ(hub().insert_hardware(b.id(), pid, watch(4)).error().code, ErrorCode::Busy) << "a's is parked";
  hub().drop_parked(a.id(), pid);
  const HardwarePoint turns{HardwarePoint::Kind::Write, program.symbol("turns"), 8};
  ASSERT_TRUE(hub().insert_hardware(b.id(), pid, turns).ok());
  set_quad(a, program.symbol("go"), 1);
  ASSERT_TRUE(until([&] { return hub().threads(pid).size() == 2; }));
  const Tid other = hub().threads(pid)[1];
  ASSERT_TRUE(until([&] { return b.count<event::Watchpoint>(leader) > 0 && b.count<event::Watchpoint>(other) > 0; }))
      << "a new thread has them before it runs";
  EXPECT_TRUE(a.reports.empty());
}

TEST_P(Sharing, A50_TheScratchBytesAreLeasedToTheFirstWhoWritesThere) {
  const FakeProgram program = looping(0);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {});
  b.attach(pid, {});
  const Address entry = FakeProgram::kTextBase;
  const Bytes original = a.memory(pid, entry, 8), copy = {0x90, 0x90, 0xcc};
  a.write(pid, entry, copy);
  EXPECT_EQ(b.memory(pid, entry, 8), original) << "overlaid for others";
  EXPECT_EQ(a.memory(pid, entry, 3), copy);
  EXPECT_EQ(hub().write_memory(b.id(), pid, entry, copy).error().code, ErrorCode::Busy);
  a.write(pid, entry, ByteSpan(original).first(3));
  b.write(pid, entry, copy);
  EXPECT_EQ(a.memory(pid, entry, 8), original);
  b.disconnect();
  EXPECT_EQ(a.memory(pid, entry, 8), original);
  EXPECT_EQ(quad(entry), load<std::uint64_t>(original)) << "it is put back when the lessee leaves";
}

TEST_P(Sharing, A40_A23_WhatEnginesDoIsInTheLogAndAWaitingOneDelaysNobodyElsesReports) {
  const FakeProgram program = looping(1);
  start(program);
  TestEngine slow(hub(), "slow"), quick(hub(), "quick");
  slow.attach(pid, {});
  quick.attach(pid, {});
  quick.answer = pass;
  slow.insert(pid, program.symbol("inc"));
  quick.insert(pid, program.symbol("nop"));
  set_quad(slow, program.symbol("go"), 1);
  // `slow` says Stop to each of the two threads and does not come back; that is a hold, not a wait of the hub's.
  wait_for<event::Breakpoint>(slow, 2);
  const std::size_t before = quick.reports.size();
  slow.go_all(pid);
  ASSERT_TRUE(until([&] { return quick.reports.size() >= before + 2; }));
  int stopped = 0, attached = 0;
  for (const JournalEntry& entry : hub().journal().latest()) {
    stopped += entry.kind == "stopped" && entry.by == slow.id() && entry.pid == pid && entry.tid != Tid{} ? 1 : 0;
    attached += entry.kind == "attached" ? 1 : 0;
  }
  EXPECT_GE(stopped, 2);
  EXPECT_EQ(attached, 2);
}

TEST_P(Sharing, A11_TheOthersHitComesWhenTheThreadIsNextResumed) {
  const FakeProgram program = looping(0);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {});
  b.attach(pid, {});
  a.insert(pid, program.symbol("inc"));
  b.insert(pid, program.symbol("nop"));
  set_quad(a, program.symbol("go"), 1);
  wait_for<event::Breakpoint>(a);
  a.step(leader);
  wait_for<event::StepDone>(a);
  EXPECT_EQ(a.pc(leader), program.symbol("nop"));
  idle();
  EXPECT_TRUE(b.reports.empty());
  a.go(leader);
  wait_for<event::Breakpoint>(b);
  EXPECT_EQ(b.pc(leader), program.symbol("nop")) << "before the instruction runs";
  EXPECT_EQ(quad(program.symbol("turns")), 0u);
}

TEST_P(Sharing, A41_WhoJoinsARunningProcessGetsAStopOfItsOwnAndDisturbsNobody) {
  const FakeProgram program = looping(1);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b"), observer(hub(), "observer", Role::Observer);
  a.attach(pid, {});
  set_quad(a, program.symbol("go"), 1);
  ASSERT_TRUE(until([&] { return hub().threads(pid).size() == 2; }));
  b.attach(pid, {});
  stop_all(b);
  observer.attach(pid, {});
  observer.answer = [&](const Event& event) {
    EXPECT_TRUE(hub().registers(observer.id(), event.tid, false).ok()) << "a snapshot";
    return Verdict::keep();
  };
  b.go_all(pid);
  observer.control(leader, Action::Interrupt);
  wait_for<event::Interrupted>(observer);
  EXPECT_TRUE(a.reports.empty());
  const std::uint64_t turns = quad(program.symbol("turns"));
  ASSERT_TRUE(until([&] { return quad(program.symbol("turns")) > turns; }));
}

TEST_P(Sharing, A7_A14_WhoWaitsForAHoldIsToldAfterASecond) {
  const FakeProgram program = looping(0);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {});
  b.attach(pid, {});
  stop(a, leader);
  stop(b, leader);
  a.go(leader);
  advance(std::chrono::milliseconds(900));
  EXPECT_TRUE(a.waits.empty());
  advance(std::chrono::milliseconds(1100));
  ASSERT_EQ(a.waits.size(), 1u);
  EXPECT_EQ(a.waits[0].at(0).engine, b.id());
  EXPECT_EQ(a.waits[0].at(0).reason, HoldReason::Interrupt);
}

}  // namespace
}  // namespace gdbhub::test
