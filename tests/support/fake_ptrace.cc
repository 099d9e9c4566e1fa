// The tracer's side of the fake machine: stops, waits and what can be done to a stopped task.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tests/support/fake_kernel.h"

namespace gdbhub::test {
namespace {

constexpr int kMaxSignal = 64;
constexpr std::uint64_t kEntryMessage = 1;  // PTRACE_EVENTMSG_SYSCALL_ENTRY

Error failure(int error, const char* what, Tid tid) {
  const ErrorCode code = error == ESRCH    ? ErrorCode::Gone
                         : error == EPERM  ? ErrorCode::NotPermitted
                         : error == EINVAL ? ErrorCode::InvalidArgument
                                           : ErrorCode::System;
  return {code, error,
          std::string("cannot ") + what + ' ' + std::to_string(tid.value) + ": " + std::strerror(error)};
}

Error no_process(int id) {
  return {ErrorCode::NotFound, ESRCH, "no process " + std::to_string(id)};
}

bool is_debug_register(int number) {
  return (number >= 0 && number <= 3) || number == 6 || number == 7;
}

/// What the kernel refuses in DR7: I/O breakpoints, execute breakpoints longer than a byte, unaligned ranges.
bool is_valid_control(std::uint64_t control, const std::array<std::uint64_t, 8>& registers) {
  constexpr std::array<std::uint64_t, 4> kSizes = {1, 2, 8, 4};
  for (unsigned slot = 0; slot < 4; ++slot) {
    if ((control >> (2 * slot) & 3) == 0) continue;
    const std::uint64_t kind = control >> (16 + 4 * slot) & 3, size = kSizes[control >> (18 + 4 * slot) & 3];
    if (kind == 2 || (kind == 0 && size != 1) || registers[slot] % size != 0) return false;
  }
  return true;
}

}  // namespace

// -- stops ---------------------------------------------------------------------------------------------

/// ptrace_stop() of the real kernel. False when the task is about to die instead.
bool FakeKernel::enter_stop(FakeTask& task, StopKind kind, WaitStatus status, const siginfo_t& info) {
  if (task.killed) return false;
  const bool is_trap = status.event() == PtraceEvent::Stop;
  if (is_trap && task.stop_pending) participate_in_group_stop(task);
  task.trap_stop = false;  // any stop fulfils an interrupt that came before it
  if (is_trap) task.trap_notify = false;
  task.state = TaskState::Traced;
  task.stop_kind = kind;
  task.stop_status = status;
  task.stop_info = info;
  task.reported = false;
  task.injected = 0;
  task.event_message = 0;
  ++counters_.stops;
  announce(task);
  return true;
}

bool FakeKernel::notify_stop(FakeTask& task, StopKind kind, WaitStatus status, std::uint64_t message) {
  siginfo_t info{};
  info.si_signo = status.stop_signal();
  info.si_code = status.raw() >> 8;
  info.si_pid = task.tid.value;
  info.si_uid = ::getuid();
  if (!enter_stop(task, kind, status, info)) return false;
  task.event_message = message;
  return true;
}

void FakeKernel::event_stop(FakeTask& task, PtraceEvent event, std::uint64_t message) {
  if (task.traced) notify_stop(task, StopKind::Event, WaitStatus::event(event), message);
}

void FakeKernel::wake_from_stop(FakeTask& task) {
  task.state = TaskState::Running;
  task.listening = false;
  recalculate_signal_pending(task);
  // "This isn't the same as continuing with a signal, but it will do for normal use."
  if (task.stop_kind == StopKind::Syscall && task.injected != 0) {
    siginfo_t info{};
    info.si_signo = task.injected;
    info.si_code = SI_KERNEL;
    send(info, task, false);
  }
}

void FakeKernel::announce(FakeTask& task) {
  task.announced = true;
  task.visible_at = ticks_ + (max_wait_delay_ == 0 ? 0 : random(max_wait_delay_ + 1));
  child_event_due_ = true;
}

bool FakeKernel::can_wait(const FakeTask& task) const {
  if (task.state == TaskState::Traced) return !task.reported;
  if (task.state != TaskState::Zombie) return false;
  const FakeProcess& group = process(task);
  if (task.tid != leader_of(task.pid)) return task.traced;
  return group.threads.size() == 1 && (task.traced || group.child_of_hub);
}

WaitStatus FakeKernel::collect(FakeTask& task) {
  if (task.state == TaskState::Traced) {
    task.reported = true;
    return task.stop_status;
  }
  const FakeProcess& group = process(task);
  const WaitStatus status(group.group_exit ? group.group_exit_status : task.exit_status);
  if (task.tid == leader_of(task.pid)) notify_parent(group);
  release(task);
  return status;
}

std::optional<WaitResult> FakeKernel::wait_next() {
  ++counters_.waits;
  std::vector<FakeTask*> ready;
  for (const auto& [tid, task] : tasks_) {
    if (can_wait(*task) && task->visible_at <= ticks_) ready.push_back(task.get());
  }
  if (ready.empty()) return std::nullopt;
  FakeTask& task = *ready[random(ready.size())];
  const Tid tid = task.tid;
  const WaitResult result{tid, collect(task)};
  if (on_report_) on_report_(result);
  return result;
}

std::optional<WaitStatus> FakeKernel::wait_thread(Tid tid) {
  ++counters_.waits;
  FakeTask* task = find(tid);
  if (task == nullptr || !can_wait(*task) || task->visible_at > ticks_) return std::nullopt;
  return collect(*task);
}

// -- attach, run, stop -------------------------------------------------------------------------------------

FakeTask* FakeKernel::stopped(Tid tid) const {
  FakeTask* task = find(tid);
  const bool ok = task != nullptr && task->traced && task->state == TaskState::Traced && !task->listening;
  return ok ? task : nullptr;
}

Result<> FakeKernel::seize(Tid tid, bool) {
  FakeTask* task = find(tid);
  if (task == nullptr) return no_process(tid.value);
  const Pid other = process(*task).foreign_tracer;
  if (other) {
    return Error{ErrorCode::NotPermitted, EPERM,
                 "traced by another process, pid " + std::to_string(other.value)};
  }
  if (task->traced || task->state == TaskState::Zombie) return failure(EPERM, "attach to", tid);
  task->traced = true;
  if (task->state == TaskState::JobStopped) {
    task->trap_stop = true;
    task->state = TaskState::Running;
    task->signal_pending = true;
  }
  return {};
}

Result<> FakeKernel::interrupt(Tid tid) {
  ++counters_.interrupts;
  FakeTask* task = find(tid);
  if (task == nullptr || !task->traced) return failure(ESRCH, "interrupt thread", tid);
  if (task->state == TaskState::Zombie || task->killed) return {};
  task->trap_stop = true;
  wake_for_signal(*task);
  if (task->listening) wake_from_stop(*task);
  return {};
}

Result<> FakeKernel::set_exit_stops(Tid tid, bool on, bool) {
  FakeTask* task = stopped(tid);
  if (task == nullptr) return failure(ESRCH, "set the trace options of thread", tid);
  task->exit_stops = on;
  return {};
}

Result<> FakeKernel::resume(Tid tid, ResumeMode mode, int signal) {
  FakeTask* task = stopped(tid);
  if (task == nullptr) return failure(ESRCH, "resume thread", tid);
  if (signal < 0 || signal > kMaxSignal) return failure(EIO, "resume thread", tid);
  if (mode == ResumeMode::Listen) {
    if (task->stop_status.event() != PtraceEvent::Stop) return failure(EIO, "resume thread", tid);
    task->listening = true;
    if (task->trap_notify) wake_from_stop(*task);
    return {};
  }
  ++counters_.resumes;
  const bool steps = mode == ResumeMode::Step || mode == ResumeMode::BlockStep;
  if (steps) ++counters_.steps;
  task->syscall_trace = mode == ResumeMode::Syscall;
  task->single_step = task->exit_trap = steps;
  task->block_step = mode == ResumeMode::BlockStep;
  task->injected = signal;
  wake_from_stop(*task);
  return {};
}

Result<> FakeKernel::detach(Tid tid, int signal) {
  FakeTask* task = stopped(tid);
  if (task == nullptr) return failure(ESRCH, "detach from thread", tid);
  if (signal < 0 || signal > kMaxSignal) return failure(EIO, "detach from thread", tid);
  task->single_step = task->exit_trap = task->syscall_trace = false;
  task->trap_stop = task->trap_notify = false;
  task->injected = signal;
  const FakeProcess& group = process(*task);
  if (group.stop_stopped || group.group_stop_count != 0) task->stop_pending = true;
  task->traced = false;
  wake_from_stop(*task);
  return {};
}

Result<> FakeKernel::send_signal(Pid pid, Tid tid, int signal) {
  FakeTask* task = find(tid);
  if (task == nullptr || task->pid != pid) return failure(ESRCH, "signal thread", tid);
  if (signal < 0 || signal > kMaxSignal) return failure(EINVAL, "signal thread", tid);
  siginfo_t info{};
  info.si_signo = signal;
  info.si_code = SI_TKILL;
  info.si_pid = ::getpid();
  if (signal != 0 && task->state != TaskState::Zombie) send(info, *task, false);
  return {};
}

Result<> FakeKernel::kill_process(Pid pid) {
  return kill(pid, SIGKILL);
}

Result<> FakeKernel::kill(Pid pid, int signal) {
  const FakeProcess* target = find_process(pid);
  if (target == nullptr) return failure(ESRCH, "kill process", leader_of(pid));
  siginfo_t info{};
  info.si_signo = signal;
  info.si_code = SI_USER;
  info.si_pid = ::getpid();
  if (signal != 0) send(info, *find(leader_of(pid)), true);
  return {};
}

void FakeKernel::set_foreign_tracer(Pid pid, Pid tracer) {
  processes_.at(pid)->foreign_tracer = tracer;
}

// -- state of a stopped task -----------------------------------------------------------------------------

Result<GeneralRegisters> FakeKernel::registers(Tid tid) {
  ++counters_.register_calls;
  const FakeTask* task = stopped(tid);
  if (task == nullptr) return failure(ESRCH, "read the registers of thread", tid);
  return task->registers;
}

Result<> FakeKernel::set_registers(Tid tid, const GeneralRegisters& registers) {
  ++counters_.register_calls;
  FakeTask* task = stopped(tid);
  if (task == nullptr) return failure(ESRCH, "write the registers of thread", tid);
  // Flags that user mode cannot have, such as the interrupt flag, stay as they are.
  constexpr std::uint64_t kWritableFlags = 0x54dd5;
  const std::uint64_t flags = task->registers.eflags;
  task->registers = registers;
  task->registers.eflags = (flags & ~kWritableFlags) | (registers.eflags & kWritableFlags);
  return {};
}

Result<> FakeKernel::set_pc(Tid tid, Address pc) {
  ++counters_.register_calls;
  FakeTask* task = stopped(tid);
  if (task == nullptr) return failure(ESRCH, "set the pc of thread", tid);
  task->registers.rip = pc.value;
  return {};
}

Result<Bytes> FakeKernel::extended_state(Tid tid) {
  ++counters_.register_calls;
  const FakeTask* task = stopped(tid);
  if (task == nullptr) return failure(ESRCH, "read the extended state of thread", tid);
  return task->extended_state;
}

Result<> FakeKernel::set_extended_state(Tid tid, ByteSpan state) {
  ++counters_.register_calls;
  FakeTask* task = stopped(tid);
  if (task == nullptr) return failure(ESRCH, "write the extended state of thread", tid);
  if (state.size() != task->extended_state.size())
    return failure(EFAULT, "write the extended state of thread", tid);
  task->extended_state.assign(state.begin(), state.end());
  return {};
}

Result<std::uint64_t> FakeKernel::debug_register(Tid tid, int number) {
  ++counters_.register_calls;
  const FakeTask* task = stopped(tid);
  if (!is_debug_register(number)) return failure(EINVAL, "read a debug register of thread", tid);
  if (task == nullptr) return failure(ESRCH, "read a debug register of thread", tid);
  return task->debug_registers[static_cast<std::size_t>(number)];
}

Result<> FakeKernel::set_debug_register(Tid tid, int number, std::uint64_t value) {
  ++counters_.register_calls;
  FakeTask* task = stopped(tid);
  if (!is_debug_register(number)) return failure(EINVAL, "write a debug register of thread", tid);
  if (task == nullptr) return failure(ESRCH, "write a debug register of thread", tid);
  auto registers = task->debug_registers;
  registers[static_cast<std::size_t>(number)] = value;
  const std::uint64_t control = number == 7 ? value : task->armed_control;
  if (!is_valid_control(control, registers)) return failure(EINVAL, "write a debug register of thread", tid);
  task->debug_registers = registers;
  task->armed_control = control;
  return {};
}

Result<siginfo_t> FakeKernel::signal_info(Tid tid) {
  const FakeTask* task = stopped(tid);
  if (task == nullptr) return failure(ESRCH, "read the signal of thread", tid);
  return task->stop_info;
}

Result<> FakeKernel::set_signal_info(Tid tid, const siginfo_t& info) {
  FakeTask* task = stopped(tid);
  if (task == nullptr) return failure(ESRCH, "change the signal of thread", tid);
  task->stop_info = info;
  return {};
}

Result<std::uint64_t> FakeKernel::event_message(Tid tid) {
  const FakeTask* task = stopped(tid);
  if (task == nullptr) return failure(ESRCH, "read the event message of thread", tid);
  return task->event_message;
}

bool FakeKernel::enters_syscall(Tid tid) {
  const FakeTask* task = stopped(tid);
  return task != nullptr && task->event_message == kEntryMessage;
}

bool FakeKernel::trap_pending(Tid tid) {
  const FakeTask* task = stopped(tid);
  return task != nullptr && std::any_of(task->pending.begin(), task->pending.end(),
                                        [](const siginfo_t& info) { return info.si_signo == SIGTRAP; });
}

}  // namespace gdbhub::test
