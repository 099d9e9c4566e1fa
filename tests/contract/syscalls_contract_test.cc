// Contract §3 on the fake and the real kernel: system calls that engines catch.
#include "tests/contract/catching.h"
#include "tests/contract/core_contract.h"

namespace gdbhub::test {
namespace {

class Syscalls : public CoreContract {};
GDBHUB_CORE_ON_BOTH_KERNELS(Syscalls);

const SyscallSet kGettid{SYS_gettid};

/// Waits for "go", then for ever: gettid ("call", with 11 to 16 as its arguments), r13 := what it returned, stored in "result".
FakeProgram calling(long number = SYS_gettid) {
  FakeProgram p;
  const Address go = p.quad(0, "go"), result = p.quad(0, "result"), rounds = p.quad(0, "rounds");
  p.wait_for(go);
  const auto loop = p.label();
  const Reg arguments[] = {Reg::Rdi, Reg::Rsi, Reg::Rdx, Reg::R10, Reg::R8, Reg::R9};
  std::uint32_t value = 11;
  for (Reg reg : arguments) p.mov_imm32(reg, value++);
  p.mov_imm32(Reg::Rax, static_cast<std::uint32_t>(number));
  p.symbol("call");
  p.syscall();
  p.symbol("after");
  p.mov(Reg::R13, Reg::Rax);
  p.store(result, Reg::R13);
  p.load(Reg::R14, rounds);
  p.inc(Reg::R14);
  p.store(rounds, Reg::R14);
  p.jmp(loop);
  return p;
}

TEST_P(Syscalls, A15_EntryAndExitAreReportedWithWhatTheyAreAbout) {
  const FakeProgram program = calling();
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, catching(kGettid));
  set_quad(a, program.symbol("go"), 1);
  wait_reports(a, 1);
  const auto* entry = std::get_if<event::SyscallEntry>(&a.last().detail);
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->number, SYS_gettid);
  EXPECT_EQ(entry->arguments, (std::array<std::uint64_t, 6>{11, 12, 13, 14, 15, 16}));
  EXPECT_FALSE(entry->repeated);
  EXPECT_EQ(a.last().pc, program.symbol("after"));
  a.answer = [](const Event& event) {
    return std::holds_alternative<event::SyscallEntry>(event.detail) ? Verdict::keep() : Verdict::stop(HoldReason::Syscall);
  };
  a.go(leader);
  wait_for<event::SyscallExit>(a);
  const auto exit = std::get<event::SyscallExit>(a.last().detail);
  EXPECT_EQ(exit.number, SYS_gettid);
  EXPECT_EQ(exit.result, leader.value);
  EXPECT_EQ(a.last().pc, program.symbol("after"));
}

TEST_P(Syscalls, A1_OnlyTheCallsInTheMaskAreReported) {
  const FakeProgram program = calling();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b"), c(hub(), "c");
  for (TestEngine* engine : {&a, &b, &c}) engine->answer = [](const Event&) { return Verdict::keep(); };
  a.attach(pid, catching({SYS_getpid, SYS_write}));
  b.attach(pid, catching({}, kGettid));
  c.attach(pid, {});
  set_quad(a, program.symbol("go"), 1);
  wait_reports(b, 3);
  EXPECT_EQ(b.count<event::SyscallEntry>(), 0);
  EXPECT_TRUE(a.reports.empty());
  EXPECT_TRUE(c.reports.empty());
}

TEST_P(Syscalls, A6_WhenNobodyCatchesAnyMoreNoCallStopsTheThread) {
  const FakeProgram program = calling();
  start(program);
  TestEngine a(hub(), "a");
  a.answer = [](const Event&) { return Verdict::keep(); };
  a.attach(pid, catching(SyscallSet::all()));
  set_quad(a, program.symbol("go"), 1);
  wait_reports(a, 4);
  a.set_events(pid, {});
  const std::uint64_t rounds = quad(program.symbol("rounds"));
  a.reports.clear();
  ASSERT_TRUE(until([&] { return quad(program.symbol("rounds")) > rounds + 10; }));
  EXPECT_TRUE(a.reports.empty());
}

TEST_P(Syscalls, A16_AtTheEntryTheFirstToAttachIsAskedLast) {
  const FakeProgram program = calling();
  start(program);
  std::string order;
  TestEngine a(hub(), "a"), b(hub(), "b"), c(hub(), "c");
  const auto noting = [&order](char name) {
    return [&order, name](const Event& event) {
      order += std::holds_alternative<event::SyscallEntry>(event.detail) ? name : static_cast<char>(name - 'a' + 'A');
      return Verdict::keep();
    };
  };
  a.answer = noting('a');
  b.answer = noting('b');
  c.answer = noting('c');
  for (TestEngine* engine : {&a, &b, &c}) engine->attach(pid, catching(kGettid));
  set_quad(a, program.symbol("go"), 1);
  ASSERT_TRUE(until([&] { return order.size() >= 6; }));
  EXPECT_EQ(order.substr(0, 6), "cbaABC");
}

TEST_P(Syscalls, A20_AReportOfAnEntryMayAbortTheCall) {
  const FakeProgram program = calling(SYS_exit_group);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, catching({SYS_exit_group}));
  b.attach(pid, catching({SYS_exit_group}));
  a.answer = [](const Event& event) {
    Verdict verdict = Verdict::keep();
    if (std::holds_alternative<event::SyscallEntry>(event.detail)) verdict.aborted_with = -77;
    return verdict;
  };
  b.answer = [](const Event&) { return Verdict::keep(); };
  set_quad(a, program.symbol("go"), 1);
  wait_for<event::SyscallExit>(b, 2);
  const auto exit = std::get<event::SyscallExit>(b.last().detail);
  EXPECT_EQ(exit.number, SYS_exit_group) << "as it was at the entry";
  EXPECT_EQ(exit.result, -77);
  EXPECT_EQ(quad(program.symbol("result")), static_cast<std::uint64_t>(-77));
}

TEST_P(Syscalls, A20_AfterAStopAtTheEntryItIsReportedAgainWithWhatTheRegistersAreThen) {
  const FakeProgram program = calling();
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.answer = b.answer = [](const Event& event) {
    const auto* entry = std::get_if<event::SyscallEntry>(&event.detail);
    return entry != nullptr && !entry->repeated ? Verdict::stop(HoldReason::Syscall) : Verdict::keep();
  };
  a.attach(pid, catching(kGettid));
  b.attach(pid, catching({SYS_gettid, SYS_getpid}));
  set_quad(a, program.symbol("go"), 1);
  wait_reports(b, 1);
  wait_reports(a, 1);
  RegisterState state = a.registers(leader);
  state.general.orig_rax = SYS_getpid;
  state.general.rdi = 99;
  ASSERT_TRUE(hub().set_registers(a.id(), leader, state));
  a.go(leader);
  idle();
  EXPECT_EQ(b.reports.size(), 1u) << "b still holds it";
  b.go(leader);
  wait_reports(b, 2);
  const auto again = std::get<event::SyscallEntry>(b.reports[1].detail);
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.number, SYS_getpid);
  EXPECT_EQ(again.arguments[0], 99u);
  wait_for<event::SyscallExit>(b);
  EXPECT_EQ(std::get<event::SyscallExit>(b.reports[2].detail).number, SYS_getpid);
  EXPECT_EQ(a.count<event::SyscallExit>(), 0) << "it is another call now";
}

/// a steps over the call, which b may catch.
class StepOverASyscall : public CoreContract {};
GDBHUB_CORE_ON_BOTH_KERNELS(StepOverASyscall);

TEST_P(StepOverASyscall, A10_ThatAnotherCatchesAtEntryAndExitEndsOnceAfterTheInstruction) {
  for (const bool with_breakpoint : {false, true}) {
    const FakeProgram program = calling();
    start(program);
    TestEngine a(hub(), "a"), b(hub(), "b");
    a.attach(pid, {});
    b.attach(pid, catching(kGettid));
    b.answer = [](const Event& event) {
      const auto* entry = std::get_if<event::SyscallEntry>(&event.detail);
      return entry != nullptr && entry->repeated ? Verdict::keep() : Verdict::stop(HoldReason::Syscall);
    };
    a.insert(pid, program.symbol("call"));
    set_quad(a, program.symbol("go"), 1);
    wait_reports(a, 1);
    if (!with_breakpoint) a.remove(pid, program.symbol("call"));
    a.step(leader);
    wait_for<event::SyscallEntry>(b);
    EXPECT_EQ(a.count<event::StepDone>(), 0);
    b.go(leader);
    wait_for<event::SyscallExit>(b);
    wait_for<event::StepDone>(a);
    EXPECT_EQ(a.pc(leader), program.symbol("after"));
    EXPECT_EQ(a.registers(leader).general.rax, static_cast<std::uint64_t>(leader.value));
    b.go(leader);
    idle();
    EXPECT_EQ(a.count<event::StepDone>(), 1);
    EXPECT_EQ(b.count<event::SyscallEntry>(), 2) << "once, and once more after the stop (A20)";
  }
}

TEST_P(StepOverASyscall, A10_ThatItCatchesItselfEndsWithTheReportOfItsExit) {
  const FakeProgram program = calling();
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, catching({}, kGettid));
  a.insert(pid, program.symbol("call"));
  set_quad(a, program.symbol("go"), 1);
  wait_reports(a, 1);
  a.step(leader);
  wait_reports(a, 2);
  EXPECT_EQ(a.count<event::SyscallExit>(), 1);
  idle();
  EXPECT_EQ(a.count<event::StepDone>(), 0) << "who is told of the exit knows that the step is done";
}

TEST_P(Syscalls, A15_AnExecIsACallToo) {
  world().install("other", calling());
  FakeProgram program;
  const Address go = program.quad(0);
  program.wait_for(go);
  program.execve(world().path_of("other"));
  start(program);
  TestEngine a(hub(), "a");
  EventSet events = catching({SYS_execve});
  events.execs = true;
  a.attach(pid, events);
  std::string order;
  a.answer = [&](const Event& event) {
    order += std::holds_alternative<event::SyscallEntry>(event.detail)  ? 'e'
             : std::holds_alternative<event::Execed>(event.detail)      ? 'X'
             : std::holds_alternative<event::SyscallExit>(event.detail) ? 'x'
                                                                        : '?';
    return Verdict::keep();
  };
  set_quad(a, go, 1);
  wait_reports(a, 3);
  EXPECT_EQ(order, "eXx");
  EXPECT_EQ(std::get<event::SyscallExit>(a.last().detail).result, 0);
}

TEST_P(Syscalls, A15_AVforkIsACallWhoseExitComesAfterTheChildsExec) {
  FakeProgram program;
  const Address go = program.quad(0);
  const auto child = program.new_label();
  program.wait_for(go);
  program.call_kernel(SYS_vfork);
  program.cmp(Reg::Rax, 0);
  program.je(child);
  const auto loop = program.label();
  program.nop();
  program.jmp(loop);
  program.bind(child);
  program.exit_group(3);
  start(program);
  TestEngine a(hub(), "a");
  a.answer = [](const Event&) { return Verdict::keep(); };
  a.attach(pid, catching({SYS_vfork}));
  set_quad(a, go, 1);
  wait_reports(a, 2);
  EXPECT_EQ(a.count<event::SyscallEntry>(), 1);
  EXPECT_EQ(std::get<event::SyscallExit>(a.reports[1].detail).number, SYS_vfork);
  EXPECT_GT(std::get<event::SyscallExit>(a.reports[1].detail).result, 0);
}

}  // namespace
}  // namespace gdbhub::test
