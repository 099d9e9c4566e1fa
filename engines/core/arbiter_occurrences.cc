// The part of Arbiter that hears from the machine, and notes which engines are owed a report of it (contract §3).
#include <string.h>
#include <unistd.h>

#include <algorithm>

#include "engines/core/arbiter.h"

namespace gdbhub::core {

void Arbiter::occurred(Thread& thread, const Occurrence& what) {
  Process& process = *thread.process;
  late_.erase(thread.tid);
  if (!process.started) {
    // The shell's own signals and children.
    if (process.execs_left > 0 || thread.exit) return machine_.run(thread, Stride::Free);
    started(thread);
  }
  std::visit([&](const auto& occurrence) { take(thread, occurrence); }, what);
  mark(thread);
}

template <class Wants>
void Arbiter::owe(Thread& thread, EventDetail detail, Wants wants) {
  Pending pending{std::move(detail), {}};
  for (const Member& m : thread.process->members)
    if (m.client != nullptr && wants(m)) pending.owed.push_back(m.engine);
  if (!pending.owed.empty()) thread.pending.push_back(std::move(pending));
}

void Arbiter::owe_hardware(Thread& thread, unsigned registers) {
  HardwareTable& table = thread.process->space->hardware();
  for (std::size_t number = 0; number < HardwareTable::size; ++number) {
    const HardwareTable::Slot* slot = table.slot(number);
    if (slot == nullptr || (registers >> number & 1) == 0) continue;
    const HardwarePoint& point = slot->point;
    const auto wants = [&](const Member& m) {
      Claim* claim = table.claim_of(number, m.engine);
      const Attachment* a = thread.attachment(m.engine);
      if (claim == nullptr || a == nullptr || (claim->parked && a->past_parked)) return false;  // A49
      if (is_owed(thread, m.engine)) return false;  // one stop, though two registers saw it
      ++claim->hits;
      return true;
    };
    if (point.kind == HardwarePoint::Kind::Execute) {
      owe(thread, event::Breakpoint{.hardware = true}, wants);
    } else {
      owe(thread, event::Watchpoint{point.at, point.kind == HardwarePoint::Kind::Access}, wants);
    }
  }
}

void Arbiter::owe_step(Thread& thread) {
  owe(thread, event::StepDone{}, [&](const Member& m) {
    const Attachment* a = thread.attachment(m.engine);
    // Who is told of its watchpoint, or of the call's end, knows that the step is done.
    return a != nullptr && a->steps() && !a->range.contains(thread.pc()) && !is_owed(thread, m.engine);
  });
}

void Arbiter::take(Thread& thread, const occurrence::Stepped& stepped) {
  if (!stepped.partly) thread.arrival = {thread.pc(), {}, true, true};
  owe_hardware(thread, stepped.watched);
  owe_step(thread);
}

void Arbiter::take(Thread& thread, const occurrence::HardwareHit& hit) { owe_hardware(thread, hit.registers); }

void Arbiter::take(Thread& thread, const occurrence::Trapped& trapped) {
  thread.arrival = {thread.pc(), {}, true};  // report_breakpoints() asks
  if (!trapped.again) return;
  if (const Site* site = thread.process->space->site(thread.pc()))
    for (const Claim& claim : site->claims) thread.arrival.asked.push_back(claim.owner);
}

void Arbiter::owe_entry(Thread& thread, bool repeated) {
  const GeneralRegisters& r = thread.general;
  const long number = thread.call.number;
  owe(thread, event::SyscallEntry{number, {r.rdi, r.rsi, r.rdx, r.r10, r.r8, r.r9}, repeated},
      [&](const Member& m) { return m.events.syscall_entries.contains(number); });
  // A16: the first to attach is the last to be asked, closest to the program.
  if (!thread.pending.empty() && std::holds_alternative<event::SyscallEntry>(thread.pending.back().detail))
    std::reverse(thread.pending.back().owed.begin(), thread.pending.back().owed.end());
}

void Arbiter::take(Thread& thread, const occurrence::SyscallEntry&) { owe_entry(thread, false); }

void Arbiter::take(Thread& thread, const occurrence::SyscallExit& exit) {
  owe(thread, event::SyscallExit{exit.number, exit.result},
      [&](const Member& m) { return m.events.syscall_exits.contains(exit.number); });
  if (!exit.stepped) return;
  thread.arrival = {thread.pc(), {}, true, true};
  owe_step(thread);
}

void Arbiter::take(Thread& thread, const occurrence::Signalled& signalled) {
  // Whoever catches the call's end may also want the signal: two events of one stop, told one after the other.
  thread.signal_by = {};
  if (signalled.ended_call) take(thread, *signalled.ended_call);
  const auto ours = std::find(thread.injected.begin(), thread.injected.end(), thread.signal);
  if (ours != thread.injected.end() && signalled.info.si_pid == ::getpid()) {
    thread.injected.erase(ours);  // an engine chose it: everybody who cares has been asked
    return;
  }
  journal_.write({}, thread.process->pid, thread.tid, "signal", strsignal(thread.signal));
  owe(thread, event::Signal{thread.signal, signalled.info}, [](const Member& m) { return m.events.signals; });
}

void Arbiter::take(Thread& thread, const occurrence::Forked& forked) {
  const auto wants = [](const Member& m) { return m.events.forks; };
  journal_.write({}, thread.process->pid, thread.tid, forked.vfork ? "vfork" : "fork",
                 "child " + std::to_string(forked.child->pid.value));
  std::vector<EngineId> followers;
  for (const Member& m : thread.process->members)
    if (m.client != nullptr && wants(m)) followers.push_back(m.engine);
  adopt_child(thread, *forked.child, followers);
  owe(thread, event::Forked{forked.child->pid, forked.vfork}, wants);
}

void Arbiter::take(Thread& thread, const occurrence::VforkDone&) {
  owe(thread, event::VforkDone{}, [](const Member& m) { return m.events.forks; });
}

void Arbiter::take(Thread& thread, const occurrence::Execed& execed) {
  Process& process = *thread.process;
  const std::string path = kernel_.proc_link(process.pid, "exe").value_or("");
  journal_.write({}, process.pid, thread.tid, "exec", path);
  if (process.stray_vfork) leave(process);
  owe(thread, event::Execed{path, execed.former}, [](const Member& m) { return m.events.execs; });
}

void Arbiter::take(Thread& thread, const occurrence::Exiting&) {
  // Killed while it was stopped: what it had stopped for is over. But who was to follow a child is still to be told of it.
  std::erase_if(thread.pending, [](const Pending& p) { return !std::holds_alternative<event::Forked>(p.detail); });
  const bool may_be_held = may_be_held_exiting(thread);
  owe(thread, event::Exiting{thread.exit->how, may_be_held}, [](const Member& m) { return m.events.threads; });
  if (!may_be_held) mark_all(*thread.process);  // holds of others that were on their way out end now
}

bool Arbiter::may_be_held_exiting(const Thread& thread) const {
  // The kernel drops a SIGKILL once the whole process is exiting: a thread that is held then would stay for ever (A27).
  const std::vector<Thread*>& all = thread.process->threads;
  return thread.exit->by_itself && std::any_of(all.begin(), all.end(), [](const Thread* other) {
           return !other->exit && other->state != Thread::State::Zombie;
         });
}

void Arbiter::take(Thread& thread, const occurrence::JobStopped&) {
  journal_.write({}, thread.process->pid, thread.tid, "job-stopped", strsignal(thread.group_stop));
  owe(thread, event::JobStopped{thread.group_stop}, [](const Member& m) { return m.events.job_control; });
}

void Arbiter::take(Thread& thread, const occurrence::JobContinued&) {
  journal_.write({}, thread.process->pid, thread.tid, "job-continued", "");
  owe(thread, event::JobContinued{}, [](const Member& m) { return m.events.job_control; });
}

// ---- births and deaths -----------------------------------------------------------------------------

void Arbiter::thread_started(Thread& child, Thread& parent) {
  const Process& process = *child.process;
  if (!process.started) return;
  journal_.write({}, process.pid, child.tid, "thread-started", "by thread " + std::to_string(parent.tid.value));
  for (const Attachment& of_parent : parent.attachments) {  // A21
    Attachment a = make_attachment(of_parent.engine);
    if (a.client == nullptr) {
      if (of_parent.holds()) set_hold(a, of_parent.reason, false);
    } else if (a.client->thread_started(process.pid, child.tid, parent.tid) == Action::Stop &&
               require_controller(a.engine)) {
      set_hold(a, HoldReason::AllStop, false);
    }
    child.attachments.push_back(a);
  }
  owe(child, event::ThreadStarted{parent.tid}, [](const Member& m) { return m.events.threads; });
  mark(child);
}

void Arbiter::thread_gone(Thread& thread, WaitStatus how) {
  late_.erase(thread.tid);
  sleepers_.erase(thread.tid);
  waiting_.erase(thread.tid);
  blocked_steps_.erase(thread.tid);
  for (Attachment& a : thread.attachments) end_wait(a);
  // Who has not been told of a child will not be, and cannot release it.
  for (const Pending& pending : std::exchange(thread.pending, {}))
    if (const auto* forked = std::get_if<event::Forked>(&pending.detail))
      if (Process* child = machine_.tasks().process(forked->child))
        for (EngineId engine : pending.owed) remove_member(*child, engine);
  const Process& process = *thread.process;
  for (Thread* other : process.threads)
    if (other != &thread && other->exit) mark(*other);  // it may now be the last, which nobody holds (A27)
  if (!process.started || process.leaving) return;
  journal_.write({}, process.pid, thread.tid, "thread-gone",
                 how.is_killed() ? "killed by " + std::string(strsignal(how.term_signal()))
                                 : "exited with " + std::to_string(how.exit_code()));
  for (const Member& m : std::vector<Member>(process.members))
    if (m.client != nullptr && !process.is_unknown_to(m.engine)) m.client->thread_gone(process.pid, thread.tid, how);
}

void Arbiter::space_left(AddressSpace& space) {
  // Who is attached to none of those that remain will not take its breakpoints out.
  std::vector<EngineId> users;
  for (const auto& process : machine_.tasks().processes())
    if (process->space.get() == &space)
      for (const Member& m : process->members) users.push_back(m.engine);
  space.keep_only(users);
}

void Arbiter::thread_reaped(Thread& thread) {
  const Process& process = *thread.process;
  if (!process.started || process.leaving) return;
  for (const Member& m : std::vector<Member>(process.members))  // who has left meanwhile is not told (A18)
    if (m.client != nullptr && m.events.reaps && process.has_member(m.engine) && !process.is_unknown_to(m.engine))
      m.client->thread_reaped(process.pid, thread.tid);
}

void Arbiter::process_gone(Process& process, WaitStatus how) {
  if (!process.started) {
    const Error error{ErrorCode::System, 0,
                      how.is_killed() ? "During startup program terminated with signal " +
                                            std::string(strsignal(how.term_signal()))
                                      : "During startup program exited with code " + std::to_string(how.exit_code())};
    for (const Member& m : std::vector<Member>(process.members))
      if (m.client != nullptr) m.client->launched(process.pid, error);
    return;
  }
  journal_.write({}, process.pid, leader_of(process.pid), "process-gone",
                 how.is_killed() ? "killed by " + std::string(strsignal(how.term_signal()))
                                 : "exited with " + std::to_string(how.exit_code()));
  // Who has not been told of the fork yet will hear neither of it nor of this (A22).
  for (const auto& other : machine_.tasks().processes())
    for (Thread* thread : other->threads)
      std::erase_if(thread->pending, [&](const Pending& pending) {
        const auto* forked = std::get_if<event::Forked>(&pending.detail);
        return forked != nullptr && forked->child == process.pid;
      });
  for (const Member& m : std::vector<Member>(process.members))
    if (m.client != nullptr && !process.is_unknown_to(m.engine)) m.client->process_gone(process.pid, how);
}

}  // namespace gdbhub::core
