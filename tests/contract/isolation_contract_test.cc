// Contract §1 on the fake and the real kernel: each engine sees its own machine.
#include "tests/contract/core_contract.h"

namespace gdbhub::test {
namespace {

class Isolation : public CoreContract {};
GDBHUB_CORE_ON_BOTH_KERNELS(Isolation);

TEST_P(Isolation, A1_AnEngineIsToldOnlyOfTheEventsInItsMask) {
  start(signalling());
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {.signals = true});
  b.attach(pid, {});
  wait_reports(a, 1);
  idle();
  EXPECT_EQ(a.count<event::Signal>(), 1);
  EXPECT_TRUE(b.reports.empty());
  EXPECT_TRUE(b.quiesced_calls.empty());
}

TEST_P(Isolation, A1_ABreakpointIsReportedToItsOwnerAndToNobodyElse) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  a.insert(pid, program.symbol("nop"));
  wait_reports(a, 1);
  EXPECT_EQ(a.last().pc, program.symbol("nop"));
  EXPECT_TRUE(b.reports.empty());
}

TEST_P(Isolation, A2_AnEngineIsNotToldThatAnotherHoldsStepsAndResumes) {
  start(counting());
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  stop(a, leader);
  for (int i = 1; i <= 3; ++i) {
    a.step(leader);
    wait_reports(a, static_cast<std::size_t>(i));
  }
  a.go(leader);
  idle();
  EXPECT_EQ(a.count<event::StepDone>(), 3);
  EXPECT_TRUE(b.reports.empty());
  EXPECT_TRUE(b.quiesced_calls.empty());
}

TEST_P(Isolation, A3_RegistersNeedAHoldOfOnesOwnInForce) {
  start(counting());
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  const auto error_of = [&](const TestEngine& engine) {
    const auto state = hub().registers(engine.id(), leader, false);
    return state.ok() ? std::nullopt : std::optional(state.error().code);
  };
  EXPECT_EQ(error_of(a), ErrorCode::NotStopped);
  a.hold(leader);
  EXPECT_EQ(error_of(a), ErrorCode::NotStopped) << "asked for is not yet in force";
  stop(a, leader);
  EXPECT_EQ(error_of(a), std::nullopt);
  EXPECT_EQ(error_of(b), ErrorCode::NotStopped) << "the hold is another's, who may end it at any time";
  EXPECT_EQ(hub().set_registers(b.id(), leader, a.registers(leader)).error().code, ErrorCode::NotStopped);
  stop(b, leader);
  a.go(leader);
  EXPECT_EQ(error_of(a), ErrorCode::NotStopped);
  EXPECT_EQ(error_of(b), std::nullopt);
}

TEST_P(Isolation, A3_MemoryMayBeReadAndWrittenWhileTheThreadRuns) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid);
  idle();
  EXPECT_GT(load<std::uint64_t>(a.memory(pid, program.symbol("count"), 8)), 0u);
  const Byte nop[] = {0x90};
  a.write(pid, program.symbol("nop"), nop);
  EXPECT_TRUE(runs(leader));
}

TEST_P(Isolation, A4_NobodyReadsATrapByte) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  stop(a, leader);
  a.insert(pid, program.symbol("inc"));
  b.insert(pid, program.symbol("nop"));
  const Bytes text = program.text();
  EXPECT_EQ(raw(program.symbol("inc")), kTrap);
  EXPECT_EQ(raw(program.symbol("nop")), kTrap);
  EXPECT_EQ(a.memory(pid, FakeProgram::kTextBase, text.size()), text);
  EXPECT_EQ(b.memory(pid, FakeProgram::kTextBase, text.size()), text);
  EXPECT_EQ(a.memory(pid, program.symbol("nop"), 1), Bytes{0x90});
}

TEST_P(Isolation, A4_AWriteOverATrapChangesWhatIsUnderItAndTheTrapStays) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  stop(b, leader);
  a.insert(pid, program.symbol("nop"));
  const Byte other[] = {0xf8};
  b.write(pid, program.symbol("nop"), other);
  EXPECT_EQ(raw(program.symbol("nop")), kTrap);
  EXPECT_EQ(a.memory(pid, program.symbol("nop"), 1), Bytes{0xf8});
  a.remove(pid, program.symbol("nop"));
  EXPECT_EQ(raw(program.symbol("nop")), 0xf8);
}

TEST_P(Isolation, A5_AProgramsOwnInt3IsASigtrapAfterIt) {
  FakeProgram program;
  const Address go = program.quad(0);
  program.wait_for(go);
  const auto loop = program.label();
  program.nop();
  const Address trap = program.int3();
  program.jmp(loop);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {.signals = true});
  b.attach(pid, {});
  set_quad(a, go, 1);
  a.answer = [](const Event&) { return Verdict{Action::Stop, HoldReason::Signal, 0}; };
  wait_reports(a, 1);
  EXPECT_EQ(std::get<event::Signal>(a.last().detail).number, SIGTRAP);
  EXPECT_EQ(a.last().pc, trap + 1);
  EXPECT_TRUE(b.reports.empty());
}

TEST_P(Isolation, A5_ATrapThatNoEngineSetKillsTheProgramAsWithoutTheHub) {
  FakeProgram program;
  const Address go = program.quad(0);
  program.wait_for(go);
  program.int3();
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, {});
  set_quad(a, go, 1);
  ASSERT_TRUE(until([&] { return !a.ended.empty(); }));
  EXPECT_EQ(a.ended[0].second.term_signal(), SIGTRAP);
}

TEST_P(Isolation, A6_TheLastToLeaveLeavesNothingBehind) {
  const FakeProgram program = counting();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid);
  b.attach(pid);
  a.insert(pid, program.symbol("nop"));
  wait_reports(a, 1);
  a.detach(pid);
  EXPECT_TRUE(is_traced());
  idle();
  b.detach(pid);
  ASSERT_TRUE(until([&] { return !hub().has_tracees(); }));
  EXPECT_FALSE(is_traced());
  Bytes text(program.text().size());
  const auto memory = world().kernel().open_memory(leader);
  ASSERT_TRUE(memory.ok());
  (*memory.value()).read(FakeProgram::kTextBase, text);
  EXPECT_EQ(text, program.text());
  const std::uint64_t count = quad(program.symbol("count"));
  idle();
  EXPECT_GT(quad(program.symbol("count")), count);
}

TEST_P(Isolation, A6_AHeldThreadRunsWhenTheLastEngineLeaves) {
  start(threads_looping(2));
  TestEngine a(hub(), "a");
  a.attach(pid);
  ASSERT_TRUE(until([&] { return hub().threads(pid).size() == 3; }));
  const auto threads = hub().threads(pid);
  a.hold_all(pid);
  idle();
  a.detach(pid);
  ASSERT_TRUE(until([&] { return !hub().has_tracees(); }));
  EXPECT_FALSE(is_traced());
  for (Tid tid : threads) EXPECT_TRUE(runs(tid));
}

}  // namespace
}  // namespace gdbhub::test
