// The contract where it is hard to keep, on the fake and the real kernel: many threads, forks, execs, deaths and signals at once.
#include <sched.h>
#include <sys/mman.h>

#include "tests/contract/core_contract.h"

namespace gdbhub::test {
namespace {

class HardCases : public CoreContract {};
GDBHUB_CORE_ON_BOTH_KERNELS(HardCases);

Verdict pass(const Event&) { return Verdict::keep(); }

TEST_P(HardCases, A34_ABreakpointIsRemovedWhileTenThreadsTrapOnIt) {
  const FakeProgram program = looping(10);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {});
  b.attach(pid, {});
  set_quad(a, program.symbol("go"), 1);
  ASSERT_TRUE(until([&] { return hub().threads(pid).size() == 11; }));
  for (int round = 0; round < 3; ++round) {
    a.insert(pid, program.symbol("nop"));
    for (int turn = is_real() ? 2 : 200; turn > 0; --turn) world().let_run();  // and the hub looks at nothing
    a.remove(pid, program.symbol("nop"));
    const std::uint64_t turns = quad(program.symbol("turns"));
    ASSERT_TRUE(until([&] { return quad(program.symbol("turns")) > turns + 20; }));
  }
  EXPECT_TRUE(a.reports.empty());
  EXPECT_TRUE(a.gone.empty());
  EXPECT_EQ(a.memory(pid, program.symbol("nop"), 1), Bytes{0x90});
  // All of them run: each can be stopped, and none stands behind a trap that is gone.
  stop_all(a);
  for (Tid tid : hub().threads(pid)) EXPECT_LT(a.pc(tid) - FakeProgram::kTextBase, program.text().size());
}

TEST_P(HardCases, A30_ABreakpointInALibraryThatIsUnloadedIsNotPutIntoWhatIsMappedThere) {
  constexpr std::uint64_t kLibrary = 0x500000;
  FakeProgram program;
  const Address go = program.quad(0, "go"), again = program.quad(0, "again"), loaded = program.quad(0, "loaded");
  const auto load = [&](std::uint64_t code) {
    program.mov_imm(Reg::Rdi, kLibrary);
    program.mov_imm32(Reg::Rsi, 4096);
    program.mov_imm32(Reg::Rdx, PROT_READ | PROT_WRITE | PROT_EXEC);
    program.mov_imm32(Reg::R10, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED);
    program.mov_imm(Reg::R8, ~0ull);
    program.mov_imm32(Reg::R9, 0);
    program.call_kernel(SYS_mmap);
    program.mov_imm(Reg::Rcx, code);
    program.store(Address{kLibrary}, Reg::Rcx);
  };
  load(0x9090c3909090ull);  // nop nop nop ret
  program.set(loaded);
  program.wait_for(go);
  program.mov_imm(Reg::Rdi, kLibrary);
  program.mov_imm32(Reg::Rsi, 4096);
  program.call_kernel(SYS_munmap);
  load(0x9090c3ff48c3ff48ull);  // other instructions
  program.mov_imm32(Reg::Rax, 2);
  program.store(loaded, Reg::Rax);
  program.wait_for(again);
  const auto loop = program.label();
  program.nop();
  program.jmp(loop);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {});
  b.attach(pid, {});
  ASSERT_TRUE(until([&] { return quad(loaded) == 1; }));
  a.insert(pid, Address{kLibrary} + 1);
  b.insert(pid, Address{kLibrary} + 2);
  set_quad(a, go, 1);
  ASSERT_TRUE(until([&] { return quad(loaded) == 2; }));
  EXPECT_EQ(quad(Address{kLibrary}), 0x9090c3ff48c3ff48ull) << "nothing of the hub's is in it";
  a.remove(pid, Address{kLibrary} + 1);
  EXPECT_EQ(quad(Address{kLibrary}), 0x9090c3ff48c3ff48ull) << "nor is anything put back";
  a.insert(pid, Address{kLibrary} + 3);
  b.insert(pid, Address{kLibrary} + 2);
  EXPECT_EQ(a.memory(pid, Address{kLibrary}, 4), (Bytes{0x48, 0xff, 0xc3, 0x48}));
  a.disconnect();
  b.disconnect();
}

TEST_P(HardCases, A29_AThreadThatIsNotTheLeaderCallsExecWhileTheOthersAreHeld) {
  world().install("other", looping(0));
  FakeProgram program;
  const Address go = program.quad(0), run = program.quad(0);
  const auto work = program.new_label(), exec = program.new_label();
  program.wait_for(go);
  program.clone_thread(work, program.space(512) + 512);
  program.clone_thread(exec, program.space(512) + 512);
  program.bind(work);
  const auto loop = program.label();
  program.nop();
  program.jmp(loop);
  program.bind(exec);
  program.wait_for(run);
  program.execve(world().path_of("other"));
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {.execs = true});
  b.attach(pid, {});
  set_quad(a, go, 1);
  ASSERT_TRUE(until([&] { return hub().threads(pid).size() == 3; }));
  const std::vector<Tid> threads = hub().threads(pid);
  b.insert(pid, FakeProgram::kTextBase + 2);  // where nobody comes
  stop(a, threads[0]);
  stop(a, threads[1]);
  stop(b, threads[1]);
  set_quad(a, run, 1);
  wait_for<event::Execed>(a);
  EXPECT_EQ(std::get<event::Execed>(a.last().detail).former, threads[2]);
  EXPECT_EQ(hub().threads(pid), std::vector<Tid>{leader});
  EXPECT_TRUE(hub().attached(b.id(), pid));
  EXPECT_TRUE(hub().breakpoints().empty());
  EXPECT_EQ(a.gone.size(), 2u);
  EXPECT_EQ(b.gone.size(), 2u);
  a.go(leader);
  idle();
  stop(b, leader);
}

TEST_P(HardCases, A27_TheLeaderExitsFirstAndTheOthersGoOn) {
  FakeProgram program;
  const Address go = program.quad(0), turns = program.quad(0);
  const auto work = program.new_label();
  program.wait_for(go);
  program.clone_thread(work, program.space(512) + 512);
  program.exit(4);
  program.bind(work);
  const auto loop = program.label();
  program.inc(Reg::Rbx);
  program.store(turns, Reg::Rbx);
  program.jmp(loop);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {});
  b.attach(pid, {.threads = true});
  b.answer = pass;
  set_quad(a, go, 1);
  wait_for<event::Exiting>(b);
  EXPECT_EQ(b.count<event::Exiting>(leader), 1);
  ASSERT_TRUE(until([&] { return hub().threads(pid).size() == 2 || hub().threads(pid).size() == 1; }));
  const Tid other = hub().threads(pid).back();
  stop(a, other);
  a.hold(leader);
  // What has become a zombie does not stop, and is gone as soon as somebody looks.
  ASSERT_TRUE(until([&] {
    advance(std::chrono::milliseconds(20));
    return hub().threads(pid).size() == 1;
  }));
  a.go(other);
  kill(SIGKILL);
  ASSERT_TRUE(until([&] { return a.ended.size() == 1; }));
  EXPECT_EQ(a.ended[0].second, WaitStatus::killed(SIGKILL));
}

TEST_P(HardCases, A27_TheLeaderThatExitsFirstIsGoneThoughNobodyAsksAndTheOthersAreHeld) {
  FakeProgram program;
  const Address made = program.quad(0), go = program.quad(0);
  const auto work = program.new_label();
  program.clone_thread(work, program.space(512) + 512);
  program.set(made);
  program.wait_for(go);
  program.exit(4);
  program.bind(work);
  program.jmp(program.label());
  start(program);
  TestEngine a(hub(), "a");
  a.attach(pid, {});
  ASSERT_TRUE(until([&] { return hub().threads(pid).size() == 2; }));
  const Tid other = hub().threads(pid).back();
  stop(a, leader);  // as a debugger does: all at first, then the leader alone runs
  stop(a, other);
  set_quad(a, go, 1);
  a.go(leader);
  ASSERT_TRUE(until([&] { return !a.gone.empty(); }));
  EXPECT_EQ(a.gone[0], std::pair(leader, WaitStatus::exited(4)));
  EXPECT_EQ(hub().threads(pid), std::vector{other});
  a.go(other);
  kill(SIGKILL);
  ASSERT_TRUE(until([&] { return a.ended.size() == 1; }));
  EXPECT_EQ(a.gone.size(), 2U) << "told once";
}

TEST_P(HardCases, A27_SigkillEndsAProcessInWhateverStateItsThreadsAre) {
  const FakeProgram program = looping(3);
  enum class State { Running, Held, AtABreakpoint, Stepping, AtASyscall, JobStopped, BeingStopped };
  for (const State state : {State::Running, State::Held, State::AtABreakpoint, State::Stepping, State::AtASyscall,
                            State::JobStopped, State::BeingStopped}) {
    SCOPED_TRACE(static_cast<int>(state));
    start(program);
    TestEngine a(hub(), "a"), b(hub(), "b");
    EventSet events;
    if (state == State::AtASyscall) events.syscall_entries = {SYS_clone};
    a.attach(pid, events);
    b.attach(pid, {});
    set_quad(a, program.symbol("go"), 1);
    if (state == State::AtASyscall) {
      wait_for<event::SyscallEntry>(a);
    } else {
      ASSERT_TRUE(until([&] { return hub().threads(pid).size() == 4; }));
    }
    if (state == State::Held) stop_all(b);
    if (state == State::BeingStopped) b.hold_all(pid);
    if (state == State::AtABreakpoint || state == State::Stepping) {
      a.insert(pid, program.symbol("nop"));
      wait_for<event::Breakpoint>(a, 4);
    }
    if (state == State::Stepping)
      for (Tid tid : hub().threads(pid)) a.step(tid);
    if (state == State::JobStopped) {
      kill(SIGSTOP);
      idle();
    }
    kill(SIGKILL);
    ASSERT_TRUE(until([&] { return a.ended.size() == 1 && b.ended.size() == 1; }));
    EXPECT_EQ(a.ended[0].second, WaitStatus::killed(SIGKILL));
  }
}

TEST_P(HardCases, A26_ADetachDuringAStepOverLeavesTheProgramWhole) {
  const FakeProgram program = looping(2);
  for (int delay = 0; delay < 12; ++delay) {
    start(program);
    TestEngine a(hub(), "a"), b(hub(), "b");
    a.answer = pass;
    a.attach(pid, {});
    b.attach(pid, {});
    set_quad(a, program.symbol("go"), 1);
    for (const char* name : {"inc", "nop"}) a.insert(pid, program.symbol(name));
    a.insert(pid, program.symbol("nop") + 1);
    for (int turn = 0; turn < delay; ++turn) {
      drain();
      world().let_run();
    }
    a.detach(pid);
    const std::uint64_t turns = quad(program.symbol("turns"));
    ASSERT_TRUE(until([&] { return quad(program.symbol("turns")) > turns + 10; })) << "delay " << delay;
    EXPECT_TRUE(b.gone.empty());
    EXPECT_TRUE(hub().breakpoints().empty());
    b.disconnect();
    ASSERT_TRUE(until([&] { return !hub().has_tracees(); }));
    Bytes text(program.text().size());
    const auto memory = world().kernel().open_memory(leader);
    ASSERT_TRUE(memory.ok());
    (*memory.value()).read(FakeProgram::kTextBase, text);
    EXPECT_EQ(text, program.text()) << "A6";
  }
}

TEST_P(HardCases, A21_AThreadThatIsBornWhileAllAreBeingStoppedIsStoppedToo) {
  FakeProgram program;
  const Address go = program.quad(0), turns = program.quad(0);
  const auto work = program.new_label();
  program.wait_for(go);
  for (int i = 0; i < 6; ++i) program.clone_thread(work, program.space(512) + 512);
  program.bind(work);
  const auto loop = program.label();
  program.load(Reg::R14, turns);
  program.inc(Reg::R14);
  program.store(turns, Reg::R14);
  program.jmp(loop);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {});
  b.attach(pid, {});
  // As an all-stop client does: while it stops everything, the newborn are to stop as well.
  bool stopping = false;
  a.answer_birth = [&](Tid) { return stopping ? Action::Stop : Action::Resume; };
  set_quad(a, go, 1);
  ASSERT_TRUE(until([&] { return hub().threads(pid).size() >= 3; }));
  stopping = true;
  a.hold_all(pid);
  stop_all(a);
  const std::uint64_t stopped_at = quad(turns);
  const std::size_t threads = hub().threads(pid).size();
  idle();
  EXPECT_EQ(quad(turns), stopped_at);
  EXPECT_EQ(hub().threads(pid).size(), threads);
  stopping = false;
  a.go_all(pid);
  ASSERT_TRUE(until([&] { return hub().threads(pid).size() == 7 && quad(turns) > stopped_at; }));
}

TEST_P(HardCases, A45_TwoThatStepOverTheirBreakpointsWhileAThirdControlsThreadsOneByOne) {
  const FakeProgram program = looping(1);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b"), c(hub(), "c");
  for (TestEngine* engine : {&a, &b, &c}) engine->attach(pid, {});
  set_quad(a, program.symbol("go"), 1);
  ASSERT_TRUE(until([&] { return hub().threads(pid).size() == 2; }));
  const Tid other = hub().threads(pid)[1];
  stop_all(a);
  stop_all(b);
  stop_all(c);
  a.set_pc(leader, program.symbol("inc"));
  b.set_pc(other, program.symbol("nop"));
  a.insert(pid, program.symbol("inc"));
  b.insert(pid, program.symbol("nop"));
  const auto step_alone = [&](TestEngine& engine, Tid tid, Tid held, Address at) {
    Hub::Batch batch(hub());
    engine.remove(pid, at, true);
    engine.step(tid, {.past_parked = true});
    engine.hold(held, HoldReason::NotResumed, true);
  };
  step_alone(a, leader, other, program.symbol("inc"));
  step_alone(b, other, leader, program.symbol("nop"));
  idle();
  EXPECT_EQ(a.count<event::StepDone>() + b.count<event::StepDone>(), 0) << "c's holds are no weak ones";
  c.go(leader);
  c.go(other);
  ASSERT_TRUE(until([&] { return a.count<event::StepDone>(leader) == 1 && b.count<event::StepDone>(other) == 1; }));
  EXPECT_TRUE(c.reports.empty());
}

TEST_P(HardCases, A46_AHoldOfAVforkParentIsAnsweredWithoutWaitingForTheChild) {
  FakeProgram program;
  const Address go = program.quad(0), end = program.quad(0), after = program.quad(0);
  const auto child = program.new_label();
  program.wait_for(go);
  program.call_kernel(SYS_vfork);
  program.cmp(Reg::Rax, 0);
  program.je(child);
  program.set(after);
  const auto loop = program.label();
  program.nop();
  program.jmp(loop);
  program.bind(child);
  program.wait_for(end);
  program.exit_group(0);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {});
  b.attach(pid, {});
  set_quad(a, go, 1);
  ASSERT_TRUE(until([&] {
    for (const JournalEntry& entry : hub().journal().latest())
      if (entry.kind == "vfork") return true;
    return false;
  }));
  idle();
  a.hold(leader);
  ASSERT_TRUE(until([&] {
    advance(std::chrono::milliseconds(20));
    return a.held(leader);
  }));
  EXPECT_EQ(a.quiesced_calls.back(), std::pair(leader, true));
  EXPECT_EQ(hub().registers(a.id(), leader, false).error().code, ErrorCode::NotStopped);
  set_quad(a, end, 1);
  ASSERT_TRUE(until([&] { return hub().registers(a.id(), leader, false).ok(); }));
  EXPECT_EQ(quad(after), 0u);
  a.go(leader);
  ASSERT_TRUE(until([&] { return quad(after) == 1; }));
}

TEST_P(HardCases, A10_A47_AStepThatAGroupStopOvertakesIsNeitherLostNorASignal) {
  const FakeProgram program = looping(1);
  start(program);
  TestEngine a(hub(), "a"), b(hub(), "b");
  a.attach(pid, {.signals = true});
  b.attach(pid, {.job_control = true});
  b.answer = pass;
  a.answer = [this](const Event& event) {
    const auto* signal = std::get_if<event::Signal>(&event.detail);
    EXPECT_TRUE(signal == nullptr || signal->number != SIGTRAP) << "the step's own";
    return signal == nullptr && event.tid == leader ? Verdict::stop(HoldReason::Step) : Verdict::keep();
  };
  set_quad(a, program.symbol("go"), 1);
  ASSERT_TRUE(until([&] { return hub().threads(pid).size() == 2; }));
  const Tid other = hub().threads(pid)[1];
  a.insert(pid, program.symbol("nop"));  // stepped over in a copy, or trapped at
  stop(a, leader);
  for (int round = 1; round <= 12; ++round) {
    const int steps = a.count<event::StepDone>(leader) + a.count<event::Breakpoint>(leader);
    a.step(leader);
    for (int turn = is_real() ? 0 : round; turn > 0; --turn) world().let_run();
    ASSERT_TRUE(world().kernel().send_signal(pid, other, SIGSTOP));  // one to the process may wait for the leader, which is held
    ASSERT_TRUE(until([&] { return b.count<event::JobStopped>(other) == round; }));
    const std::uint64_t turns = quad(program.symbol("turns"));
    idle();
    EXPECT_EQ(quad(program.symbol("turns")), turns);
    kill(SIGCONT);
    ASSERT_TRUE(until([&] {
      return a.count<event::StepDone>(leader) + a.count<event::Breakpoint>(leader) > steps && a.held(leader);
    }));
    EXPECT_EQ(a.count<event::StepDone>(leader) + a.count<event::Breakpoint>(leader), steps + 1);
  }
  EXPECT_TRUE(a.gone.empty());
}

}  // namespace
}  // namespace gdbhub::test
