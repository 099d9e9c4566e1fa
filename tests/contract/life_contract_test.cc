// Threads, forks, execs, exits and kills, on the fake and on the real kernel.
#include <sys/syscall.h>

#include "tests/contract/kernel_contract.h"

namespace gdbhub::test {
namespace {

class KernelLife : public KernelContract {
 protected:
  /// Emits: a new thread that starts at `entry`, with a stack of its own.
  Address emit_thread(FakeProgram& program, FakeProgram::Label entry) {
    return program.clone_thread(entry, program.space(4096) + 4096);
  }
  static void emit_spin(FakeProgram& program) {
    const auto loop = program.label();
    program.inc(Reg::Rbx);
    program.jmp(loop);
  }
  /// Takes the reports of a clone; both stay stopped. Returns the new thread.
  Tid take_clone(Tid parent) {
    EXPECT_EQ(next_of(parent), WaitStatus::event(PtraceEvent::Clone));
    const Tid child = child_of(parent);
    EXPECT_EQ(next_of(child), WaitStatus::event(PtraceEvent::Stop));
    return child;
  }
  /// A leader that has made a thread, which stops on its way out (exit code 5), as the leader is to. Returns the thread; both are stopped.
  Tid start_thread_that_exits(Tid& leader) {
    FakeProgram program;
    const auto work = program.new_label();
    emit_thread(program, work);
    emit_spin(program);
    program.bind(work);
    program.exit(5);
    leader = launch(program);
    EXPECT_TRUE(kernel().set_exit_stops(leader, true, true));
    resume(leader);
    const Tid thread = take_clone(leader);
    resume(thread);  // it has inherited the option
    EXPECT_EQ(next_of(thread), WaitStatus::event(PtraceEvent::Exit));
    return thread;
  }
  /// Waits until /proc shows the thread as a zombie.
  void wait_for_zombie(Tid tid) {
    const std::string file = "task/" + std::to_string(tid.value) + "/stat";
    for (int tries = 0; tries < 1000; ++tries) {
      const auto process = kernel().process_of(tid);
      ASSERT_TRUE(process);
      const auto stat = kernel().proc_file(*process, file);
      ASSERT_TRUE(stat);
      if (text_of(*stat).find(") Z ") != std::string_view::npos) return;
      world().let_run();
    }
    ADD_FAILURE() << "not a zombie";
  }
};
GDBHUB_ON_BOTH_KERNELS(KernelLife);

TEST_P(KernelLife, ACloneReportsTheParentAndTheStoppedChild) {
  FakeProgram program;
  const auto entry = program.new_label();
  const Address flag = program.quad(0);
  const Address call = emit_thread(program, entry);
  emit_spin(program);
  program.bind(entry);
  program.set(flag);
  emit_spin(program);
  const Tid parent = run(program);
  const Tid child = take_clone(parent);
  EXPECT_EQ(kernel().process_of(child).value(), Pid{parent.value});
  EXPECT_EQ(pc(parent), call + 2);
  EXPECT_EQ(pc(child), call + 2);
  EXPECT_EQ(registers(child).rax, 0u);
  EXPECT_EQ(registers(child).orig_rax, static_cast<unsigned long long>(SYS_clone));
  EXPECT_EQ(quad(child, flag), 0u);
  resume(child);
  resume(parent);
  for (int tries = 0; tries < 1000 && quad(parent, flag) == 0; ++tries) {
    world().let_run();
    stop(child);
    resume(child);
  }
  EXPECT_EQ(quad(parent, flag), 1u);  // the memory is shared
  EXPECT_EQ(kernel().threads(Pid{parent.value})->size(), 2u);
}

TEST_P(KernelLife, AStepOverACloneStopsAtTheEventThenBehindTheCall) {
  FakeProgram program;
  const auto entry = program.new_label();
  const Address call = emit_thread(program, entry);
  program.bind(entry);
  emit_spin(program);
  const Tid parent = launch(program);
  while (pc(parent) != call) step(parent);
  resume(parent, ResumeMode::Step);
  const Tid child = take_clone(parent);
  step(parent);
  EXPECT_EQ(pc(parent), call + 2);
  EXPECT_EQ(signal_code(parent), TRAP_BRKPT);
  EXPECT_EQ(registers(parent).rax, static_cast<unsigned long long>(child.value));
  step(child);
  EXPECT_EQ(pc(child), call + 2 + 4);  // the cmp; a child does not inherit the step
}

TEST_P(KernelLife, AForkCopiesTheMemoryAndTheChildIsSeized) {
  FakeProgram program;
  const Address value = program.quad(1);
  program.call_kernel(SYS_fork);
  program.int3();
  const Tid parent = run(program);
  EXPECT_EQ(next_of(parent), WaitStatus::event(PtraceEvent::Fork));
  const Tid child = child_of(parent);
  EXPECT_EQ(next_of(child), WaitStatus::event(PtraceEvent::Stop));
  EXPECT_EQ(kernel().process_of(child).value(), Pid{child.value});
  const std::uint64_t changed = 2;
  EXPECT_EQ((*kernel().open_memory(child)).get()->write(value, bytes_of(changed)), 8u);
  EXPECT_EQ(quad(parent, value), 1u);
  EXPECT_EQ(quad(child, value), 2u);
  resume(child);
  resume(parent);
  EXPECT_EQ(next_of(child), WaitStatus::stopped(SIGTRAP));
  EXPECT_EQ(registers(child).rax, 0u);
  EXPECT_EQ(next_of(parent), WaitStatus::stopped(SIGTRAP));
  EXPECT_EQ(registers(parent).rax, static_cast<unsigned long long>(child.value));
}

TEST_P(KernelLife, TheEndOfAForkedChildIsASignalToItsParent) {
  FakeProgram program;
  const auto parent_path = program.new_label();
  program.call_kernel(SYS_fork);
  program.cmp(Reg::Rax, 0);
  program.jne(parent_path);
  program.exit_group(8);
  program.bind(parent_path);
  emit_spin(program);
  const Tid parent = run(program);
  EXPECT_EQ(next_of(parent), WaitStatus::event(PtraceEvent::Fork));
  const Tid child = child_of(parent);
  EXPECT_EQ(next_of(child), WaitStatus::event(PtraceEvent::Stop));
  resume(parent);
  resume(child);
  EXPECT_EQ(next_of(child), WaitStatus::exited(8));
  EXPECT_EQ(next_of(parent), WaitStatus::stopped(SIGCHLD));
}

TEST_P(KernelLife, AVforkParentReportsNothingUntilTheChildHasLeft) {
  FakeProgram other;
  other.int3();
  world().install("other", other);
  FakeProgram program;
  const auto parent_path = program.new_label();
  const Address shared = program.quad(0);
  const Address call = program.call_kernel(SYS_vfork);
  program.cmp(Reg::Rax, 0);
  program.jne(parent_path);
  program.set(shared);
  program.execve(world().path_of("other"));
  program.bind(parent_path);
  program.exit_group(2);
  const Tid parent = run(program);
  EXPECT_EQ(next_of(parent), WaitStatus::event(PtraceEvent::Vfork));
  const Tid child = child_of(parent);
  EXPECT_EQ(next_of(child), WaitStatus::event(PtraceEvent::Stop));
  resume(parent);
  ASSERT_TRUE(kernel().interrupt(parent));
  EXPECT_TRUE(is_quiet());
  EXPECT_EQ(error_of_registers(parent), ErrorCode::Gone);
  resume(child);
  EXPECT_EQ(next_of(parent), WaitStatus::event(PtraceEvent::VforkDone));
  EXPECT_EQ(child_of(parent), child);
  EXPECT_EQ(pc(parent), call + 2);
  EXPECT_EQ(quad(parent, shared), 1u);
  EXPECT_EQ(next_of(child), WaitStatus::event(PtraceEvent::Exec));
  EXPECT_EQ(pc(child), FakeProgram::kTextBase);
  EXPECT_EQ(quad(parent, shared), 1u);
  resume(child);
  EXPECT_EQ(next_of(child), WaitStatus::stopped(SIGTRAP));
  resume(parent);  // the interrupt went with the VforkDone
  EXPECT_EQ(next_of(parent), WaitStatus::exited(2));
}

TEST_P(KernelLife, AnExecByANonLeaderTakesTheLeadersId) {
  FakeProgram other;
  const auto loop = other.label();
  other.jmp(loop);
  world().install("other", other);
  FakeProgram program;
  const auto spin = program.new_label(), exec = program.new_label();
  emit_thread(program, spin);
  emit_thread(program, exec);
  program.bind(spin);
  emit_spin(program);
  program.bind(exec);
  program.execve(world().path_of("other"));
  const Tid leader = run(program);
  const Tid sibling = take_clone(leader);
  resume(leader);
  const Tid executer = take_clone(leader);
  resume(sibling);
  const auto old_memory = kernel().open_memory(leader);  // the leader stays stopped
  resume(executer);
  EXPECT_EQ(next_of(sibling), WaitStatus::exited(0));
  EXPECT_EQ(next_of(leader), WaitStatus::event(PtraceEvent::Exec));
  EXPECT_EQ(message(leader), static_cast<std::uint64_t>(executer.value));
  EXPECT_EQ(pc(leader), FakeProgram::kTextBase);
  EXPECT_EQ(kernel().threads(Pid{leader.value}).value(), std::vector<Tid>{leader});
  EXPECT_EQ(error_of_registers(executer), ErrorCode::Gone);
  Bytes bytes(1);
  EXPECT_EQ((*old_memory).get()->read(FakeProgram::kTextBase, bytes), 0u);
  resume(leader);
  stop(leader);
}

TEST_P(KernelLife, AnExecWaitsUntilItsSiblingsHaveBeenReaped) {
  FakeProgram other;
  other.int3();
  world().install("other", other);
  FakeProgram program;
  const auto spin = program.new_label();
  emit_thread(program, spin);
  program.execve(world().path_of("other"));
  program.bind(spin);
  emit_spin(program);
  const Tid leader = run(program);
  const Tid sibling = take_clone(leader);  // stays stopped: the exec ends that
  resume(leader);
  wait_for_zombie(sibling);
  for (int moments = 0; moments < 5; ++moments) world().let_run();
  EXPECT_EQ(kernel().wait_thread(leader), std::nullopt);
  EXPECT_EQ(next_of(sibling), WaitStatus::exited(0));
  EXPECT_EQ(next_of(leader), WaitStatus::event(PtraceEvent::Exec));
}

TEST_P(KernelLife, AFailedExecKillsNobody) {
  FakeProgram program;
  program.execve(world().path_of("missing"));
  program.int3();
  const Tid tid = run(program);
  EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGTRAP));
  EXPECT_EQ(static_cast<long long>(registers(tid).rax), -ENOENT);
}

TEST_P(KernelLife, ALeaderThatExitsFirstIsReportedLast) {
  FakeProgram program;
  const auto entry = program.new_label();
  emit_thread(program, entry);
  program.exit(1);
  program.bind(entry);
  emit_spin(program);
  const Address end = program.symbol("end");
  program.exit(5);
  const Tid leader = run(program);
  const Tid thread = take_clone(leader);
  resume(leader);
  wait_for_zombie(leader);
  EXPECT_TRUE(is_quiet());
  EXPECT_EQ(error_of_registers(leader), ErrorCode::Gone);
  EXPECT_TRUE(kernel().interrupt(leader));  // harmless
  EXPECT_EQ(kernel().threads(Pid{leader.value})->size(), 2u);
  EXPECT_FALSE(kernel().open_memory(leader));
  ASSERT_TRUE(kernel().set_pc(thread, end));
  resume(thread);
  EXPECT_EQ(next_of(thread), WaitStatus::exited(5));
  EXPECT_EQ(next_of(leader), WaitStatus::exited(5));
  EXPECT_FALSE(kernel().threads(Pid{leader.value}));
}

TEST_P(KernelLife, AThreadsExitIsReportedWithItsOwnCode) {
  FakeProgram program;
  const auto entry = program.new_label();
  emit_thread(program, entry);
  emit_spin(program);
  program.bind(entry);
  program.exit(7);
  const Tid leader = run(program);
  const Tid thread = take_clone(leader);
  resume(thread);
  EXPECT_EQ(next_of(thread), WaitStatus::exited(7));
  EXPECT_EQ(kernel().interrupt(thread).error().code, ErrorCode::Gone);
  EXPECT_EQ(kernel().threads(Pid{leader.value}).value(), std::vector<Tid>{leader});
}

TEST_P(KernelLife, AnExitGroupEndsStoppedThreadsTooTheLeaderLast) {
  FakeProgram program;
  const auto entry = program.new_label();
  emit_thread(program, entry);
  emit_spin(program);
  program.bind(entry);
  program.exit_group(6);
  const Tid leader = run(program);
  const Tid thread = take_clone(leader);
  resume(thread);  // the leader stays in its clone event
  EXPECT_EQ(next_of(leader), WaitStatus::exited(6));
  EXPECT_EQ(next_of(thread), WaitStatus::exited(6));
  EXPECT_EQ(arrivals().back(), leader);
}

TEST_P(KernelLife, SigkillEndsAStoppedThreadAtOnce) {
  FakeProgram program;
  const auto entry = program.new_label();
  emit_thread(program, entry);
  program.bind(entry);
  emit_spin(program);
  const Tid leader = run(program);
  const Tid thread = take_clone(leader);
  resume(thread);
  ASSERT_TRUE(kernel().kill_process(Pid{leader.value}));
  EXPECT_EQ(error_of_registers(leader), ErrorCode::Gone);
  EXPECT_EQ(kernel().resume(leader, ResumeMode::Continue, 0).error().code, ErrorCode::Gone);
  EXPECT_EQ(next_of(thread), WaitStatus::killed(SIGKILL));
  EXPECT_EQ(next_of(leader), WaitStatus::killed(SIGKILL));
}

TEST_P(KernelLife, SigkillEndsAVforkParent) {
  FakeProgram program;
  program.call_kernel(SYS_vfork);
  emit_spin(program);
  const Tid parent = run(program);
  EXPECT_EQ(next_of(parent), WaitStatus::event(PtraceEvent::Vfork));
  const Tid child = child_of(parent);
  EXPECT_EQ(next_of(child), WaitStatus::event(PtraceEvent::Stop));
  resume(parent);
  ASSERT_TRUE(kernel().kill_process(Pid{parent.value}));
  EXPECT_EQ(next_of(parent), WaitStatus::killed(SIGKILL));
  resume(child);
  stop(child);
}

TEST_P(KernelLife, AThreadStopsOnItsWayOutWhereThatIsAskedFor) {
  Tid leader;
  const Tid thread = start_thread_that_exits(leader);
  resume(leader);
  EXPECT_EQ(message(thread), static_cast<std::uint64_t>(WaitStatus::exited(5).raw()));
  EXPECT_EQ(static_cast<long>(registers(thread).orig_rax), SYS_exit);
  resume(thread);
  EXPECT_EQ(next_of(thread), WaitStatus::exited(5));
}

TEST_P(KernelLife, ASigkillWakesAThreadThatWasOnItsWayOutAlone) {
  Tid leader;
  const Tid thread = start_thread_that_exits(leader);
  world().kill(Pid{leader.value}, SIGKILL);
  EXPECT_EQ(next_of(thread), WaitStatus::killed(SIGKILL));
  ASSERT_EQ(next_of(leader), WaitStatus::event(PtraceEvent::Exit)) << "also when it is killed";
  EXPECT_EQ(message(leader), static_cast<std::uint64_t>(SIGKILL));
  resume(leader);
  EXPECT_EQ(next_of(leader), WaitStatus::killed(SIGKILL));
}

TEST_P(KernelLife, ASigkillDoesNotWakeAThreadThatStopsOnItsWayOutOfADyingProcess) {
  FakeProgram program;
  program.exit_group(4);
  const Tid leader = launch(program);
  ASSERT_TRUE(kernel().set_exit_stops(leader, true, true));
  resume(leader);
  ASSERT_EQ(next_of(leader), WaitStatus::event(PtraceEvent::Exit));
  EXPECT_EQ(message(leader), static_cast<std::uint64_t>(WaitStatus::exited(4).raw()));
  world().kill(Pid{leader.value}, SIGKILL);
  EXPECT_TRUE(is_quiet());
  resume(leader);
  EXPECT_EQ(next_of(leader), WaitStatus::exited(4));
}

}  // namespace
}  // namespace gdbhub::test
