// The part of Arbiter that knows who is attached to what (contract §4, §6).
#include <algorithm>

#include "engines/core/arbiter.h"

namespace gdbhub::core {

Attachment Arbiter::make_attachment(EngineId engine) const {
  Attachment a;
  a.engine = engine;
  if (const auto record = engines_.find(engine); record != engines_.end()) {
    a.client = record->second.client;
    a.absent = record->second.linger_timer != 0;
  }
  return a;
}

void Arbiter::set_hold(Attachment& a, HoldReason reason, bool weak) {
  if (!a.holds()) {
    a.since = loop_.now();
    a.in_force = a.uninterruptible = false;
  }
  a.action = Action::Stop;
  a.reason = reason;
  a.weak = weak;
  a.past_parked = false;
  end_wait(a);
}

void Arbiter::add_member(Process& process, EngineId engine, EventSet events) {
  const auto record = engines_.find(engine);
  process.members.push_back({engine, record == engines_.end() ? nullptr : record->second.client, events});
  for (Thread* thread : process.threads) thread->attachments.push_back(make_attachment(engine));
  update_tracing(process);
  if (process.owner == EngineId{} && controls(process.members.back())) process.owner = engine;
}

bool Arbiter::controls(const Member& member) const {
  return !member.events.observe && require_controller(member.engine).ok();
}

void Arbiter::update_tracing(Process& process) {
  const auto any = [&](auto wants) {
    return std::any_of(process.members.begin(), process.members.end(), wants);
  };
  process.trace_syscalls = any([](const Member& m) { return m.events.any_syscalls(); });
  process.trace_exits = any([](const Member& m) { return m.events.threads; });
  if (!process.started) return;
  for (Thread* thread : process.threads)
    if (machine_.needs_other_stops(*thread)) machine_.request_stop(*thread);  // A18
}

bool Arbiter::has_controller(const Process& process) const {
  return std::any_of(process.members.begin(), process.members.end(), [&](const Member& m) { return controls(m); });
}

void Arbiter::drop_member(Process& process, EngineId engine) {
  // Threads of a vfork child and its parent share one space: the claims stay while the engine is with either.
  const bool elsewhere = std::any_of(
      machine_.tasks().processes().begin(), machine_.tasks().processes().end(), [&](const auto& other) {
        return other.get() != &process && other->space == process.space && other->has_member(engine);
      });
  if (!elsewhere) {
    AddressSpace& space = *process.space;
    if (space.lease && space.lease->holder() == engine) (void)space.write(space.lease->range().begin, space.lease->end());
    space.unclaim_all(engine, false);
  }
  std::erase_if(process.members, [=](const Member& m) { return m.engine == engine; });
  std::erase(process.untold, engine);
  std::vector<Pid> unheard_of;
  for (Thread* thread : process.threads) {
    if (Attachment* a = thread->attachment(engine)) end_wait(*a);
    std::erase_if(thread->attachments, [=](const Attachment& a) { return a.engine == engine; });
    for (Pending& pending : thread->pending) {
      const auto* forked = std::get_if<event::Forked>(&pending.detail);
      if (std::erase(pending.owed, engine) != 0 && forked != nullptr) unheard_of.push_back(forked->child);
    }
  }
  update_tracing(process);
  if (process.owner == engine) {
    process.owner = {};
    const auto oldest = std::find_if(process.members.begin(), process.members.end(), [&](const Member& m) { return controls(m); });
    if (oldest != process.members.end()) process.owner = oldest->engine;
  }
  mark_all(process);
  // It will not be told of these children any more, and so would not release them (A22).
  for (const Pid pid : unheard_of)
    if (Process* child = machine_.tasks().process(pid); child != nullptr && child->has_member(engine)) remove_member(*child, engine);
}

void Arbiter::remove_member(Process& process, EngineId engine) {
  drop_member(process, engine);
  if (!is_wanted(process)) {
    while (!process.members.empty()) {
      const EngineId observer = process.members.back().engine;
      journal_.write(observer, process.pid, leader_of(process.pid), "detached", name_of(observer));
      drop_member(process, observer);
    }
    leave(process);
  }
}

void Arbiter::leave(Process& process) {
  const bool shares_traps =
      process.space.use_count() > 1 && !process.space->sites().empty() &&
      std::any_of(machine_.tasks().processes().begin(), machine_.tasks().processes().end(),
                  [&](const auto& other) { return other.get() != &process && other->space == process.space; });
  process.stray_vfork = shares_traps;
  process.leaving = !shares_traps;
  mark_all(process);
}

void Arbiter::adopt_child(Thread& parent, Process& child, const std::vector<EngineId>& followers) {
  const Process& of = *parent.process;
  child.launched = of.launched;
  if (child.space != of.space) child.space->keep_only(followers);
  for (const Member& m : of.members) {
    if (std::find(followers.begin(), followers.end(), m.engine) == followers.end()) continue;
    EventSet events = m.events;
    events.observe = false;
    add_member(child, m.engine, events);
    if (!require_controller(m.engine)) continue;  // observers hold nothing (A38)
    for (Thread* thread : child.threads) set_hold(*thread->attachment(m.engine), HoldReason::Fork, false);
  }
  child.untold = followers;
  if (child.has_member(of.owner)) child.owner = of.owner;
  add_followers(child);
  if (is_wanted(child)) return;
  while (!child.members.empty()) drop_member(child, child.members.back().engine);
  leave(child);
}

void Arbiter::started(Thread& thread) {
  Process& process = *thread.process;
  process.started = true;
  journal_.write({}, process.pid, thread.tid, "started", kernel_.proc_link(process.pid, "exe").value_or(""));
  for (Attachment& a : thread.attachments) set_hold(a, HoldReason::Start, false);
  mark(thread);
  for (const Member& m : std::vector<Member>(process.members))
    if (m.client != nullptr) m.client->launched(process.pid, {});
  add_followers(process);
}

// ---- the public side -------------------------------------------------------------------------------

Result<Process*> Arbiter::require_member(EngineId engine, Pid pid) const {
  Process* process = machine_.tasks().process(pid);
  if (process == nullptr || !process->has_member(engine))
    return Error{ErrorCode::NotFound, 0, "not attached to process " + std::to_string(pid.value)};
  return process;
}

Result<> Arbiter::require_controller(EngineId engine) const {
  const auto record = engines_.find(engine);
  if (record != engines_.end() && record->second.info.role == Role::Controller) return {};
  return Error{ErrorCode::NotPermitted, 0, "observers may only look"};
}

Result<> Arbiter::attach(EngineId engine, Pid pid, EventSet events, Exclusive exclusive) {
  Batch batch(*this);
  Process* process = machine_.tasks().process(pid);
  const bool is_back = process != nullptr && (process->leaving || process->stray_vfork);
  const bool is_new = process == nullptr || is_back;
  if (is_back) {
    if (auto allowed = require_controller(engine); !allowed) return allowed;
    machine_.take_back(*process);
  } else if (is_new) {
    if (auto allowed = require_controller(engine); !allowed) return allowed;
    Result<Process*> attached = machine_.attach(pid);
    if (!attached) return attached.error();
    process = *attached;
  } else if (!process->started) {
    return Error{ErrorCode::Busy, 0, "process " + std::to_string(pid.value) + " is just starting"};
  } else if (process->has_member(engine)) {
    return Error{ErrorCode::Busy, 0, "already attached to process " + std::to_string(pid.value)};
  } else if (const auto rival = find_rival(*process, engine, exclusive)) {
    return *rival;
  }
  add_member(*process, engine, events);
  owe_awaited_signals(*process, engine);
  journal_.write(engine, pid, leader_of(pid), "attached", name_of(engine));
  if (is_new) add_followers(*process);
  return {};
}

std::optional<Error> Arbiter::find_rival(const Process& process, EngineId engine, Exclusive exclusive) const {
  if (exclusive == Exclusive::No) return std::nullopt;
  const EngineInfo& own = engines_.at(engine).info;
  for (const Member& m : process.members) {
    const auto record = engines_.find(m.engine);
    if (record == engines_.end()) continue;
    const EngineInfo& other = record->second.info;
    const bool matches = exclusive == Exclusive::SameKind ? other.kind == own.kind
                                                          : !own.identity.empty() && other.identity == own.identity;
    if (matches) return Error{ErrorCode::Busy, 0, name_of(m.engine) + " is attached to process " +
                                                      std::to_string(process.pid.value) + " already"};
  }
  return std::nullopt;
}

EndOfReports Arbiter::end_of_reports(EngineId engine, const Process& process) const {
  const Thread* told_of = machine_.tasks().thread(asked_about_);
  if (asked_ == engine && told_of != nullptr && told_of->process == &process) return EndOfReports::InProgress;
  const bool dying = process.ended || std::any_of(process.threads.begin(), process.threads.end(), [&](const Thread* thread) {
                       return thread->exit && !may_be_held_exiting(*thread);
                     });
  return dying ? EndOfReports::AlreadyDying : EndOfReports::Done;
}

Result<Pid> Arbiter::launch(EngineId engine, const LaunchSpec& spec, EventSet events) {
  Batch batch(*this);
  if (auto allowed = require_controller(engine); !allowed) return allowed.error();
  Result<Process*> process = machine_.launch(spec);
  if (!process) return process.error();
  // What is launched stays when its last client drops, as with gdbserver: the hub has a stake in it, too (A51).
  add_member(**process, {}, {});
  add_member(**process, engine, events);
  const Pid pid = (*process)->pid;
  journal_.write(engine, pid, leader_of(pid), "launched", "by " + name_of(engine));  // "started" names the program
  return pid;
}

Result<EndOfReports> Arbiter::detach(EngineId engine, Pid pid) {
  Batch batch(*this);
  Result<Process*> process = require_member(engine, pid);
  if (!process) return process.error();
  journal_.write(engine, pid, leader_of(pid), "detached", name_of(engine));
  const EndOfReports answer = end_of_reports(engine, **process);
  // Unlike a dropped connection, the last controller's detach lets the listener's tracee go, too.
  const bool controlled = controls(*(*process)->member(engine));
  remove_member(**process, engine);
  if (controlled && !has_controller(**process) && (*process)->has_member({})) remove_member(**process, {});
  return answer;
}

Result<> Arbiter::kill(EngineId engine, Pid pid, bool force) {
  check_thread();
  Result<Process*> process = require_member(engine, pid);
  if (!process) return process.error();
  if (auto allowed = require_controller(engine); !allowed) return allowed;
  const bool others = std::any_of((*process)->members.begin(), (*process)->members.end(), [&](const Member& m) {
    return m.engine != engine && controls(m);
  });
  if (others && !force && !any_may_kill_ && (*process)->owner != engine)  // A28
    return Error{ErrorCode::NotPermitted, 0,
                 "process " + std::to_string(pid.value) + " belongs to " + name_of((*process)->owner) +
                     "; \"monitor kill force\" kills it all the same"};
  journal_.write(engine, pid, leader_of(pid), "kill", "by " + name_of(engine));
  return kernel_.kill_process(pid);
}

Result<EndOfReports> Arbiter::set_events(EngineId engine, Pid pid, EventSet events) {
  check_thread();
  Result<Process*> process = require_member(engine, pid);
  if (!process) return process.error();
  (*process)->member(engine)->events = events;
  update_tracing(**process);
  return end_of_reports(engine, **process);
}

std::vector<ProcessStatus> Arbiter::processes() const {
  check_thread();
  std::vector<ProcessStatus> list;
  for (const auto& p : machine_.tasks().processes())
    if (p->started && !p->leaving && !p->stray_vfork) {
      const bool waits = p->has_member({}) && std::any_of(p->threads.begin(), p->threads.end(), [](Thread* t) {
        const Attachment* hubs = t->attachment({});
        return hubs != nullptr && hubs->holds();
      });
      list.push_back({p->pid, p->owner, p->launched, waits});
    }
  return list;
}

std::vector<Tid> Arbiter::threads(Pid pid) const {
  check_thread();
  std::vector<Tid> list;
  if (const Process* process = machine_.tasks().process(pid))
    for (const Thread* thread : process->threads)
      if (thread->state != Thread::State::Zombie) list.push_back(thread->tid);
  return list;
}

std::optional<Pid> Arbiter::process_of(Tid tid) const {
  check_thread();
  const Thread* thread = machine_.tasks().thread(tid);
  if (thread == nullptr) return std::nullopt;
  return thread->process->pid;
}

bool Arbiter::attached(EngineId engine, Pid pid) const {
  check_thread();
  return require_member(engine, pid).ok();
}

}  // namespace gdbhub::core
