// The part of Arbiter that tells engines what has happened, and takes their verdicts (contract §3).
#include <string.h>
#include <unistd.h>

#include <algorithm>

#include "engines/core/arbiter.h"

namespace gdbhub::core {

void Arbiter::occurred(Thread& thread, const Occurrence& what) {
  Process& process = *thread.process;
  late_.erase(thread.tid);
  if (!process.started) {
    if (process.execs_left > 0) return machine_.run(thread, false);  // the shell's own signals and children
    started(thread);
  }

  const auto owe = [&](EventDetail detail, auto wants) {
    Pending pending{std::move(detail), {}};
    for (const Member& m : process.members)
      if (m.client != nullptr && wants(m) && !is_owed(thread, m.engine)) pending.owed.push_back(m.engine);
    if (!pending.owed.empty()) thread.pending.push_back(std::move(pending));
  };
  const auto owe_hardware = [&](unsigned registers) {
    for (std::size_t number = 0; number < HardwareTable::size; ++number) {
      const HardwareTable::Slot* slot = process.space->hardware().slot(number);
      if (slot == nullptr || (registers >> number & 1) == 0) continue;
      const HardwarePoint& point = slot->point;
      const auto wants = [&](const Member& m) {
        Claim* claim = process.space->hardware().claim_of(number, m.engine);
        const Attachment* a = thread.attachment(m.engine);
        if (claim == nullptr || a == nullptr || (claim->parked && a->past_parked)) return false;  // A49
        ++claim->hits;
        return true;
      };
      if (point.kind == HardwarePoint::Kind::Execute) {
        owe(event::Breakpoint{.hardware = true}, wants);
      } else {
        owe(event::Watchpoint{point.at, point.kind == HardwarePoint::Kind::Access}, wants);
      }
    }
  };

  if (const auto* stepped = std::get_if<occurrence::Stepped>(&what)) {
    if (!stepped->partly) thread.arrival.valid = false;
    owe_hardware(stepped->watched);  // first: who is told of its watchpoint knows that the step is done
    owe(event::StepDone{}, [&](const Member& m) {
      const Attachment* a = thread.attachment(m.engine);
      return a != nullptr && a->action == Action::SingleStep;
    });
  } else if (const auto* hit = std::get_if<occurrence::HardwareHit>(&what)) {
    owe_hardware(hit->registers);
  } else if (std::holds_alternative<occurrence::Trapped>(what)) {
    thread.arrival = {thread.pc(), {}, true};  // report_breakpoints() asks
  } else if (const auto* signalled = std::get_if<occurrence::Signalled>(&what)) {
    const auto ours = std::find(thread.injected.begin(), thread.injected.end(), thread.signal);
    if (ours != thread.injected.end() && signalled->info.si_pid == ::getpid()) {
      thread.injected.erase(ours);  // an engine chose it: everybody who cares has been asked
    } else {
      journal_.write({}, process.pid, thread.tid, "signal", strsignal(thread.signal));
      owe(event::Signal{thread.signal, signalled->info}, [](const Member& m) { return m.events.signals; });
    }
  } else if (const auto* forked = std::get_if<occurrence::Forked>(&what)) {
    journal_.write({}, process.pid, thread.tid, forked->vfork ? "vfork" : "fork",
                   "child " + std::to_string(forked->child->pid.value));
    std::vector<EngineId> followers;
    for (const Member& m : process.members)
      if (m.client != nullptr && m.events.forks) followers.push_back(m.engine);
    adopt_child(thread, *forked->child, followers);
    owe(event::Forked{forked->child->pid, forked->vfork}, [](const Member& m) { return m.events.forks; });
  } else if (std::holds_alternative<occurrence::VforkDone>(what)) {
    owe(event::VforkDone{}, [](const Member& m) { return m.events.forks; });
  } else if (const auto* execed = std::get_if<occurrence::Execed>(&what)) {
    const std::string path = kernel_.proc_link(process.pid, "exe").value_or("");
    journal_.write({}, process.pid, thread.tid, "exec", path);
    if (process.stray_vfork) leave(process);
    owe(event::Execed{path, execed->former}, [](const Member& m) { return m.events.execs; });
  }
  mark(thread);
}

bool Arbiter::report(Thread& thread) {
  // One kind at a time; whoever calls looks again. `|` would ask about a pc that a verdict has changed.
  return report_pending(thread) || report_breakpoints(thread) || report_interrupts(thread);
}

bool Arbiter::is_owed(const Thread& thread, EngineId engine) const {
  return std::any_of(thread.pending.begin(), thread.pending.end(), [=](const Pending& pending) {
    return std::find(pending.owed.begin(), pending.owed.end(), engine) != pending.owed.end();
  });
}

bool Arbiter::report_pending(Thread& thread) {
  bool asked = false;
  // What is added by a report belongs to the next stop, so copies will do.
  for (const Pending& pending : std::vector<Pending>(thread.pending)) {
    for (EngineId engine : pending.owed) {
      const Attachment* a = thread.attachment(engine);
      if (a != nullptr && !may_hear(thread, *a)) continue;
      for (Pending& original : thread.pending) std::erase(original.owed, engine);
      if (a == nullptr) continue;
      EventDetail detail = pending.detail;
      if (auto* signal = std::get_if<event::Signal>(&detail)) signal->number = thread.signal;  // A19
      // What it has inserted before it knew was meant for the old program, and it will not remove it.
      if (std::holds_alternative<event::Execed>(detail)) thread.process->space->unclaim_all(engine, false);
      // It knows the claims that it has now, not those of the time of the fork.
      if (const auto* forked = std::get_if<event::Forked>(&detail))
        if (Process* child = machine_.tasks().process(forked->child); child && child->space != thread.process->space)
          child->space->inherit(engine, *thread.process->space);
      ask(thread, engine, std::move(detail));
      asked = true;
    }
  }
  std::erase_if(thread.pending, [](const Pending& pending) { return pending.owed.empty(); });
  return asked;
}

bool Arbiter::may_hear(const Thread& thread, const Attachment& attachment) {
  // Who holds the thread is told when it lets go: to it, nothing has run yet.
  if (!attachment.holds()) return true;
  // But two engines would wait for each other for ever if each holds weakly what the other is to step, and is owed a
  // report before that may run (A45).
  const bool step_waits = std::any_of(thread.attachments.begin(), thread.attachments.end(),
                                      [](const Attachment& a) { return a.action == Action::SingleStep; });
  return attachment.weak && step_waits && is_starved(attachment.engine);
}

void Arbiter::renew_arrival(Thread& thread) {
  if (!thread.arrival.valid || thread.arrival.pc != thread.pc()) thread.arrival = {thread.pc(), {}, true};
}

bool Arbiter::owes_hit(const Thread& thread, const Attachment& attachment, const Claim& claim) const {
  // A49, A45: a parked claim is out of force for the threads that its owner steps off, and in force for all others.
  if (claim.parked && attachment.past_parked) return false;
  return !thread.arrival.has_asked(claim.owner);
}

bool Arbiter::owes_report(Thread& thread, const Attachment& attachment) {
  if (!thread.stopped()) return false;
  if (is_owed(thread, attachment.engine)) return true;
  if (!thread.at_instruction()) return false;
  Site* site = thread.process->space->site(thread.pc());
  if (site == nullptr) return false;
  const Claim* claim = site->claim_of(attachment.engine);
  if (claim == nullptr) return false;
  renew_arrival(thread);
  return owes_hit(thread, attachment, *claim);
}

bool Arbiter::report_breakpoints(Thread& thread) {
  if (!thread.at_instruction() || thread.process->space->site(thread.pc()) == nullptr) return false;
  renew_arrival(thread);
  bool asked = false;
  for (const Member& member : std::vector<Member>(thread.process->members)) {
    // Looked up anew each time: an engine may remove breakpoints while it is asked (A34).
    Site* site = thread.process->space->site(thread.pc());
    Claim* claim = site == nullptr ? nullptr : site->claim_of(member.engine);
    const Attachment* a = thread.attachment(member.engine);
    if (claim == nullptr || a == nullptr || !may_hear(thread, *a) || !owes_hit(thread, *a, *claim)) continue;
    thread.arrival.asked.push_back(member.engine);
    ++claim->hits;
    ask(thread, member.engine, event::Breakpoint{});
    asked = true;
  }
  return asked;
}

bool Arbiter::report_interrupts(Thread& thread) {
  bool asked = false;
  for (const Member& member : std::vector<Member>(thread.process->members)) {
    Attachment* a = thread.attachment(member.engine);
    if (a == nullptr || a->action != Action::Interrupt) continue;
    a->action = Action::Resume;
    ask(thread, member.engine, event::Interrupted{});
    asked = true;
  }
  return asked;
}

void Arbiter::ask(Thread& thread, EngineId engine, EventDetail detail) {
  const Event event{thread.process->pid, thread.tid, thread.pc(), std::move(detail)};
  asked_ = engine;
  asked_about_ = thread.tid;
  const Verdict verdict = thread.attachment(engine)->client->report(event);
  asked_ = {};
  asked_about_ = {};
  apply(thread, engine, verdict, event.detail);
}

void Arbiter::apply(Thread& thread, EngineId engine, const Verdict& verdict, const EventDetail& detail) {
  Attachment* a = thread.attachment(engine);
  if (a == nullptr) return;  // it has detached while it was asked
  if (verdict.signal && std::holds_alternative<event::Signal>(detail)) thread.signal = *verdict.signal;
  if (!verdict.action || !require_controller(engine)) return;  // observers see, but do not hold (A38)
  if (*verdict.action == Action::Stop) {
    set_hold(*a, verdict.reason, false);
    journal_.write(engine, thread.process->pid, thread.tid, "stopped",
                   "by " + name_of(engine) + ": " + std::string(describe(verdict.reason)));
  } else {
    a->action = *verdict.action;
  }
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
  mark(child);
}

void Arbiter::thread_gone(Thread& thread, WaitStatus how) {
  late_.erase(thread.tid);
  waiting_.erase(thread.tid);
  blocked_steps_.erase(thread.tid);
  for (Attachment& a : thread.attachments) end_wait(a);
  // Who has not been told of a child will not be, and cannot release it.
  for (const Pending& pending : std::exchange(thread.pending, {}))
    if (const auto* forked = std::get_if<event::Forked>(&pending.detail))
      if (Process* child = machine_.tasks().process(forked->child))
        for (EngineId engine : pending.owed) remove_member(*child, engine);
  const Process& process = *thread.process;
  if (!process.started || process.leaving) return;
  journal_.write({}, process.pid, thread.tid, "thread-gone",
                 how.is_killed() ? "killed by " + std::string(strsignal(how.term_signal()))
                                 : "exited with " + std::to_string(how.exit_code()));
  for (const Member& m : std::vector<Member>(process.members))
    if (m.client != nullptr) m.client->thread_gone(process.pid, thread.tid, how);
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
  for (const Member& m : std::vector<Member>(process.members))
    if (m.client != nullptr) m.client->process_gone(process.pid, how);
}

}  // namespace gdbhub::core
