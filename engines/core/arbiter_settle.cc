// The part of Arbiter that decides whether a thread runs (contract §2).
#include <algorithm>

#include "engines/core/arbiter.h"
#include "gdbhub/check.h"

namespace gdbhub::core {
namespace {

using namespace std::chrono_literals;

// A thread that does not stop within this time is looked at: it may be in D state or a zombie leader (A46).
constexpr Duration late_stop = 20ms;
// A hold is explained to who waits for it after this time (A14).
constexpr Duration long_wait = 1s;

}  // namespace

void Arbiter::end() {
  GDBHUB_CHECK(batches_ > 0);
  if (--batches_ != 0) return;
  flush_resumed();
  settle();
}

void Arbiter::mark(Thread& thread) {
  if (std::exchange(thread.marked, true)) return;
  // Threads with something to report come first: an all-stop engine will then hold the others before they run.
  const bool urgent = thread.stopped() && (!thread.pending.empty() || thread.process->space->site(thread.pc()) != nullptr);
  if (urgent) {
    marked_.push_front(thread.tid);
  } else {
    marked_.push_back(thread.tid);
  }
}

void Arbiter::mark_all(Process& process) {
  for (Thread* thread : process.threads) mark(*thread);
}

void Arbiter::settle() {
  if (settling_) return;
  settling_ = true;
  while (!marked_.empty() || !joined_.empty() || !afterwards_.empty()) {
    if (!joined_.empty()) {
      tell_followers();  // before any thread runs
      continue;
    }
    if (marked_.empty()) {
      const auto call = std::move(afterwards_.front());
      afterwards_.pop_front();
      call();
      continue;
    }
    const Tid tid = marked_.front();
    marked_.pop_front();
    Thread* thread = machine_.tasks().thread(tid);
    if (thread == nullptr || !thread->marked) continue;
    thread->marked = false;
    settle(*thread);
  }
  settling_ = false;
}

void Arbiter::settle(Thread& thread) {
  const Process& process = *thread.process;
  if (!process.started) return;
  if (thread.range_run && !is_wanted(*thread.range_run, thread)) machine_.end_range_run(thread);
  if (process.leaving) {  // the attachments are gone
    if (!thread.stopped()) return machine_.request_stop(thread);
    return machine_.let_go(thread);
  }

  if (thread.stopped() && report(thread)) {
    mark(thread);  // the answers may have changed anything; look again after what they have touched
    return;
  }
  const Action action = most_constrained(thread);
  if (!thread.stopped()) {
    if (action <= Action::Interrupt) expect_stop(thread);
    if (action == Action::Report) expect_report(thread);
    return;
  }
  if (action == Action::Stop) return hold(thread);
  if (thread.call.held && !thread.exit) {
    thread.call.held = false;
    if (static_cast<long>(thread.general.orig_rax) != -1) {
      thread.call.number = static_cast<long>(thread.general.orig_rax);
      owe_entry(thread, true);  // A20
      if (!thread.pending.empty()) return mark(thread);
    }
  }
  waiting_.erase(thread.tid);
  blocked_steps_.erase(thread.tid);
  for (Attachment& a : thread.attachments) end_wait(a);
  // Who exits executes nothing of the program any more; and a leader that was killed as it stepped in line waits for the others.
  if (thread.awaits_errand() || (machine_.must_wait(thread) && !thread.exit)) return;
  run(thread, action);
}

bool Arbiter::is_wanted(const RangeRun& run, const Thread& thread) {
  return std::any_of(thread.attachments.begin(), thread.attachments.end(),
                     [&](const Attachment& a) { return a.steps() && a.range == run.range(); });
}

Action Arbiter::most_constrained(Thread& thread) {
  if (thread.exit && !may_be_held_exiting(thread)) return Action::Resume;
  Action smallest = Action::Resume;
  Action smallest_but_weak = Action::Resume;
  bool all_weak_starved = true;
  for (const Attachment& a : thread.attachments) {
    const Action wish = a.absent && owes_report(thread, a) ? Action::Stop : a.action;  // A39
    smallest = std::min(smallest, wish);
    // A weak holder that is owed a report must get it before the thread moves, so its hold counts in full.
    const bool passable = a.holds() && a.weak && !owes_report(thread, a);
    if (!passable) smallest_but_weak = std::min(smallest_but_weak, wish);
    if (passable && !is_starved(a.engine)) all_weak_starved = false;
  }
  if (smallest == Action::Stop && is_step(smallest_but_weak) && all_weak_starved)
    return Action::SingleStep;  // A45: one instruction at a time
  return smallest;
}

bool Arbiter::is_starved(EngineId engine) {
  const auto record = engines_.find(engine);
  if (record == engines_.end()) return false;
  return std::none_of(record->second.resumed_alone.begin(), record->second.resumed_alone.end(), [&](Tid tid) {
    Thread* thread = machine_.tasks().thread(tid);
    if (thread == nullptr) return false;
    const Attachment* own = thread->attachment(engine);
    if (own == nullptr || own->holds()) return false;
    const bool held_by_others = std::any_of(thread->attachments.begin(), thread->attachments.end(),
                                            [](const Attachment& a) { return a.holds(); });
    if (thread->vfork_wait && !thread->stopped()) return false;  // others may hold the child
    return !thread->stopped() || thread->awaits_errand() || !held_by_others;
  });
}

AddressRange Arbiter::range_of(const Thread& thread) {
  const Attachment* stepper = nullptr;
  for (const Attachment& a : thread.attachments) {
    if (a.holds()) return {};  // a weak hold is passed one instruction at a time (A45)
    if (!a.steps()) continue;
    if (stepper != nullptr && stepper->range != a.range) return {};
    stepper = &a;
  }
  return stepper == nullptr ? AddressRange{} : stepper->range;
}

void Arbiter::run(Thread& thread, Action action) {
  for (Attachment& a : thread.attachments) {
    a.in_force = a.uninterruptible = false;
    if (a.holds() && thread.signal != 0) a.passed_signal = thread.signal;
  }
  if (!thread.at_instruction() || thread.pc() != thread.arrival.pc) thread.arrival.valid = false;
  // Nothing to be stepped over: it leaves the place unseen.
  if (thread.process->space->site(thread.pc()) == nullptr) thread.arrival.valid = false;
  if (!thread.exit) thread.pending.clear();  // thread_gone() looks at who has not been told of a child
  if (thread.group_stop != 0) explain_job_control(thread);
  const Stride stride = action == Action::SingleStep ? Stride::Instruction : action == Action::BlockStep ? Stride::Block : Stride::Free;
  machine_.run(thread, stride, range_of(thread));
  if (thread.vfork_wait) mark_blocked_steps(thread);  // who resumed only this one may be starved now
}

void Arbiter::hold(Thread& thread) {
  if (thread.awaits_errand()) machine_.forget_errand(thread);
  late_.erase(thread.tid);
  thread.call.held = thread.call.at_entry;
  bool is_news = note_waiting(thread);
  for (Attachment& a : thread.attachments) {
    if (!a.holds() || thread.process->is_unknown_to(a.engine)) continue;
    if (std::exchange(a.in_force, true)) continue;
    is_news = true;
    const bool told = std::exchange(a.uninterruptible, false);
    if (a.client != nullptr && !told) a.client->quiesced(thread.process->pid, thread.tid, false);
  }
  if (const Attachment* last = last_holder(thread)) last->client->holds_alone(thread.process->pid, thread.tid);
  // This thread's hold may have starved an engine whose weak holds keep the steps of others (A45).
  if (is_news) mark_blocked_steps(thread);
}

void Arbiter::mark_blocked_steps(const Thread& but) {
  for (Tid tid : blocked_steps_) {
    Thread* other = machine_.tasks().thread(tid);
    if (other != nullptr && other != &but) mark(*other);
  }
}

const Attachment* Arbiter::last_holder(Thread& thread) {
  const auto holders = std::count_if(thread.attachments.begin(), thread.attachments.end(),
                                     [](const Attachment& a) { return a.holds(); });
  const Attachment* last = nullptr;
  for (Attachment& a : thread.attachments)
    if (a.holds() && std::exchange(a.accompanied, holders > 1) && holders == 1 && a.client != nullptr) last = &a;
  return last;
}

void Arbiter::expect_stop(Thread& thread) {
  machine_.request_stop(thread);
  if (thread.state != Thread::State::Running) return;
  late_.insert(thread.tid);
  if (late_timer_ != 0) return;
  late_timer_ = loop_.after(late_stop, [this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) look_at_late_stops();
  });
}

void Arbiter::look_at_late_stops() {
  late_timer_ = 0;
  Batch batch(*this);
  for (Tid tid : std::vector<Tid>(late_.begin(), late_.end())) {
    Thread* thread = machine_.tasks().thread(tid);
    if (thread == nullptr || thread->state != Thread::State::Running) {
      late_.erase(tid);
      continue;
    }
    machine_.check_zombie(*thread);
    if (thread->state == Thread::State::Running && machine_.is_uninterruptible(*thread)) {
      for (Attachment& a : thread->attachments) {
        if (a.action > Action::Interrupt || std::exchange(a.uninterruptible, true)) continue;
        if (a.client != nullptr) a.client->quiesced(thread->process->pid, tid, true);  // A46
      }
    }
  }
  if (late_.empty()) return;
  late_timer_ = loop_.after(late_stop, [this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) look_at_late_stops();
  });
}

void Arbiter::expect_report(Thread& thread) {
  // An interrupt breaks calls off, some of them visibly (epoll_wait(2)), so who sleeps in one is left alone.
  if (machine_.is_awake(thread)) return machine_.request_stop(thread);
  sleepers_.insert(thread.tid);
  sleepers_pause_ = late_stop;
  if (sleepers_timer_ != 0) return;
  sleepers_timer_ = loop_.after(sleepers_pause_, [this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) look_at_sleepers();
  });
}

void Arbiter::look_at_sleepers() {
  sleepers_timer_ = 0;
  for (Tid tid : std::vector<Tid>(sleepers_.begin(), sleepers_.end())) {
    Thread* thread = machine_.tasks().thread(tid);
    const bool is_wanted = thread != nullptr && thread->state == Thread::State::Running && most_constrained(*thread) == Action::Report;
    if (is_wanted && !machine_.is_awake(*thread)) continue;
    sleepers_.erase(tid);
    if (is_wanted) machine_.request_stop(*thread);
  }
  if (sleepers_.empty()) return;
  // Who has slept for long is likely to go on: each look costs a read of /proc.
  sleepers_pause_ = std::min(sleepers_pause_ * 2, long_wait);
  sleepers_timer_ = loop_.after(sleepers_pause_, [this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) look_at_sleepers();
  });
}

bool Arbiter::note_waiting(Thread& thread) {
  bool waits = false, is_news = false;
  for (Attachment& a : thread.attachments) {
    // Who only observes wants nothing: to it the thread runs slowly (A2).
    if (a.client == nullptr || a.holds() || !controls(*thread.process->member(a.engine))) continue;
    waits = true;
    if (is_step(a.action)) blocked_steps_.insert(thread.tid);
    is_news |= begin_wait(a);
  }
  if (!waits) return false;
  waiting_.insert(thread.tid);
  if (waiting_timer_ != 0) return is_news;
  waiting_timer_ = loop_.after(long_wait, [this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) explain_waiting();
  });
  return is_news;
}

bool Arbiter::begin_wait(Attachment& a) {
  if (a.waiting_since != TimePoint{}) return false;
  a.waiting_since = loop_.now();
  EngineRecord& record = engines_.at(a.engine);
  if (record.threads_waiting++ == 0) record.waiting_since = a.waiting_since;
  return true;
}

void Arbiter::end_wait(Attachment& a) {
  if (a.waiting_since == TimePoint{}) return;
  a.waiting_since = {};
  a.told_waiting = false;
  EngineRecord& record = engines_.at(a.engine);
  if (--record.threads_waiting == 0) record.kept_waiting += loop_.now() - record.waiting_since;
}

std::vector<Hold> Arbiter::holders_of(Thread& thread) {
  std::vector<Hold> list;
  for (const Attachment& a : thread.attachments) {
    const bool has_report_to_come = !a.holds() && a.absent && owes_report(thread, a);
    if (!a.holds() && !has_report_to_come) continue;
    list.push_back({a.engine, thread.process->pid, thread.tid, has_report_to_come ? HoldReason::Absent : a.reason,
                    has_report_to_come ? loop_.now() : a.since, a.weak, a.in_force, a.uninterruptible});
  }
  return list;
}

void Arbiter::explain_job_control(Thread& thread) {
  const Hold hold{{}, thread.process->pid, thread.tid, HoldReason::JobControl, loop_.now(), false, true, false};
  for (Attachment& a : thread.attachments) {
    if (!std::exchange(a.resumed_in_job_stop, false) || a.client == nullptr) continue;
    afterwards_.push_back([this, engine = a.engine, hold] {
      if (const auto record = engines_.find(engine); record != engines_.end()) record->second.client->kept_waiting({hold});
    });
  }
}

void Arbiter::explain(EngineId engine, const std::vector<Hold>& by) {
  const auto record = engines_.find(engine);
  if (record == engines_.end()) return;
  for (const Hold& hold : by)
    journal_.write(engine, hold.pid, hold.tid, "kept-waiting",
                   *record->second.name + " waits for " + name_of(hold.engine) + ": " + std::string(describe(hold.reason)));
  record->second.client->kept_waiting(by);
}

void Arbiter::explain_waiting() {
  waiting_timer_ = 0;
  Batch batch(*this);
  const TimePoint now = loop_.now();
  std::unordered_map<EngineId, std::vector<Hold>> explanations;
  for (Tid tid : std::vector<Tid>(waiting_.begin(), waiting_.end())) {
    Thread* thread = machine_.tasks().thread(tid);
    if (thread == nullptr) {
      waiting_.erase(tid);
      blocked_steps_.erase(tid);
      continue;
    }
    for (Attachment& a : thread->attachments) {
      if (a.client == nullptr || a.holds() || a.waiting_since == TimePoint{}) continue;
      if (now - a.waiting_since < long_wait || std::exchange(a.told_waiting, true)) continue;
      std::vector<Hold>& by = explanations[a.engine];
      for (const Hold& hold : holders_of(*thread)) {
        const bool known = std::any_of(by.begin(), by.end(), [&](const Hold& h) { return h.engine == hold.engine; });
        if (!known) by.push_back(hold);
      }
    }
  }
  for (const auto& [engine, by] : explanations) explain(engine, by);
  if (waiting_.empty()) return;
  waiting_timer_ = loop_.after(long_wait, [this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) explain_waiting();
  });
}

}  // namespace gdbhub::core
