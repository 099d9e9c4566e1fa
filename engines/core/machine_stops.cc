// The part of Machine that finds out what a stop means.
#include <sys/syscall.h>

#include "engines/core/machine.h"

namespace gdbhub::core {
namespace {

// si_code of SIGTRAP as Linux on x86 gives it (arch/x86/kernel/traps.c, kernel/ptrace.c); not in glibc's headers.
constexpr int si_kernel = 0x80;         // int3
constexpr int trap_brkpt = 1;           // a stepped system call has returned
constexpr int trap_trace = 2;           // a step
constexpr int trap_hwbkpt = 4;          // a debug register
constexpr int notify_trap = SIGTRAP;    // ptrace_notify: stepped into a signal handler

}  // namespace

void Machine::handle(WaitResult result) {
  Thread* thread = tasks_.thread(result.tid);
  if (thread == nullptr) return handle_unknown(result);
  if (result.status.is_death()) return handle_death(*thread, result.status);

  thread->state = Thread::State::Stopped;
  thread->status = result.status;
  const bool interrupted = std::exchange(thread->stop_requested, false);
  const int group_stop = std::exchange(thread->group_stop, 0);
  thread->vfork_wait = false;
  if (Result<GeneralRegisters> general = kernel_.registers(thread->tid)) {
    thread->general = *general;
    thread->general_dirty = thread->pc_dirty = false;
  } else {
    thread->state = Thread::State::Running;  // killed meanwhile; its death will be reported
    return;
  }
  note_left_copy(*thread);

  if (const auto event = result.status.event()) {
    handle_event(*thread, *event, group_stop);
  } else if (result.status.is_syscall()) {
    handle_syscall(*thread, interrupted);
  } else {
    handle_signal(*thread, result.status.stop_signal());
  }
  // An exec by another thread has taken the record away.
  if (const Thread* still_there = tasks_.thread(result.tid)) proceed_in_line(*still_there->process->space);
}

void Machine::handle_event(Thread& thread, PtraceEvent event, int former_group_stop) {
  switch (event) {
    case PtraceEvent::Stop:
      thread.rejoins_group_stop = false;
      if (former_group_stop == 0 && may_have_trapped(thread) && kernel_.trap_pending(thread.tid)) {
        // The kernel makes this stop before it delivers the trap of what the thread did last; the pc says nothing yet. Nothing
        // runs before that trap's own stop. In a group-stop the thread does nothing, so what is pending then has been sent.
        (void)kernel_.resume(thread.tid, ResumeMode::Continue, 0);
        thread.state = Thread::State::Running;
        thread.stop_requested = true;
        thread.rejoins_group_stop = thread.status.is_group_stop();
        return;
      }
      undo_errand(thread, nullptr);
      if (thread.status.is_group_stop()) {
        thread.group_stop = thread.status.stop_signal();
        if (former_group_stop != 0) return observer_.occurred(thread, occurrence::Quiet{});
        return observer_.occurred(thread, occurrence::JobStopped{});
      }
      if (former_group_stop != 0) return observer_.occurred(thread, occurrence::JobContinued{});
      return observer_.occurred(thread, occurrence::Quiet{});
    case PtraceEvent::Clone:
    case PtraceEvent::Fork:
    case PtraceEvent::Vfork:
      thread.inside_syscall = true;
      return handle_clone(thread, event);
    case PtraceEvent::VforkDone:
      thread.inside_syscall = true;
      return observer_.occurred(thread, occurrence::VforkDone{});
    case PtraceEvent::Exec:
      return handle_exec(thread);
    case PtraceEvent::Exit: {
      const auto how = static_cast<int>(kernel_.event_message(thread.tid).value_or(0));
      undo_errand(thread, nullptr);
      thread.inside_syscall = true;
      thread.exit = Exit{WaitStatus(how), static_cast<long>(thread.general.orig_rax) == SYS_exit};
      return observer_.occurred(thread, occurrence::Exiting{});
    }
  }
}

bool Machine::may_have_trapped(const Thread& thread) const {
  // In a system call, where most threads of a large program are, an instruction traps only for a step or a watchpoint.
  const bool in_call = static_cast<long>(thread.general.orig_rax) >= 0;
  return !in_call || thread.stepping || !thread.process->space->hardware().empty();
}

void Machine::handle_syscall(Thread& thread, bool interrupted) {
  SystemCall& call = thread.call;
  if (thread.busy_with<errand::EnterSyscall>() || thread.busy_with<errand::InLine>() || kernel_.enters_syscall(thread.tid)) {
    if (const auto* enter = std::get_if<errand::EnterSyscall>(&thread.errand)) {
      // The kernel restarts the call from pc - 2, and a child starts at the pc: both must be the original's. `syscall` has
      // also left the return address in rcx.
      const Address after = enter->original + (thread.pc() - enter->slot);
      if (thread.general.rcx == thread.general.rip) thread.general.rcx = after.value;
      thread.set_pc(after);
    }
    forget_errand(thread);
    thread.inside_syscall = true;
    const auto number = static_cast<long>(thread.general.orig_rax);
    const bool goes_on = std::exchange(call.broken_off, false) && call.after == thread.pc() &&
                         (number == call.number || number == SYS_restart_syscall);
    call.at_entry = true;
    if (goes_on) return observer_.occurred(thread, occurrence::Quiet{});
    call.number = number;
    return observer_.occurred(thread, occurrence::SyscallEntry{});
  }
  // Attached or asked to look in the middle of a call: its exit is the first that is seen.
  const SystemCall ended = std::exchange(call, {});
  const long number = ended.number >= 0 ? ended.number : static_cast<long>(thread.general.orig_rax);
  const auto result = static_cast<long>(thread.general.rax);
  if (interrupted && thread.is_to_restart()) {
    call.number = number;
    call.broken_off = true;
    call.result = result;
    call.after = thread.pc();
    return observer_.occurred(thread, occurrence::Quiet{});
  }
  observer_.occurred(thread, occurrence::SyscallExit{number, result, thread.stepping && thread.at_instruction()});
}

void Machine::signalled(Thread& thread, int signal, const siginfo_t& info) {
  thread.signal = signal;
  occurrence::Signalled what{info, {}};
  // The signal decides whether the call is made again: this is its end.
  if (std::exchange(thread.call.broken_off, false))
    what.ended_call = occurrence::SyscallExit{thread.call.number, thread.call.result, false};
  observer_.occurred(thread, what);
}

void Machine::handle_signal(Thread& thread, int signal) {
  siginfo_t info{};
  if (auto known = kernel_.signal_info(thread.tid)) info = *known;
  if (signal == SIGTRAP) return handle_trap(thread, info);
  // A trap in memory that cannot be executed (gdb returns from its inferior calls to the stack) faults instead of trapping.
  if (signal == SIGSEGV && info.si_code > 0 && thread.pc().value == reinterpret_cast<std::uint64_t>(info.si_addr)) {
    if (Site* site = thread.process->space->site(thread.pc())) {
      if (!std::exchange(site->faults, true) || !thread.busy_with<errand::InLine>()) {
        undo_errand(thread, nullptr);
        return observer_.occurred(thread, occurrence::Trapped{});
      }
    }
  }
  undo_errand(thread, &info);
  signalled(thread, signal, info);
}

void Machine::handle_trap(Thread& thread, const siginfo_t& info) {
  AddressSpace& space = *thread.process->space;
  if (info.si_code == si_kernel) {
    const Address at = thread.pc() - 1;
    if (const auto* deliver = std::get_if<errand::DeliverSignal>(&thread.errand); deliver && deliver->at == at) {
      // The signal was ignored, so the step ran into the trap: still the same arrival.
      thread.errand = {};
      thread.set_pc(at);
      return observer_.occurred(thread, occurrence::Quiet{});
    }
    const auto* in_line = std::get_if<errand::InLine>(&thread.errand);
    const bool programs_own = in_line != nullptr && in_line->site == at;
    // A trap that has gone meanwhile was ours: as if it had never been there (A34).
    if (!programs_own && (space.site(at) != nullptr || space.raw_byte(at) != isa_.trap()[0])) {
      undo_errand(thread, nullptr);
      thread.set_pc(at);
      const Site* site = space.site(at);
      if (site != nullptr && site->is_exit_of(thread.tid) && !thread.range_run->range().contains(at))
        return observer_.occurred(thread, occurrence::Stepped{});  // it has come out
      return observer_.occurred(thread, occurrence::Trapped{thread.restarts_at == at});
    }
  } else if (info.si_code == trap_brkpt && (!thread.stepping || !thread.at_instruction())) {
    // The end of a step into a system call that was interrupted and is to be restarted: the step is not done (A10).
    undo_errand(thread, nullptr);
    return observer_.occurred(thread, occurrence::Quiet{});
  } else if (thread.stepping &&
             (info.si_code == trap_trace || info.si_code == trap_brkpt || info.si_code == notify_trap)) {
    Occurrence what = finish_errand(thread);
    if (auto* stepped = std::get_if<occurrence::Stepped>(&what)) stepped->watched = hits_of(thread);
    return observer_.occurred(thread, what);
  } else if (info.si_code == trap_hwbkpt) {
    const unsigned hits = hits_of(thread);
    undo_errand(thread, nullptr);
    if (hits != 0) return observer_.occurred(thread, occurrence::HardwareHit{hits});
    return observer_.occurred(thread, occurrence::Quiet{});  // of a register that has been given up meanwhile (A34)
  }
  siginfo_t mended = info;
  undo_errand(thread, &mended);
  signalled(thread, SIGTRAP, mended);
}

}  // namespace gdbhub::core
