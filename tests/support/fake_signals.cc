// Signals and job control of the fake machine; the functions follow kernel/signal.c step by step.
#include <algorithm>
#include <array>
#include <cerrno>

#include "tests/support/fake_kernel.h"

namespace gdbhub::test {
namespace {

constexpr Address kDefault{0};
constexpr Address kIgnore{1};
constexpr int kFirstRealtimeSignal = 32;
constexpr std::uint64_t kNoDeferFlag = 0x40000000;  // SA_NODEFER
constexpr std::uint64_t kRestartFlag = 0x10000000;  // SA_RESTART
constexpr std::array kStopSignals = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
constexpr std::array kIgnoredSignals = {SIGCONT, SIGCHLD, SIGWINCH, SIGURG};
constexpr std::array kSynchronousSignals = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGSYS};

template <class Set>
bool is_in(const Set& set, int signal) {
  return std::find(set.begin(), set.end(), signal) != set.end();
}

constexpr std::uint64_t bit(int signal) {
  return 1ull << (signal - 1);
}
bool is_blocked(const FakeTask& task, int signal) {
  return (task.blocked & bit(signal)) != 0;
}

template <class Predicate>
std::optional<siginfo_t> take_lowest(std::vector<siginfo_t>& queue, Predicate wanted) {
  auto best = queue.end();
  for (auto it = queue.begin(); it != queue.end(); ++it) {
    if (wanted(*it) && (best == queue.end() || it->si_signo < best->si_signo)) best = it;
  }
  if (best == queue.end()) return std::nullopt;
  const siginfo_t info = *best;
  queue.erase(best);
  return info;
}

bool has_unblocked(const std::vector<siginfo_t>& queue, const FakeTask& task) {
  return std::any_of(queue.begin(), queue.end(),
                     [&](const siginfo_t& info) { return !is_blocked(task, info.si_signo); });
}

/// Whether a signal sent to the whole process would make this task look at it.
bool wants_signal(const FakeTask& task, int signal) {
  return !is_blocked(task, signal) && task.state != TaskState::Zombie && task.state != TaskState::Traced &&
         task.state != TaskState::JobStopped && !task.signal_pending;
}

}  // namespace

// -- sending -------------------------------------------------------------------------------------------

void FakeKernel::send(const siginfo_t& info, FakeTask& target, bool whole_process) {
  FakeProcess& group = process(target);
  const int signal = info.si_signo;
  if (group.group_exit) return;
  prepare_stop_or_continue(group, signal);
  if (is_ignored(target, signal)) return;
  auto& queue = whole_process ? group.pending : target.pending;
  const bool is_queued = std::any_of(queue.begin(), queue.end(),
                                     [signal](const siginfo_t& other) { return other.si_signo == signal; });
  if (signal < kFirstRealtimeSignal && is_queued) return;
  const auto& action = group.actions[static_cast<std::size_t>(signal)];
  const bool is_fatal =
      action.handler == kDefault && !is_in(kStopSignals, signal) && !is_in(kIgnoredSignals, signal);
  if (signal == SIGKILL || (is_fatal && !target.traced && !is_blocked(target, signal))) {
    return begin_group_exit(group, WaitStatus::killed(signal).raw());
  }
  queue.push_back(info);
  if (wants_signal(target, signal)) return wake_for_signal(target);
  if (!whole_process) return;
  for (FakeTask* task : threads_of(group)) {
    if (wants_signal(*task, signal)) return wake_for_signal(*task);
  }
}

/// A signal that the task's own instruction has caused: it cannot be blocked or ignored.
void FakeKernel::force(FakeTask& task, int signal, int code, Address where) {
  siginfo_t info{};
  info.si_signo = signal;
  info.si_code = code;
  info.si_addr = reinterpret_cast<void*>(where.value);
  auto& action = process(task).actions[static_cast<std::size_t>(signal)];
  if (is_blocked(task, signal) || action.handler == kIgnore) {
    action.handler = kDefault;
    task.blocked &= ~bit(signal);
  }
  const bool is_queued = std::any_of(task.pending.begin(), task.pending.end(),
                                     [signal](const siginfo_t& other) { return other.si_signo == signal; });
  if (!is_queued) task.pending.push_back(info);
  task.signal_pending = true;
}

/// A stop signal cancels SIGCONT and the other way round, when they are sent.
void FakeKernel::prepare_stop_or_continue(FakeProcess& group, int signal) {
  const auto flush = [&](auto is_unwanted) {
    std::erase_if(group.pending, is_unwanted);
    for (FakeTask* task : threads_of(group)) std::erase_if(task->pending, is_unwanted);
  };
  if (is_in(kStopSignals, signal)) {
    flush([](const siginfo_t& info) { return info.si_signo == SIGCONT; });
  } else if (signal == SIGCONT) {
    flush([](const siginfo_t& info) { return is_in(kStopSignals, info.si_signo); });
    for (FakeTask* task : threads_of(group)) {
      task->stop_pending = task->stop_consume = task->stop_dequeued = false;
      if (task->traced) {
        notify_trap(*task);
      } else if (task->state == TaskState::JobStopped) {
        task->state = TaskState::Running;
      }
    }
    group.stop_stopped = false;
    group.group_stop_count = 0;
  }
}

bool FakeKernel::is_ignored(const FakeTask& task, int signal) const {
  if (is_blocked(task, signal) || (task.traced && signal != SIGKILL)) return false;
  const Address handler = process(task).actions[static_cast<std::size_t>(signal)].handler;
  return signal != SIGKILL && signal != SIGSTOP &&
         (handler == kIgnore || (handler == kDefault && is_in(kIgnoredSignals, signal)));
}

void FakeKernel::wake_for_signal(FakeTask& task) {
  task.signal_pending = true;
  if (task.state == TaskState::Paused) task.state = TaskState::Running;
}

void FakeKernel::wake_for_kill(FakeTask& task) {
  if (task.state == TaskState::Zombie) return;
  task.stop_pending = task.stop_consume = task.stop_dequeued = task.trap_stop = task.trap_notify = false;
  task.listening = false;
  task.killed = true;
  task.signal_pending = true;
  task.state = TaskState::Running;
}

void FakeKernel::notify_trap(FakeTask& task) {
  if (task.state == TaskState::Zombie || task.killed) return;
  task.trap_notify = true;
  wake_for_signal(task);
  if (task.listening) wake_from_stop(task);
}

void FakeKernel::recalculate_signal_pending(FakeTask& task) {
  task.signal_pending = task.killed || task.stop_pending || task.trap_stop || task.trap_notify ||
                        has_unblocked(task.pending, task) || has_unblocked(process(task).pending, task);
}

void FakeKernel::begin_group_exit(FakeProcess& group, int status) {
  if (group.group_exit) return;
  group.group_exit = true;
  group.group_exit_status = status;
  group.group_stop_count = 0;
  for (FakeTask* task : threads_of(group)) wake_for_kill(*task);
}

// -- on the way back to user mode
// ----------------------------------------------------------------------------

std::optional<siginfo_t> FakeKernel::dequeue(FakeTask& task) {
  const auto unblocked = [&](const siginfo_t& info) { return !is_blocked(task, info.si_signo); };
  const auto synchronous = [&](const siginfo_t& info) {
    return unblocked(info) && info.si_code > SI_USER && is_in(kSynchronousSignals, info.si_signo);
  };
  auto info = take_lowest(task.pending, synchronous);
  if (!info) info = take_lowest(task.pending, unblocked);
  if (!info) info = take_lowest(process(task).pending, unblocked);
  if (info && is_in(kStopSignals, info->si_signo)) task.stop_dequeued = true;
  recalculate_signal_pending(task);
  return info;
}

/// One round of get_signal()'s loop.
void FakeKernel::handle_signals(FakeTask& task) {
  task.path = KernelPath::Signals;
  if (task.killed) {
    const FakeProcess& group = process(task);
    const bool killed_by_exec = !group.group_exit && group.exec_task;
    return begin_exit(task, group.group_exit ? group.group_exit_status : killed_by_exec ? 0 : SIGKILL);
  }
  if (task.stop_pending && do_signal_stop(task, 0)) return;
  if (task.trap_stop || task.trap_notify) return job_control_trap(task);
  const auto info = dequeue(task);
  if (!info) return finish_signals(task);
  if (task.traced) {
    task.stop_dequeued = true;
    task.path = KernelPath::AfterSignalStop;
    enter_stop(task, StopKind::SignalDelivery, WaitStatus::stopped(info->si_signo), *info);
    return;
  }
  act_on_signal(task, *info);
}

void FakeKernel::after_signal_stop(FakeTask& task) {
  task.path = KernelPath::Signals;
  const int signal = task.injected;
  if (signal == 0) return;
  siginfo_t info = task.stop_info;
  if (signal != info.si_signo) {
    info = {};
    info.si_signo = signal;
    info.si_code = SI_USER;
  }
  if (is_blocked(task, signal)) return send(info, task, false);
  act_on_signal(task, info);
}

void FakeKernel::act_on_signal(FakeTask& task, const siginfo_t& info) {
  const int signal = info.si_signo;
  const Address handler = process(task).actions[static_cast<std::size_t>(signal)].handler;
  if (signal == SIGKILL) return begin_group_exit(process(task), SIGKILL);
  if (handler == kIgnore) return;
  if (handler != kDefault) return enter_handler(task, info);
  if (is_in(kIgnoredSignals, signal)) return;
  if (is_in(kStopSignals, signal)) {
    do_signal_stop(task, signal);
    return;
  }
  begin_group_exit(process(task), WaitStatus::killed(signal).raw());
}

void FakeKernel::enter_handler(FakeTask& task, const siginfo_t& info) {
  const FakeProcess::Action action = process(task).actions[static_cast<std::size_t>(info.si_signo)];
  GeneralRegisters& registers = task.registers;
  const auto result = static_cast<std::int64_t>(registers.rax);
  if (registers.orig_rax != ~0ull && (result == -kRestartNoHand || result == -kRestartSys)) {
    if (result == -kRestartSys && (action.flags & kRestartFlag) != 0) {
      registers.rax = registers.orig_rax;
      registers.rip -= 2;
    } else {
      registers.rax = static_cast<std::uint64_t>(-EINTR);
    }
  }
  constexpr std::uint64_t kRedZone = 128;
  FakeMemory& memory = task.space->memory;
  const SignalFrame frame{action.restorer.value, registers, task.blocked};
  const Address at{(registers.rsp - kRedZone - sizeof frame) / 16 * 16 - 8};
  if (memory.check(at, sizeof frame, FakeMemory::Access::Write)) return force(task, SIGSEGV, SI_KERNEL, {});
  memory.poke(at, bytes_of(frame));
  registers.rsp = at.value;
  registers.rip = action.handler.value;
  registers.rdi = static_cast<std::uint64_t>(info.si_signo);
  registers.rax = 0;
  registers.eflags &= ~kResumeFlag;
  task.blocked |= action.mask | ((action.flags & kNoDeferFlag) != 0 ? 0 : bit(info.si_signo));
  recalculate_signal_pending(task);
  if (task.single_step) {
    task.single_step = false;
    notify_stop(task, StopKind::Event, WaitStatus::stopped(SIGTRAP));
  }
}

/// No signal is left: a system call that a signal or an interrupt broke off is restarted.
void FakeKernel::finish_signals(FakeTask& task) {
  GeneralRegisters& registers = task.registers;
  const auto result = static_cast<std::int64_t>(registers.rax);
  if (registers.orig_rax != ~0ull && (result == -kRestartNoHand || result == -kRestartSys)) {
    registers.rax = registers.orig_rax;
    registers.rip -= 2;
  }
  task.path = KernelPath::User;
}

// -- group-stops -------------------------------------------------------------------------------------------

/// Starts a group-stop (`signal` not 0) or takes part in one. True when the task has stopped without a
/// tracer.
bool FakeKernel::do_signal_stop(FakeTask& task, int signal) {
  FakeProcess& group = process(task);
  if (!task.stop_pending) {
    if (!task.stop_dequeued || group.group_exit || group.exec_task) return false;
    group.group_stop_count = 0;
    for (FakeTask* thread : threads_of(group)) {
      const bool is_stopped = thread != &task && thread->state == TaskState::JobStopped;
      if (is_stopped || thread->state == TaskState::Zombie || thread->killed) continue;
      thread->stop_signal = signal;
      thread->stop_pending = thread->stop_consume = true;
      ++group.group_stop_count;
      if (thread == &task) continue;
      if (thread->traced) {
        notify_trap(*thread);
      } else {
        wake_for_signal(*thread);
      }
    }
  }
  if (task.traced) {
    task.trap_stop = true;
    return false;
  }
  participate_in_group_stop(task);
  task.state = TaskState::JobStopped;
  return true;
}

void FakeKernel::participate_in_group_stop(FakeTask& task) {
  FakeProcess& group = process(task);
  const bool consume = task.stop_consume;
  task.stop_pending = task.stop_consume = task.stop_dequeued = false;
  if (consume && group.group_stop_count > 0 && --group.group_stop_count == 0) group.stop_stopped = true;
}

void FakeKernel::job_control_trap(FakeTask& task) {
  const FakeProcess& group = process(task);
  const bool in_group_stop = group.stop_stopped || group.group_stop_count != 0;
  const int signal = in_group_stop ? task.stop_signal : SIGTRAP;
  notify_stop(task, StopKind::Event, WaitStatus::event(PtraceEvent::Stop, signal));
}

}  // namespace gdbhub::test
