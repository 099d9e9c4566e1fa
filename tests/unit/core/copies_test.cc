// Copies that threads run through without a stop: they cost one stop a hit, nobody sees them, and they outlive their breakpoint
// as long as a thread may be in one (A26, A32, A33).
#include <random>

#include "engines/core/copy_slots.h"
#include "tests/unit/core/core_test.h"

namespace gdbhub::test {
namespace {

using Copies = CoreTest;

Verdict go_on(const Event&) { return Verdict::keep(); }

bool in_text(const FakeProgram& program, Address pc) {
  return pc.value >= FakeProgram::kTextBase.value && pc <= program.symbol("back") + 5;
}

TEST_F(Copies, A32_AHitOfACopiedInstructionCostsOneStop) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(h.hub, "a");
  a.attach(pid, {});
  a.insert(pid, program.symbol("inc"));
  a.answer = go_on;
  wait_reports(a, 5);  // by then there is a copy
  const auto before = h.kernel.counters();
  const std::size_t reports = a.reports.size();
  wait_reports(a, reports + 50);
  EXPECT_LE(h.kernel.counters().stops - before.stops, 51u);
  EXPECT_EQ(h.kernel.counters().steps, before.steps);
  EXPECT_EQ(h.kernel.counters().memory_writes, before.memory_writes);
}

// Each seed is another place to be interrupted at: before, in and after the copy.
TEST_F(Copies, A33_WhoeverStopsAThreadInACopySeesTheOriginalAddress) {
  const FakeProgram program = counting();
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CoreHarness world(seed);
    const Pid one = world.start(program);
    const Tid tid = leader_of(one);
    TestEngine a(world.hub, "a"), b(world.hub, "b");
    a.attach(one, {});
    b.attach(one, {});
    for (const char* place : {"inc", "store"}) a.insert(one, program.symbol(place));
    a.answer = go_on;
    ASSERT_TRUE(world.until([&] { return a.reports.size() >= 6; }));
    std::mt19937_64 random(seed);
    for (int round = 0; round < 10; ++round) {
      world.turns(static_cast<int>(random() % 7));
      b.hold(tid);
      ASSERT_TRUE(world.until([&] { return b.held(tid); }));
      ASSERT_TRUE(in_text(program, b.pc(tid))) << std::hex << b.pc(tid).value << ", seed " << std::dec << seed;
      // Each store writes what inc has made of it: nothing was left out or done twice.
      const std::uint64_t made = b.registers(tid).general.rbx, stored = world.quad(one, program.symbol("count"));
      ASSERT_LE(made - stored, 1u) << "seed " << seed;
      // Every hit but the one under way has been told, once.
      const auto hits = static_cast<std::uint64_t>(a.count<event::Breakpoint>());
      ASSERT_LE(hits - std::min<std::uint64_t>(hits, made + stored), 1u) << "seed " << seed;
      b.go(tid);
    }
    a.disconnect();
    b.disconnect();
  }
}

TEST_F(Copies, A26_ABreakpointThatGoesWhileAThreadIsInItsCopyTakesNothingAway) {
  FakeProgram program;
  constexpr std::int8_t kRounds = 100;
  const Address count = program.quad(0, "count");
  const auto loop = program.label();
  program.symbol("inc");
  program.inc(Reg::Rbx);
  program.symbol("store");
  program.store(count, Reg::Rbx);
  program.symbol("other");
  program.inc(Reg::R13);
  program.cmp(Reg::Rbx, kRounds);
  program.jne(loop);
  program.exit_group(7);
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CoreHarness world(seed);
    const Pid one = world.start(program);
    TestEngine a(world.hub, "a"), b(world.hub, "b");
    a.attach(one, {});
    b.attach(one, {});
    a.answer = b.answer = go_on;
    std::mt19937_64 random(seed);
    // Slots go from one to the other all the time.
    while (b.ended.empty()) {
      const bool first = random() % 2 == 0;
      TestEngine& engine = first ? a : b;
      engine.must_succeed = false;
      const Address at = program.symbol(random() % 2 == 0 ? "inc" : "other");
      random() % 2 == 0 ? engine.insert(one, at) : engine.remove(one, at);
      world.turns(static_cast<int>(random() % 5));
    }
    EXPECT_EQ(b.ended[0].second, WaitStatus::exited(7)) << "seed " << seed;
    a.disconnect();
    b.disconnect();
  }
}

/// Two breakpoints: the first one's instruction is copied, if it is not a nop; the other pushes to the program's text.
void expect_the_push_to_fault(bool with_copies) {
  FakeProgram program = beyond_entry();
  const Address first = with_copies ? program.inc(Reg::Rbx) : program.nop();
  program.mov_imm(Reg::Rsp, FakeProgram::kTextBase + 64);
  const Address push = program.push(Reg::Rbp);
  CoreHarness world;
  const Pid one = world.start(program);
  TestEngine a(world.hub, "a"), b(world.hub, "b");
  a.attach(one, {});
  b.attach(one, {.signals = true});
  a.answer = go_on;
  a.insert(one, first);
  a.insert(one, push);
  const Bytes text = world.kernel.memory_of(leader_of(one), FakeProgram::kTextBase, 64);
  ASSERT_TRUE(world.until([&] { return !b.reports.empty(); }));
  EXPECT_EQ(std::get<event::Signal>(b.last().detail).number, SIGSEGV);
  EXPECT_EQ(b.last().pc, push);
  EXPECT_EQ(world.kernel.memory_of(leader_of(one), FakeProgram::kTextBase, 64), text);
  a.disconnect();
  b.disconnect();
}

TEST_F(Copies, A33_APushToAReadOnlyPageFaultsInTheProgramWhereItIsEmulated) { expect_the_push_to_fault(false); }
TEST_F(Copies, A33_APushToAReadOnlyPageFaultsInTheProgramWhereItIsCopied) { expect_the_push_to_fault(true); }

TEST_F(Copies, AProgramThatChangesItsCodeIsFollowed) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid, {});
  b.attach(pid, {});
  const Address inc = program.symbol("inc");
  a.insert(pid, inc);
  a.answer = go_on;
  wait_reports(a, 5);
  stop(b, leader);
  const Bytes code = b.memory(pid, inc, 3);
  Bytes other = code;
  other[2] = static_cast<Byte>(other[2] + 3);  // the register's number: rsi instead of rbx
  b.write(pid, inc, other);
  const std::uint64_t rbx = b.registers(leader).general.rbx;
  b.go(leader);
  wait_reports(a, a.reports.size() + 10);
  stop(b, leader);
  EXPECT_LE(b.registers(leader).general.rbx, rbx + 1);
}

TEST(CopySlots, ASlotIsFreeWhenItsLastUserHasGivenItBack) {
  core::CopySlots slots;
  EXPECT_EQ(slots.take({0x1000}), std::nullopt);
  slots.add_region({0x10000});
  const auto first = slots.take({0x20000}), second = slots.take({0x20000});
  ASSERT_TRUE(first && second);
  EXPECT_NE(*first, *second);
  slots.share(*first);
  slots.give_back(*first);
  EXPECT_NE(slots.take({0x20000}), first);
  slots.give_back(*first);
  EXPECT_EQ(slots.take({0x20000}), first);
}

TEST(CopySlots, ThereAreAsManyAsTheRegionHasAndOnlyNearIt) {
  core::CopySlots slots;
  slots.add_region({0x7f0000000000});
  EXPECT_EQ(slots.take({0x400000}), std::nullopt);
  std::uint64_t count = 0;
  while (slots.take({0x7f0000100000})) ++count;
  EXPECT_EQ(count, core::CopySlots::region_size / core::CopySlots::slot_size);
}

}  // namespace
}  // namespace gdbhub::test
