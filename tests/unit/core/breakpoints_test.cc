// Contract §5: one location, many owners; nobody runs past it; what is put back.
#include "tests/unit/core/core_test.h"

namespace gdbhub::test {
namespace {

class Breakpoints : public CoreTest {
 protected:
  void poke(Address at, Byte byte) {
    auto memory = h.kernel.open_memory(leader);
    ASSERT_TRUE(memory.ok());
    ASSERT_EQ((*memory)->write(at, {&byte, 1}), 1u);
  }
};

TEST_F(Breakpoints, A30_AByteThatIsNoTrapAnyMoreIsNotRestored) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(h.hub, "a");
  a.attach(pid);
  stop(a, leader);
  a.insert(pid, program.symbol("nop"));
  poke(program.symbol("nop"), 0xf8);  // the program writes over it
  EXPECT_EQ(a.memory(pid, program.symbol("nop"), 1), Bytes{0xf8});
  a.remove(pid, program.symbol("nop"));
  EXPECT_EQ(raw(program.symbol("nop")), 0xf8);
}

TEST_F(Breakpoints, A30_AnAddressThatIsNotMappedIsRefused) {
  start(counting());
  TestEngine a(h.hub, "a");
  a.attach(pid);
  EXPECT_EQ(h.hub.insert_breakpoint(a.id(), pid, Address{0x10}).error().code, ErrorCode::BadMemory);
  EXPECT_TRUE(h.hub.breakpoints().empty());
}

TEST_F(Breakpoints, A32_TheHubStopsNobodyForAStepOver) {
  const FakeProgram program = threads_looping(2);
  start(program);
  TestEngine a(h.hub, "a");
  a.attach(pid, {});
  a.answer = [](const Event&) { return Verdict::keep(); };
  ASSERT_TRUE(h.until([&] { return h.hub.threads(pid).size() == 3; }));
  const auto interrupts = h.kernel.counters().interrupts;
  a.insert(pid, program.symbol("inc"));
  wait_reports(a, 50);
  EXPECT_EQ(h.kernel.counters().interrupts, interrupts);
}

TEST_F(Breakpoints, A34_AThreadWhoseTrapIsGoneWhenItIsHandledGoesOn) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid);
  b.attach(pid);
  a.insert(pid, program.symbol("nop"));
  while (h.kernel.state_of(leader) != TaskState::Traced) h.kernel.step_world();  // and the hub has not looked
  a.remove(pid, program.symbol("nop"));
  EXPECT_TRUE(runs(leader));
  EXPECT_TRUE(a.reports.empty());
  EXPECT_TRUE(b.reports.empty());
}

TEST_F(Breakpoints, A34_WhenOneOfTwoOwnersRemovesItsOwnTheOtherStillGetsItsHit) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  a.attach(pid);
  b.attach(pid);
  a.insert(pid, program.symbol("nop"));
  b.insert(pid, program.symbol("nop"));
  while (h.kernel.state_of(leader) != TaskState::Traced) h.kernel.step_world();
  a.remove(pid, program.symbol("nop"));
  wait_reports(b, 1);
  EXPECT_TRUE(a.reports.empty());
}

}  // namespace
}  // namespace gdbhub::test
