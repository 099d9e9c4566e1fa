// The part of Arbiter that tells engines what has happened, and takes their verdicts (contract §3).
#include <algorithm>
#include <utility>

#include "engines/core/arbiter.h"

namespace gdbhub::core {
namespace {

/// A hit of a debug register that the engine has given up before it could be told (A34).
bool is_outdated(const Thread& thread, EngineId engine, const EventDetail& detail) {
  const auto* watched = std::get_if<event::Watchpoint>(&detail);
  const auto* breakpoint = std::get_if<event::Breakpoint>(&detail);
  if (watched == nullptr && (breakpoint == nullptr || !breakpoint->hardware)) return false;
  const Address at = watched != nullptr ? watched->data : thread.pc();
  HardwareTable& table = thread.process->space->hardware();
  for (std::size_t number = 0; number < HardwareTable::size; ++number) {
    const HardwareTable::Slot* slot = table.slot(number);
    if (slot != nullptr && slot->point.at == at && table.claim_of(number, engine) != nullptr) return false;
  }
  return true;
}

}  // namespace

bool Arbiter::report(Thread& thread) {
  // One kind at a time; whoever calls looks again. `|` would ask about a pc that a verdict has changed.
  return report_pending(thread) || report_breakpoints(thread) || report_looks(thread);
}

bool Arbiter::is_owed(const Thread& thread, EngineId engine) const {
  return std::any_of(thread.pending.begin(), thread.pending.end(), [=](const Pending& pending) {
    return std::find(pending.owed.begin(), pending.owed.end(), engine) != pending.owed.end();
  });
}

bool Arbiter::report_pending(Thread& thread) {
  bool asked = false;
  // By index: a report may add to the list, and takes nothing from it.
  for (std::size_t i = 0; i < thread.pending.size(); ++i) {
    for (EngineId engine : std::vector<EngineId>(thread.pending[i].owed)) {
      const Attachment* a = thread.attachment(engine);
      if (a != nullptr && !(thread.pending[i].for_holder ? a->holds() && !a->absent : may_hear(thread, *a))) continue;
      if (std::erase(thread.pending[i].owed, engine) == 0 || a == nullptr) continue;
      EventDetail detail = thread.pending[i].detail;
      if (is_outdated(thread, engine, detail)) continue;
      if (auto* signal = std::get_if<event::Signal>(&detail)) signal->number = thread.signal;  // A19
      // What it has inserted before it knew was meant for the old program, and it will not remove it.
      if (std::holds_alternative<event::Execed>(detail)) thread.process->space->unclaim_all(engine, false);
      if (const auto* forked = std::get_if<event::Forked>(&detail)) tell_of_child(thread, engine, forked->child);
      ask(thread, engine, std::move(detail));
      asked = true;
    }
  }
  std::erase_if(thread.pending, [](const Pending& pending) { return pending.owed.empty(); });
  return asked;
}

void Arbiter::tell_of_child(Thread& parent, EngineId engine, Pid pid) {
  Process* child = machine_.tasks().process(pid);
  if (child == nullptr) return;
  std::erase(child->untold, engine);
  mark_all(*child);
  // It knows the claims that it has now, not those of the time of the fork.
  if (child->space == parent.process->space) return;
  child->space->inherit(engine, *parent.process->space);
  rearm_hardware(*child);
}

bool Arbiter::may_hear(const Thread& thread, const Attachment& attachment) {
  if (attachment.absent) return false;
  // Who holds the thread is told when it lets go: to it, nothing has run yet.
  if (!attachment.holds()) return true;
  // But two engines would wait for each other for ever if each holds weakly what the other is to step, and is owed a
  // report before that may run (A45).
  const bool step_waits = std::any_of(thread.attachments.begin(), thread.attachments.end(),
                                      [](const Attachment& a) { return is_step(a.action); });
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
  if (thread.arrival.by_step) {
    if (most_constrained(thread) == Action::Stop) return false;  // A11
    thread.arrival.by_step = false;
  }
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

bool Arbiter::report_looks(Thread& thread) {
  bool asked = false;
  for (const Member& member : std::vector<Member>(thread.process->members)) {
    Attachment* a = thread.attachment(member.engine);
    if (a == nullptr || a->absent || !is_look(a->action)) continue;
    const Action look = std::exchange(a->action, Action::Resume);
    ask(thread, member.engine, look == Action::Report ? EventDetail(event::Reported{}) : EventDetail(event::Interrupted{}));
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
  for (const auto& done : std::exchange(barriers_, {})) done();  // A25
}

void Arbiter::apply(Thread& thread, EngineId engine, const Verdict& verdict, const EventDetail& detail) {
  Attachment* a = thread.attachment(engine);
  if (a == nullptr) return;  // it has detached while it was asked
  if (!require_controller(engine)) return;  // observers see, and change nothing (A38)
  if (verdict.signal && std::holds_alternative<event::Signal>(detail)) choose_signal(thread, engine, *verdict.signal);
  if (verdict.aborted_with && std::holds_alternative<event::SyscallEntry>(detail)) {
    thread.general.orig_rax = static_cast<unsigned long>(-1);
    thread.general.rax = static_cast<unsigned long>(*verdict.aborted_with);
    thread.general_dirty = true;
    journal_.write(engine, thread.process->pid, thread.tid, "call-aborted", "by " + name_of(engine));
  }
  if (!verdict.action) return;
  if (*verdict.action == Action::Stop) {
    set_hold(*a, verdict.reason, false);
    note(engine, thread.process->pid, thread.tid, "stopped", Deed::Stopped{verdict.reason});
  } else {
    a->action = *verdict.action;
    a->range = {};
  }
}

}  // namespace gdbhub::core
