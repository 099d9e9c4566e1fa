// Contract §5 and §6: what engines do can be read afterwards.
#include <algorithm>
#include <array>
#include <cstdio>

#include "tests/contract/core_contract.h"

namespace gdbhub::test {
namespace {

class JournalOfDeeds : public CoreContract {
 protected:
  /// The texts of a kind, each with a newline.
  std::string lines(std::string_view kind) {
    std::string text;
    for (const JournalEntry& entry : hub().journal().latest())
      if (entry.kind == kind) text += entry.text() + "\n";
    return text;
  }
  static std::string hex(Address at) {
    char text[32];
    std::snprintf(text, sizeof text, "%#llx", static_cast<unsigned long long>(at.value));
    return text;
  }
};
GDBHUB_CORE_ON_BOTH_KERNELS(JournalOfDeeds);

TEST_P(JournalOfDeeds, A40_BreakpointsAreThereWithTheirAddressAndOwnerAndParkedOnesOnlyWhenTheyGo) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {});
  b.attach(pid, {});
  stop(a, leader);
  const Address nop = program.symbol("nop"), inc = program.symbol("inc");
  const std::string by_a = ", by " + hub().name_of(a.id()) + "\n";
  a.insert(pid, nop);
  a.insert(pid, nop);
  EXPECT_EQ(lines("breakpoint"), "at " + hex(nop) + by_a) << "set twice is set once";
  a.remove(pid, nop, true);
  a.insert(pid, nop);  // gdb's prompt: no news (A49)
  EXPECT_EQ(lines("breakpoint"), "at " + hex(nop) + by_a);
  EXPECT_EQ(lines("breakpoint-removed"), "");
  a.remove(pid, nop, true);
  a.drop_parked(pid);
  EXPECT_EQ(lines("breakpoint-removed"), "at " + hex(nop) + by_a);
  b.insert(pid, inc);
  b.remove(pid, inc);
  b.remove(pid, inc);
  EXPECT_EQ(lines("breakpoint-removed"), "at " + hex(nop) + by_a + "at " + hex(inc) + ", by " + hub().name_of(b.id()) + "\n");
}

TEST_P(JournalOfDeeds, A40_WatchpointsAreThere) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, {});
  const Address count = program.symbol("count");
  const HardwarePoint watched{HardwarePoint::Kind::Write, count, 8};
  ASSERT_TRUE(hub().insert_hardware(a.id(), pid, watched));
  ASSERT_TRUE(hub().insert_hardware(a.id(), pid, watched));
  EXPECT_EQ(lines("watchpoint"), "writes of 8 bytes at " + hex(count) + ", by " + hub().name_of(a.id()) + "\n");
  ASSERT_TRUE(hub().remove_hardware(a.id(), pid, watched, false));
  EXPECT_EQ(lines("watchpoint-removed"), lines("watchpoint"));
}

TEST_P(JournalOfDeeds, A40_WhatIsLetRunIsOneLineForAllThreadsOfARequest) {
  const FakeProgram program = threads_looping(2);
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, {});
  ASSERT_TRUE(until([&] { return hub().threads(pid).size() == 3; }));
  stop_all(a);
  a.go_all(pid);
  EXPECT_EQ(lines("resumed"), "by " + hub().name_of(a.id()) + ": runs on, 3 threads\n");
  stop(a, leader);
  a.answer = [](const Event&) { return Verdict::stop(HoldReason::Step); };
  a.step(leader);
  wait_for<event::StepDone>(a);
  EXPECT_EQ(lines("resumed"), "by " + hub().name_of(a.id()) + ": runs on, 3 threads\nby " + hub().name_of(a.id()) + ": one instruction\n");
  EXPECT_NE(lines("stopped").find("by " + hub().name_of(a.id()) + ": has stepped"), std::string::npos);
}

TEST_P(JournalOfDeeds, A40_WhatEnginesDoAllTheTimeDoesNotPushOutTheRest) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, {});
  stop(a, leader);
  if (is_real()) return;  // a matter of the journal, not of the kernel
  for (int i = 0; i < 2100; ++i) {  // 4,200 lines
    a.step(leader);
    ASSERT_TRUE(until([&] { return a.held(leader); }));
  }
  EXPECT_NE(lines("attached"), "");
  const std::vector<JournalEntry> last = hub().journal().latest(10);
  ASSERT_EQ(last.size(), 10u);
  EXPECT_EQ(last.back().number, hub().journal().last_number());
  for (std::size_t i = 1; i < last.size(); ++i) EXPECT_EQ(last[i].number, last[i - 1].number + 1);
}

TEST_P(JournalOfDeeds, A37_WrittenMemoryIsALineWithItsAuthor) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {});
  b.attach(pid, {});
  const Address count = program.symbol("count");
  const std::array<Byte, 4> bytes{1, 2, 3, 4};
  b.write(pid, count, bytes);
  EXPECT_EQ(lines("memory-written"), "4 bytes at " + hex(count) + ", by " + hub().name_of(b.id()) + "\n");
  const auto entries = hub().journal().latest();
  const auto written = std::find_if(entries.begin(), entries.end(), [](const auto& entry) { return entry.kind == "memory-written"; });
  ASSERT_NE(written, entries.end());
  EXPECT_EQ(written->by, b.id());
}

TEST_P(JournalOfDeeds, A40_ADetachAndAKillAreThereWithTheirAuthor) {
  start(counting());
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {});
  b.attach(pid, {});
  b.detach(pid);
  EXPECT_EQ(lines("detached"), hub().name_of(b.id()) + "\n");
  ASSERT_TRUE(hub().kill(a.id(), pid, false));
  ASSERT_TRUE(until([&] { return !a.ended.empty(); }));
  EXPECT_EQ(lines("kill"), "by " + hub().name_of(a.id()) + "\n");
}

}  // namespace
}  // namespace gdbhub::test
