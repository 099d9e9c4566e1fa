#include "engines/core/machine.h"

#include <algorithm>

#include "gdbhub/check.h"
#include "gdbhub/procfs.h"

namespace gdbhub::core {
namespace {

/// That of a child that died before it could be opened.
class NoMemory final : public TraceeMemory {
 public:
  std::size_t read(Address, MutableByteSpan) const override { return 0; }
  std::size_t write(Address, ByteSpan) override { return 0; }
};

/// The leader has ended before its threads: to engines it is gone.
void leave_as_zombie(Thread& leader, WaitStatus how, Machine::Observer& observer) {
  leader.state = Thread::State::Zombie;
  observer.thread_gone(leader, how);
}

}  // namespace

Result<Process*> Machine::attach(Pid pid) {
  Result<Pid> group = kernel_.process_of(Tid{pid.value});
  if (!group) return group.error();
  if (*group != pid)
    return Error{ErrorCode::InvalidArgument, 0,
                 std::to_string(pid.value) + " is a thread of process " + std::to_string(group->value)};
  if (Result<> seized = kernel_.seize(leader_of(pid), false); !seized) return seized.error();
  Result<std::unique_ptr<TraceeMemory>> memory = kernel_.open_memory(leader_of(pid));
  if (!memory) return memory.error();

  Process& process = tasks_.add_process(pid);
  process.space = std::make_shared<AddressSpace>(std::move(*memory), isa_);
  tasks_.add_thread(process, leader_of(pid));
  seize_threads(process);
  return &process;
}

void Machine::seize_threads(Process& process) {
  // Threads that a seized one makes are traced from birth; others may be missed by one look, so look until nothing is new.
  for (bool found = true; found;) {
    found = false;
    Result<std::vector<Tid>> listed = kernel_.threads(process.pid);
    if (!listed) break;
    for (Tid tid : *listed) {
      if (tasks_.thread(tid) != nullptr || early_.contains(tid)) continue;
      if (!kernel_.seize(tid, false)) continue;  // it has ended meanwhile, or is a child that is traced already
      tasks_.add_thread(process, tid);
      found = true;
    }
  }
}

void Machine::take_back(Process& process) {
  process.leaving = process.stray_vfork = false;
  process.launched = process.exit_kill = false;  // whoever launched it has let it go
  seize_threads(process);
}

Result<Process*> Machine::launch(const LaunchSpec& spec) {
  Result<Pid> pid = kernel_.spawn(spec);
  if (!pid) return pid.error();
  Result<std::unique_ptr<TraceeMemory>> memory = kernel_.open_memory(leader_of(*pid));
  // A child whose exec has failed may be dead by now: its death will be told as any other.
  if (!memory) memory = std::unique_ptr<TraceeMemory>(new NoMemory);
  Process& process = tasks_.add_process(*pid);
  process.space = std::make_shared<AddressSpace>(std::move(*memory), isa_);
  process.launched = true;
  process.exit_kill = spec.exit_kill;
  process.execs_left = spec.expected_execs();
  process.started = false;
  tasks_.add_thread(process, leader_of(*pid)).exit_kill = spec.exit_kill;
  return &process;
}

bool Machine::pump(int limit) {
  for (int handled = 0; handled < limit; ++handled) {
    const std::optional<WaitResult> result = kernel_.wait_next();
    if (!result) return false;
    handle(*result);
  }
  return true;
}

// ---- running and stopping -----------------------------------------------------------------------

void Machine::run(Thread& thread, Stride stride, AddressRange range) {
  GDBHUB_CHECK(thread.stopped() && !thread.awaits_errand());
  bool step = stride != Stride::Free;
  if (thread.group_stop != 0) return resume(thread, ResumeMode::Listen);
  if (thread.rejoins_group_stop) return rejoin_group_stop(thread, step);
  if (thread.range_run && thread.range_run->range() != range) end_range_run(thread);
  if (range.size != 0 && may_run_through(thread, range)) step = false;
  thread.restarts_at.reset();
  if (const Address call = thread.pc() - isa_.syscall_instruction().size();
      thread.is_to_restart() && thread.signal == 0 && thread.process->space->site(call) != nullptr)
    thread.restarts_at = call;
  if (thread.at_instruction() && thread.process->space->site(thread.pc()) != nullptr) {
    if (thread.signal == 0) return step_over(thread, step);
    thread.errand = errand::DeliverSignal{thread.pc()};
    step = true;
    stride = Stride::Instruction;
  }
  ResumeMode mode = resume_mode(thread, step);
  // A block may contain a system call that somebody catches.
  if (mode == ResumeMode::Step && stride == Stride::Block && !thread.process->trace_syscalls) mode = ResumeMode::BlockStep;
  resume(thread, mode);
  thread.stepping = step;
}

void Machine::rejoin_group_stop(Thread& thread, bool step) {
  // A step that enters a signal handler ends there, without the stop that was asked for; that is left to the next time.
  if (step && takes_handler(thread)) return resume(thread, ResumeMode::Step);
  thread.rejoins_group_stop = false;
  // The interrupt's stop comes before the next user instruction, and is the group-stop as long as that lasts (A47).
  (void)kernel_.interrupt(thread.tid);
  resume(thread, resume_mode(thread, false));
  thread.stop_requested = true;
}

ResumeMode Machine::resume_mode(const Thread& thread, bool step) const {
  const bool catches = thread.process->trace_syscalls && thread.process->started;
  if (!step) return catches ? ResumeMode::Syscall : ResumeMode::Continue;
  // PTRACE_SINGLESTEP would go through a call without its stops; its exit stop is where the step ends (A10).
  const bool calls = catches && (!thread.at_instruction() || stands_at_syscall(thread));
  return calls && !takes_handler(thread) ? ResumeMode::Syscall : ResumeMode::Step;
}

bool Machine::stands_at_syscall(const Thread& thread) const {
  const ByteSpan instruction = isa_.syscall_instruction();
  Bytes code(instruction.size());
  return thread.process->space->read(thread.pc(), code) == code.size() &&
         std::equal(code.begin(), code.end(), instruction.begin());
}

bool Machine::takes_handler(const Thread& thread) const {
  if (thread.signal == 0) return false;
  const Result<Bytes> text =
      kernel_.proc_file(thread.process->pid, "task/" + std::to_string(thread.tid.value) + "/status");
  const auto status = text ? parse_status(text_of(*text)) : std::nullopt;
  return status && (status->caught & ~status->blocked) >> (thread.signal - 1) & 1;
}

void Machine::arm_hardware(Thread& thread) {
  HardwareTable& table = thread.process->space->hardware();
  if (thread.hardware_version == table.version()) return;
  const auto points = table.points();
  // Off first: the kernel checks each address against the control register as it stands.
  (void)kernel_.set_debug_register(thread.tid, 7, 0);
  for (std::size_t i = 0; i < points.size(); ++i)
    if (points[i]) (void)kernel_.set_debug_register(thread.tid, static_cast<int>(i), points[i]->at.value);
  if (!table.empty()) (void)kernel_.set_debug_register(thread.tid, 7, isa_.debug_control(points));
  thread.hardware_version = table.version();
}

unsigned Machine::hits_of(const Thread& thread) const {
  if (thread.process->space->hardware().empty()) return 0;
  return static_cast<unsigned>(kernel_.debug_register(thread.tid, 6).value_or(0)) & 0xf;
}

void Machine::write_registers(Thread& thread) {
  if (thread.general_dirty) {
    if (!kernel_.set_registers(thread.tid, thread.general)) return;
  } else if (thread.pc_dirty) {
    if (!kernel_.set_pc(thread.tid, thread.pc())) return;
  }
  thread.general_dirty = thread.pc_dirty = false;
}

void Machine::resume(Thread& thread, ResumeMode mode) {
  arm_hardware(thread);
  const Process& process = *thread.process;
  // The kernel tells of a leader's end only after that of its threads, but of its exit at once.
  const bool leads = thread.tid == leader_of(process.pid) && process.threads.size() > 1;
  const bool exit_stops = process.trace_exits || leads;
  if (thread.exit_stops != exit_stops || thread.exit_kill != process.exit_kill) {
    if (kernel_.set_exit_stops(thread.tid, exit_stops, process.exit_kill)) {
      thread.exit_stops = exit_stops;
      thread.exit_kill = process.exit_kill;
    }
  }
  write_registers(thread);
  // Fails only when the thread is being killed; then the report of its death is on the way.
  (void)kernel_.resume(thread.tid, mode, thread.signal);
  thread.state = Thread::State::Running;
  thread.stepping = mode == ResumeMode::Step || mode == ResumeMode::BlockStep;
  thread.syscall_stops = mode == ResumeMode::Syscall;
  thread.call.at_entry = false;
  thread.call.held = false;
  if (mode != ResumeMode::Syscall && mode != ResumeMode::Listen) thread.call.broken_off = false;  // nobody asks any more
  thread.signal = 0;
  thread.emulated = 0;
  thread.inside_syscall = false;
  thread.stop_requested = false;
  thread.extended.reset();
  if (leads && thread.exit && thread.exit->by_itself) leave_as_zombie(thread, thread.exit->how, observer_);
}

void Machine::request_stop(Thread& thread) {
  if (thread.state != Thread::State::Running || thread.stop_requested) return;
  if (kernel_.interrupt(thread.tid)) {
    thread.stop_requested = true;
  } else {
    check_zombie(thread);
  }
}

void Machine::check_zombie(Thread& thread) {
  // A leader that has ended before its threads stays a zombie, and its death is reported only after theirs.
  if (thread.state != Thread::State::Running || thread.tid != leader_of(thread.process->pid)) return;
  if (thread.process->threads.size() < 2) return;
  if (state_of(thread) == 'Z') leave_as_zombie(thread, WaitStatus::exited(0), observer_);
}

char Machine::state_of(const Thread& thread) const {
  const Result<Bytes> text =
      kernel_.proc_file(thread.process->pid, "task/" + std::to_string(thread.tid.value) + "/stat");
  const auto stat = text ? parse_stat(text_of(*text)) : std::nullopt;
  return stat ? stat->state : '?';
}

bool Machine::is_uninterruptible(const Thread& thread) const { return thread.vfork_wait || state_of(thread) == 'D'; }

void Machine::let_go(Thread& thread) {
  GDBHUB_CHECK(thread.stopped());
  forget_errand(thread);
  end_range_run(thread);
  write_registers(thread);
  // Left armed, they would kill the process at the next hit.
  if (thread.hardware_version != 0) (void)kernel_.set_debug_register(thread.tid, 7, 0);
  if (!kernel_.detach(thread.tid, thread.signal)) {
    thread.state = Thread::State::Running;  // killed meanwhile; its stop on the way out, or its death, will be reported
    return;
  }
  Process& process = *thread.process;
  tasks_.remove_thread(thread);
  if (process.threads.empty()) tasks_.remove_process(process);
}

}  // namespace gdbhub::core
