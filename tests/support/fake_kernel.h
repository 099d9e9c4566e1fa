// A small deterministic machine behind the Kernel seam: processes that execute real x86-64 code, signals, job
// control and ptrace as Linux has them. tests/contract keeps it honest against the real kernel.
#pragma once

#include <functional>
#include <map>
#include <random>

#include "gdbhub/kernel.h"
#include "tests/support/fake_cpu.h"
#include "tests/support/fake_program.h"
#include "tests/support/fake_task.h"

namespace gdbhub::test {

/// Nothing runs by itself: step_world() lets one task, picked by the seed, run for a few instructions, so
/// that a race is a seed. Not thread-safe. The hub is the only tracer and the parent of what it spawns.
class FakeKernel : public Kernel {
 public:
  /// What tests may want to count.
  struct Counters {
    std::uint64_t instructions = 0;
    std::uint64_t syscalls = 0;
    std::uint64_t stops = 0;
    std::uint64_t resumes = 0;
    std::uint64_t steps = 0;  ///< resumes with ResumeMode::Step or BlockStep
    std::uint64_t interrupts = 0;
    std::uint64_t waits = 0;
    std::uint64_t register_calls = 0;  ///< reads and writes of any registers
    std::uint64_t memory_reads = 0;
    std::uint64_t memory_writes = 0;
  };

  explicit FakeKernel(std::uint64_t seed = 1);
  ~FakeKernel() override;

  // -- the world: for tests -------------------------------------------------------------------------
  /// Makes a program executable under `name`. execve also takes the order of registration as its path.
  void add_program(const std::string& name, const FakeProgram& program);
  /// Starts a program that nobody traces, for attaching to. The program must be registered.
  Pid create_process(const std::string& name);
  /// One scheduling decision. False: nothing can run, and every state change has become visible.
  bool step_world();
  /// Steps until step_world() returns false (true) or `max_steps` have gone by (false).
  bool run_until_quiet(std::size_t max_steps = 10'000);
  /// Steps until `done` holds; false if it does not within `max_steps` or when the world is quiet.
  bool run_until(const std::function<bool()>& done, std::size_t max_steps = 100'000);
  /// kill(2) and tgkill(2) by somebody outside.
  Result<> kill(Pid pid, int signal);
  /// Called like a SIGCHLD handler of the hub: from step_world only, once for several changes.
  void set_on_child_event(std::function<void()> callback) { on_child_event_ = std::move(callback); }
  /// Called before a task executes an instruction, with registers_of() as they are then.
  void set_on_run(std::function<void(Tid)> callback) { on_run_ = std::move(callback); }
  /// Called with each state change that wait_next() hands out.
  void set_on_report(std::function<void(WaitResult)> callback) { on_report_ = std::move(callback); }
  /// State changes stay hidden from wait for up to this many world steps (default 3; 0: none).
  void set_max_wait_delay(unsigned steps) { max_wait_delay_ = steps; }
  /// Pretends that another process traces this one.
  void set_foreign_tracer(Pid pid, Pid tracer);

  /// The living and the zombies, in order of their ids.
  std::vector<Tid> tasks() const;
  /// Nullopt when there is no such task (any more).
  std::optional<TaskState> state_of(Tid tid) const;
  bool is_traced(Tid tid) const;
  /// The task must exist. Works also while it runs, unlike registers().
  const GeneralRegisters& registers_of(Tid tid) const;
  const std::array<std::uint64_t, 8>& debug_registers_of(Tid tid) const;
  /// Memory as the task's processor sees it: trap bytes included.
  Bytes memory_of(Tid tid, Address from, std::size_t size) const;
  std::uint64_t quad_of(Tid tid, Address at) const;
  const Counters& counters() const { return counters_; }
  std::uint64_t ticks() const { return ticks_; }

  // -- Kernel -------------------------------------------------------------------------------------------
  Result<> seize(Tid tid, bool exit_kill) override;
  Result<> interrupt(Tid tid) override;
  Result<> set_exit_stops(Tid tid, bool on, bool exit_kill) override;
  Result<> resume(Tid tid, ResumeMode mode, int signal) override;
  Result<> detach(Tid tid, int signal) override;
  std::optional<WaitResult> wait_next() override;
  std::optional<WaitStatus> wait_thread(Tid tid) override;
  Result<> send_signal(Pid pid, Tid tid, int signal) override;
  Result<> kill_process(Pid pid) override;
  Result<Pid> spawn(const LaunchSpec& spec) override;
  Result<GeneralRegisters> registers(Tid tid) override;
  Result<> set_registers(Tid tid, const GeneralRegisters& registers) override;
  Result<> set_pc(Tid tid, Address pc) override;
  Result<Bytes> extended_state(Tid tid) override;
  Result<> set_extended_state(Tid tid, ByteSpan state) override;
  Result<std::uint64_t> debug_register(Tid tid, int number) override;
  Result<> set_debug_register(Tid tid, int number, std::uint64_t value) override;
  Result<siginfo_t> signal_info(Tid tid) override;
  Result<> set_signal_info(Tid tid, const siginfo_t& info) override;
  Result<std::uint64_t> event_message(Tid tid) override;
  bool enters_syscall(Tid tid) override;
  bool trap_pending(Tid tid) override;
  Result<std::unique_ptr<TraceeMemory>> open_memory(Tid tid) override;
  Result<> write_as_program(Tid tid, Address to, ByteSpan from) override;
  std::vector<Pid> processes() override;
  Result<std::vector<Tid>> threads(Pid pid) override;
  Result<Pid> process_of(Tid tid) override;
  Result<Bytes> proc_file(Pid pid, const std::string& name) override;
  Result<std::string> proc_link(Pid pid, const std::string& name) override;

 private:
  // -- fake_kernel.cc: tasks, the scheduler, user mode
  FakeTask* find(Tid tid) const;
  /// The task, if ptrace calls on it succeed now.
  FakeTask* stopped(Tid tid) const;
  FakeProcess& process(const FakeTask& task) const;
  FakeProcess* find_process(Pid pid) const;
  /// The tasks of a process; with `except`, the others.
  std::vector<FakeTask*> threads_of(const FakeProcess& process, const FakeTask* except = nullptr) const;
  std::uint64_t random(std::uint64_t below);
  bool is_runnable(const FakeTask& task) const { return task.state == TaskState::Running; }
  void show_child_events();
  void run_once(FakeTask& task);
  void run_user(FakeTask& task);
  bool hit_execute_breakpoint(FakeTask& task);
  std::uint64_t watchpoints_hit(const FakeTask& task, const CpuOutcome::Access& access) const;

  // -- fake_ptrace.cc: stops
  bool enter_stop(FakeTask& task, StopKind kind, WaitStatus status, const siginfo_t& info);
  /// ptrace_notify(): a stop whose siginfo tells the status only.
  bool notify_stop(FakeTask& task, StopKind kind, WaitStatus status, std::uint64_t message = 0);
  void event_stop(FakeTask& task, PtraceEvent event, std::uint64_t message);
  void wake_from_stop(FakeTask& task);
  void announce(FakeTask& task);
  bool can_wait(const FakeTask& task) const;
  WaitStatus collect(FakeTask& task);

  // -- fake_signals.cc
  void send(const siginfo_t& info, FakeTask& target, bool whole_process);
  void force(FakeTask& task, int signal, int code, Address where);
  void prepare_stop_or_continue(FakeProcess& process, int signal);
  bool is_ignored(const FakeTask& task, int signal) const;
  void wake_for_signal(FakeTask& task);
  void wake_for_kill(FakeTask& task);
  void notify_trap(FakeTask& task);
  void recalculate_signal_pending(FakeTask& task);
  void begin_group_exit(FakeProcess& process, int status);
  std::optional<siginfo_t> dequeue(FakeTask& task);
  void handle_signals(FakeTask& task);
  void after_signal_stop(FakeTask& task);
  void act_on_signal(FakeTask& task, const siginfo_t& info);
  void enter_handler(FakeTask& task, const siginfo_t& info);
  void finish_signals(FakeTask& task);
  bool do_signal_stop(FakeTask& task, int signal);
  void job_control_trap(FakeTask& task);
  void participate_in_group_stop(FakeTask& task);

  // -- fake_syscalls.cc
  void run_syscall(FakeTask& task);
  void finish_syscall(FakeTask& task, long result);
  void exit_syscall(FakeTask& task);
  void sys_exit(FakeTask& task);
  void sys_exit_group(FakeTask& task);
  void sys_getpid(FakeTask& task);
  void sys_gettid(FakeTask& task);
  void sys_sched_yield(FakeTask& task);
  void sys_write(FakeTask& task);
  void sys_mmap(FakeTask& task);
  void sys_munmap(FakeTask& task);
  void sys_fork(FakeTask& task);
  void sys_vfork(FakeTask& task);
  void sys_clone(FakeTask& task);
  void sys_execve(FakeTask& task);
  void sys_kill(FakeTask& task);
  void sys_tgkill(FakeTask& task);
  void sys_pause(FakeTask& task);
  void sys_rt_sigaction(FakeTask& task);
  void sys_rt_sigreturn(FakeTask& task);

  // -- fake_life.cc: birth, exec, death
  FakeTask& new_task(Pid pid);
  FakeTask& new_process(const std::string& program, Pid parent);
  void load_program(FakeTask& task, const FakeProgram& program);
  void make_child(FakeTask& parent, std::uint64_t flags, std::uint64_t stack);
  void leave_space(FakeTask& task);
  void continue_exec(FakeTask& task);
  void become_leader(FakeTask& task);
  void begin_exit(FakeTask& task, int status);
  void exit_task(FakeTask& task);
  void release(FakeTask& task);
  void notify_parent(const FakeProcess& process);
  const FakeProgram* find_program(const std::string& name) const;

  std::mt19937_64 random_;
  unsigned max_wait_delay_ = 3;
  int next_tid_ = 1000;
  std::uint64_t ticks_ = 0;
  bool yielded_ = false;
  bool child_event_due_ = false;
  std::vector<std::pair<std::string, FakeProgram>> programs_;
  std::map<Tid, std::unique_ptr<FakeTask>> tasks_;
  std::map<Pid, std::unique_ptr<FakeProcess>> processes_;
  Counters counters_;
  std::function<void()> on_child_event_;
  std::function<void(Tid)> on_run_;
  std::function<void(WaitResult)> on_report_;
};

}  // namespace gdbhub::test
