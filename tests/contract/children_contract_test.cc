// Contract A22 on the fake and the real kernel: every way to make a child, with breakpoints and watchpoints in it.
#include <sched.h>

#include "tests/contract/core_contract.h"

namespace gdbhub::test {
namespace {

class Children : public CoreContract {};
GDBHUB_CORE_ON_BOTH_KERNELS(Children);

Verdict pass(const Event&) { return Verdict::keep(); }

/// Waits for "go", makes a child by `call`; the child goes over "child" and exits with 3; the parent, in "turns", over "parent".
FakeProgram having_a_child(long call, std::uint64_t flags = 0) {
  FakeProgram p;
  const Address go = p.quad(0, "go"), turns = p.quad(0, "turns");
  const auto child = p.new_label(), past = p.new_label();
  p.jmp(past);
  for (int i = 0; i < 40; ++i) p.nop();
  p.bind(past);
  p.wait_for(go);
  p.mov_imm(Reg::Rdi, flags);
  p.mov_imm32(Reg::Rsi, 0);
  p.mov_imm32(Reg::Rdx, 0);
  p.mov_imm32(Reg::R10, 0);
  p.mov_imm32(Reg::R8, 0);
  p.call_kernel(call);
  p.cmp(Reg::Rax, 0);
  p.je(child);
  const auto loop = p.label();
  p.symbol("parent");
  p.nop();
  p.load(Reg::R14, turns);
  p.inc(Reg::R14);
  p.store(turns, Reg::R14);
  p.jmp(loop);
  p.bind(child);
  p.symbol("child");
  p.nop();
  p.nop();
  p.symbol("leave");
  p.exit_group(3);
  return p;
}

struct Way {
  long call;
  std::uint64_t flags;
  bool shares_memory;
};

constexpr Way kWays[] = {
    {SYS_fork, 0, false},
    {SYS_vfork, 0, true},
    {SYS_clone, SIGCHLD, false},
    {SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, true},  // posix_spawn(3)
    {SYS_clone, CLONE_VFORK | SIGCHLD, false},
};

TEST_P(Children, A22_EveryKindOfChildWithTheBreakpointsOfTwoAndOneThatFollows) {
  for (const Way& way : kWays) {
    SCOPED_TRACE("call " + std::to_string(way.call) + ", flags " + std::to_string(way.flags));
    const FakeProgram program = having_a_child(way.call, way.flags);
    start(program);
    TestEngine a(hub(), "a"), b(hub(), "b");
    a.attach(pid, {.forks = true});
    b.attach(pid, {});
    a.insert(pid, program.symbol("child"));
    b.insert(pid, program.symbol("child") + 1);
    b.insert(pid, program.symbol("parent"));
    b.answer = pass;
    set_quad(a, program.symbol("go"), 1);
    wait_for<event::Forked>(a);
    const Pid child = std::get<event::Forked>(a.last().detail).child;
    EXPECT_FALSE(hub().attached(b.id(), child));
    EXPECT_EQ(a.memory(child, program.symbol("child"), 2), (Bytes{0x90, 0x90})) << "A4";
    a.go(leader);
    a.go(leader_of(child));
    ASSERT_TRUE(until([&] { return a.count<event::Breakpoint>(leader_of(child)) == 1; }));
    a.answer = pass;
    a.go(leader_of(child));
    ASSERT_TRUE(until([&] { return a.ended.size() == 1; }));
    EXPECT_EQ(a.ended[0], std::pair(child, WaitStatus::exited(3)));
    EXPECT_EQ(b.count<event::Breakpoint>(leader_of(child)), 0);
    ASSERT_TRUE(until([&] { return b.count<event::Breakpoint>(leader) > 2; })) << "b's in the parent is whole";
    EXPECT_EQ(a.count<event::Breakpoint>(leader), 0);
  }
}

TEST_P(Children, A26_AVforkChildWhoseParentIsKilledKeepsNoTrapOfWhoWasNotAttachedToIt) {
  const FakeProgram program = having_a_child(SYS_vfork);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {.forks = true});
  b.attach(pid, {});
  b.insert(pid, program.symbol("leave"));
  set_quad(a, program.symbol("go"), 1);
  wait_for<event::Forked>(a);
  const Pid child = std::get<event::Forked>(a.last().detail).child;
  a.insert(child, program.symbol("child"));
  kill(SIGKILL);
  ASSERT_TRUE(until([&] { return !b.ended.empty(); }));
  EXPECT_NE(raw(program.symbol("leave"), child), kTrap);
  EXPECT_EQ(raw(program.symbol("child"), child), kTrap) << "a's own stands";
  a.must_succeed = false;
  a.detach(child);
}

TEST_P(Children, A22_AChildWhoseFollowerLeavesBeforeItIsToldIsNotKept) {
  const FakeProgram program = having_a_child(SYS_fork);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {.forks = true});
  b.attach(pid, {});
  set_quad(a, program.symbol("go"), 1);
  for (int i = 0; i < 50; ++i) world().let_run();  // it forks, and the hub has not looked yet
  a.hold(leader);                                  // to which the fork will be told when a lets go
  ASSERT_TRUE(until([&] { return a.held(leader); }));
  ASSERT_EQ(a.count<event::Forked>(), 0);
  ASSERT_EQ(hub().processes().size(), 2u);
  a.detach(pid);
  EXPECT_TRUE(until([&] { return hub().processes().size() == 1; })) << "the child is let go";
  EXPECT_TRUE(a.reports.empty() && b.reports.empty());
  EXPECT_TRUE(runs(leader));
}

TEST_P(Children, A22_EveryKindOfChildThatNobodyFollows) {
  for (const Way& way : kWays) {
    SCOPED_TRACE("call " + std::to_string(way.call) + ", flags " + std::to_string(way.flags));
    const FakeProgram program = having_a_child(way.call, way.flags);
    start(program);
    TestEngine a(hub(), "a"), b(hub(), "b");
    for (TestEngine* engine : {&a, &b}) {
      engine->answer = pass;
      engine->attach(pid, {});
      engine->insert(pid, program.symbol("child"));
      engine->insert(pid, program.symbol("parent"));
    }
    b.insert(pid, program.symbol("leave"));
    set_quad(a, program.symbol("go"), 1);
    ASSERT_TRUE(until([&] { return a.count<event::Breakpoint>() > 2 && b.count<event::Breakpoint>() > 2; }));
    for (TestEngine* engine : {&a, &b})
      for (const Event& event : engine->reports) EXPECT_EQ(event.pid, pid);
    EXPECT_EQ(hub().processes().size(), 1u);
  }
}

TEST_P(Children, A22_AWatchpointIsInTheFollowedChildToo) {
  FakeProgram program;
  const Address go = program.quad(0), seen = program.quad(0);
  const auto child = program.new_label();
  program.wait_for(go);
  program.call_kernel(SYS_fork);
  program.cmp(Reg::Rax, 0);
  program.je(child);
  const auto loop = program.label();
  program.nop();
  program.jmp(loop);
  program.bind(child);
  program.set(seen);
  program.exit_group(3);
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, {.forks = true});
  set_quad(a, go, 1);
  const HardwarePoint point{HardwarePoint::Kind::Write, seen, 8};
  ASSERT_TRUE(hub().insert_hardware(a.id(), pid, point).ok());
  wait_for<event::Forked>(a);
  const Pid born = std::get<event::Forked>(a.last().detail).child;
  a.go(leader);
  a.go(leader_of(born));
  wait_for<event::Watchpoint>(a);
  EXPECT_EQ(a.last().pid, born);
  EXPECT_EQ(std::get<event::Watchpoint>(a.last().detail).data, seen);
  ASSERT_TRUE(hub().remove_hardware(a.id(), born, point, false).ok());
  a.go(leader_of(born));
  ASSERT_TRUE(until([&] { return a.ended.size() == 1; }));
}

}  // namespace
}  // namespace gdbhub::test
