// The physical side of the core: runs threads, steps them over breakpoint sites, decodes their stops. Knows nothing of engines.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <variant>

#include "engines/core/task_table.h"
#include "gdbhub/hub.h"
#include "gdbhub/kernel.h"

namespace gdbhub::core {

/// What a stop of a thread means, once the hub's own errands are accounted for.
namespace occurrence {
/// Nothing that an engine could want to know: an interrupt, or the end of an errand.
struct Quiet {};
/// The thread has arrived at a site; its pc is there.
struct Trapped {
  bool again = false;  ///< it never left: an interrupt of the hub's has only made the kernel restart the system call there
};
/// One instruction is done. `partly`: one round of a repeated string instruction.
struct Stepped {
  bool partly = false;
  unsigned watched = 0;  ///< bit n: debug register n saw its data touched meanwhile
};
/// A debug register has hit: an instruction that is about to run, or data that the last one touched.
struct HardwareHit {
  unsigned registers = 0;  ///< bit n: debug register n
};
/// Stopped at the entry of `Thread::call`.
struct SyscallEntry {};
struct SyscallExit {
  long number = 0;
  long result = 0;
  bool stepped = false;  ///< the thread was to execute one instruction, and this was it
};
/// About to get `Thread::signal`.
struct Signalled {
  siginfo_t info{};
  std::optional<SyscallExit> ended_call;  ///< one that was kept back, since the hub itself had broken the call off
};
struct Forked {
  Process* child = nullptr;
  bool vfork = false;
};
struct VforkDone {};
struct Execed {
  Tid former;
};
/// `Thread::exit` says how.
struct Exiting {};
/// `Thread::group_stop` says by what.
struct JobStopped {};
struct JobContinued {};
/// The program of a launch is about to run its first instruction.
struct Started {};
}  // namespace occurrence
using Occurrence = std::variant<occurrence::Quiet, occurrence::Trapped, occurrence::Stepped, occurrence::HardwareHit,
                                occurrence::SyscallEntry, occurrence::SyscallExit, occurrence::Signalled,
                                occurrence::Forked, occurrence::VforkDone, occurrence::Execed, occurrence::Exiting,
                                occurrence::JobStopped, occurrence::JobContinued, occurrence::Started>;

/// How far a thread goes before its next stop, if nothing else stops it.
enum class Stride {
  Free,
  Block,        ///< to the next branch that is taken; where that is not to be had, an instruction
  Instruction,
};

/// Owns all threads, processes and address spaces, and is the only user of the Kernel's ptrace side. Tracer thread only.
class Machine {
 public:
  /// Told what happens. Must not call back into run() from inside; it notes what to do and does it later.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void occurred(Thread& thread, const Occurrence& what) = 0;
    /// The parent made a thread; it is not yet known to be stopped.
    virtual void thread_started(Thread& child, Thread& parent) = 0;
    /// The thread has died.
    virtual void thread_gone(Thread& thread, WaitStatus how) = 0;
    /// Called before the record goes; maybe some time after thread_gone.
    virtual void thread_reaped(Thread& thread) = 0;
    /// Called before the record goes, with no thread left.
    virtual void process_gone(Process& process, WaitStatus how) = 0;
    /// One of the processes that share the memory (vfork) has ended, or has memory of its own now.
    virtual void space_left(AddressSpace& space) = 0;
  };

  Machine(Kernel& kernel, const Isa& isa, Observer& observer)
      : kernel_(kernel), isa_(isa), observer_(observer) {}

  /// Seizes all threads of a process. They go on running.
  Result<Process*> attach(Pid pid);
  Result<Process*> launch(const LaunchSpec& spec);
  /// Handles state changes until there are none, or `limit` were handled. True: there may be more.
  bool pump(int limit);

  /// Lets a stopped thread go on, over the site at its pc if there is one. A step through a `range` may do many instructions, as
  /// long as it stops with occurrence::Stepped where it comes out; to be called again for every stop meanwhile.
  void run(Thread& thread, Stride stride, AddressRange range = {});
  /// Makes a running thread stop; some Occurrence follows.
  void request_stop(Thread& thread);
  /// Ends a thread's errand without touching its registers: it awaits_errand() and is to be held, or it has died.
  void forget_errand(Thread& thread);
  /// The thread is not to go through its range any more: the traps at the exits go.
  void end_range_run(Thread& thread);
  /// A process that is being let go is traced again: threads that have gone already are seized anew.
  void take_back(Process& process);
  /// Lets a stopped thread go for good. The record is removed, and the process's with the last thread.
  void let_go(Thread& thread);
  /// True while another thread of the address space steps in line: this one must not run.
  bool must_wait(const Thread& thread) const {
    const Thread* stepper = thread.process->space->inline_thread;
    return stepper != nullptr && stepper != &thread;
  }
  /// A running thread does not make the stops that its process's tracing asks for, and must be made to stop for that.
  bool needs_other_stops(const Thread& thread) const {
    return (thread.process->trace_syscalls && !thread.syscall_stops) ||
           (thread.process->trace_exits && !thread.exit_stops);
  }
  /// Looks whether a thread that does not stop has become a zombie leader; then Observer::thread_gone.
  void check_zombie(Thread& thread);
  /// Running, rather than asleep in a system call.
  bool is_awake(const Thread& thread) const { return state_of(thread) == 'R'; }
  /// D state, or in vfork(2): will not stop for a while (A46).
  bool is_uninterruptible(const Thread& thread) const;

  TaskTable& tasks() { return tasks_; }
  const TaskTable& tasks() const { return tasks_; }
  StepOverCounts step_overs() const { return step_overs_; }

 private:
  // machine_stops.cc: what a stop means
  void handle(WaitResult result);
  void handle_event(Thread& thread, PtraceEvent event, int former_group_stop);
  void seize_threads(Process& process);
  void handle_clone(Thread& parent, PtraceEvent event);
  void handle_exec(Thread& thread);
  /// `interrupted`: the hub has asked for a stop.
  void handle_syscall(Thread& thread, bool interrupted);
  void signalled(Thread& thread, int signal, const siginfo_t& info);
  void handle_signal(Thread& thread, int signal);
  void handle_trap(Thread& thread, const siginfo_t& info);
  void handle_death(Thread& thread, WaitStatus status);
  /// Of a child that its parent has not reported yet.
  void handle_unknown(WaitResult result);
  /// Frees the children that stopped before their parents could report them, and whose parents have been killed since.
  void adopt_orphans();
  void adopt_orphan(Tid tid, WaitStatus status);

  void resume(Thread& thread, ResumeMode mode);
  /// Back to the group-stop that the thread has left to take a trap.
  void rejoin_group_stop(Thread& thread, bool step);
  /// Gives the thread the registers that the record says it has.
  void write_registers(Thread& thread);
  /// How a thread outside errands is resumed, for one instruction with `step`.
  ResumeMode resume_mode(const Thread& thread, bool step) const;
  bool stands_at_syscall(const Thread& thread) const;
  /// The signal that the thread is about to get has a handler that it will enter.
  bool takes_handler(const Thread& thread) const;
  /// Makes the thread's debug registers those of its address space.
  void arm_hardware(Thread& thread);
  /// Which debug registers the last debug exception was about.
  unsigned hits_of(const Thread& thread) const;
  /// The thread may have ended its last instruction with a trap that it has not been stopped for yet.
  bool may_have_trapped(const Thread& thread) const;
  std::uint64_t clone_flags(const Thread& thread) const;
  /// R, S, D, Z … of /proc; '?' when it cannot be read.
  char state_of(const Thread& thread) const;

  // range_step.cc
  /// For a thread that is to step through a range: true when it may run instead, since it traps where it comes out.
  bool may_run_through(Thread& thread, AddressRange range);

  // step_over.cc: the errands
  void step_over(Thread& thread, bool step);
  static bool wants_copy(const StepPlan& plan);
  void start(Thread& thread, const SkipInstruction& plan);
  void start(Thread& thread, const EmulatedInstruction& plan);
  void start(Thread& thread, const CopiedInstruction& plan, Address slot, bool step);
  void start(Thread& thread, const SyscallInstruction& plan);
  /// At each stop: a thread that has run through its copy is busy with it no more.
  void note_left_copy(Thread& thread);
  void step_in_line(Thread& thread);
  /// Lets the thread that waits to step in line do so, once no other thread of the space runs.
  void proceed_in_line(AddressSpace& space);
  /// Maps scratch memory near the pc, by making the thread call mmap; false when that cannot be had.
  bool map_scratch(Thread& thread);
  /// All threads that use the memory, of every process that shares it.
  std::vector<Thread*> users_of(const AddressSpace& space) const;
  /// Tells the observer to look again at threads that an errand of another has kept.
  void wake_users(const AddressSpace& space);
  /// A step has ended: what it was of the program's.
  Occurrence finish_errand(Thread& thread);
  /// Something else than the end of its step stopped the thread: the errand is undone, the pc is the program's (A33).
  void undo_errand(Thread& thread, siginfo_t* info);

  Kernel& kernel_;
  const Isa& isa_;
  Observer& observer_;
  TaskTable tasks_;
  StepOverCounts step_overs_;
  std::unordered_map<Tid, WaitStatus> early_;  ///< first stops of children whose parent has not reported them
  std::deque<std::shared_ptr<AddressSpace>> bereaved_;  ///< of the processes killed last: a copy of their traps may live on
};

}  // namespace gdbhub::core
