// The part of Arbiter that shows who is there and who keeps whom waiting, and lets one engine act on another.
#include <algorithm>

#include "engines/core/arbiter.h"

namespace gdbhub::core {

std::vector<Hold> Arbiter::holds() const {
  check_thread();
  std::vector<Hold> list;
  for (const auto& process : machine_.tasks().processes()) {
    if (!process->started) continue;
    for (const Thread* thread : process->threads)
      for (const Attachment& a : thread->attachments)
        if (a.holds())
          list.push_back({a.engine, process->pid, thread->tid, a.reason, a.since, a.weak, a.in_force,
                          a.uninterruptible});
  }
  return list;
}

std::vector<EngineStatus> Arbiter::engines() const {
  check_thread();
  std::vector<EngineStatus> list;
  for (const auto& [id, record] : engines_) {
    EngineStatus status{id, record.info, {}, {}, 0, 0, record.kept_waiting, record.client->activity()};
    for (const auto& process : machine_.tasks().processes()) {
      const Member* member = process->member(id);
      if (member != nullptr) status.processes.push_back(process->pid);
      if (member != nullptr && controls(*member)) status.controlled.push_back(process->pid);
      for (Thread* thread : process->threads)
        if (const Attachment* a = thread->attachment(id); a != nullptr && a->holds()) ++status.holds;
    }
    list.push_back(std::move(status));
  }
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  for (const BreakpointInfo& b : breakpoints())
    for (EngineStatus& status : list)
      if (status.id == b.owner && !b.parked) ++status.breakpoints;
  return list;
}

std::string Arbiter::name_of(EngineId engine) const {
  const auto record = engines_.find(engine);
  if (record == engines_.end()) return "the hub";
  return record->second.info.kind + "#" + std::to_string(engine.value) + " (" + record->second.info.peer + ")";
}

std::vector<Wait> Arbiter::waits() const {
  check_thread();
  std::vector<Wait> list;
  for (Tid tid : waiting_) {
    const Thread* thread = machine_.tasks().thread(tid);
    if (thread == nullptr) continue;
    for (const Attachment& a : thread->attachments)
      if (a.waiting_since != TimePoint{})
        list.push_back({a.engine, thread->process->pid, tid, a.waiting_since});
  }
  return list;
}

std::optional<Address> Arbiter::stopped_at(Tid tid) const {
  check_thread();
  const Thread* thread = machine_.tasks().thread(tid);
  if (thread == nullptr || !thread->stopped()) return std::nullopt;
  return thread->pc();
}

// ---- between engines -------------------------------------------------------------------------------

Result<> Arbiter::end_hold(EngineId engine, EngineId holder, Tid tid) {
  Batch batch(*this);
  if (auto allowed = require_controller(engine); !allowed) return allowed;
  Thread* thread = machine_.tasks().thread(tid);
  Attachment* a = thread == nullptr ? nullptr : thread->attachment(holder);
  if (a == nullptr || !a->holds())
    return Error{ErrorCode::NotFound, 0, name_of(holder) + " does not hold thread " + std::to_string(tid.value)};
  a->action = Action::Resume;
  a->weak = a->in_force = a->uninterruptible = false;
  a->past_parked = true;  // what the holder has put aside at its prompt must not catch the thread again (A49)
  mark(*thread);
  const Pid pid = thread->process->pid;
  journal_.write(engine, pid, tid, "hold-ended", name_of(holder) + " no longer holds it, by " + name_of(engine));
  if (a->client != nullptr)
    a->client->told(name_of(engine) + " has ended your hold on thread " + std::to_string(tid.value) + ": it runs");
  return {};
}

Result<bool> Arbiter::request_release(EngineId engine, EngineId holder, Tid tid) {
  Batch batch(*this);
  if (auto allowed = require_controller(engine); !allowed) return allowed.error();
  Thread* thread = machine_.tasks().thread(tid);
  const Attachment* a = thread == nullptr ? nullptr : thread->attachment(holder);
  if (a == nullptr || !a->holds() || a->client == nullptr)
    return Error{ErrorCode::NotFound, 0, name_of(holder) + " does not hold thread " + std::to_string(tid.value)};
  if (a->client->release_requested(thread->process->pid, tid, engine)) return true;
  if (auto told = tell(engine, holder, "please let thread " + std::to_string(tid.value) + " run; you hold it"); !told) return told.error();
  return false;
}

Result<> Arbiter::tell(EngineId engine, EngineId whom, std::string_view text) {
  check_thread();
  if (auto allowed = require_controller(engine); !allowed) return allowed;
  const auto record = engines_.find(whom);
  if (record == engines_.end()) return Error{ErrorCode::NotFound, 0, "there is no such client"};
  journal_.write(engine, {}, {}, "message", "to " + name_of(whom) + ": " + std::string(text));
  record->second.client->told(name_of(engine) + ": " + std::string(text));
  return {};
}

Result<std::string> Arbiter::configure(EngineId engine, std::string_view kind, Pid pid, std::string_view what) {
  Batch batch(*this);
  if (auto allowed = require_controller(engine); !allowed) return allowed.error();
  std::vector<Engine*> clients;
  for (const auto& [id, record] : engines_)
    if (record.info.kind == kind && id != engine) clients.push_back(record.client);
  std::optional<Error> refusal;
  for (Engine* client : clients) {
    Result<std::string> answer = client->configure(pid, what);
    if (answer) {
      journal_.write(engine, pid, leader_of(pid), "configured", std::string(kind) + ": " + std::string(what) + ", by " + name_of(engine));
      return answer;
    }
    refusal = answer.error();
  }
  if (refusal) return *refusal;
  return Error{ErrorCode::NotFound, 0, "there is no engine \"" + std::string(kind) + "\""};
}

Result<> Arbiter::dismiss(EngineId engine, EngineId whom) {
  check_thread();
  if (auto allowed = require_controller(engine); !allowed) return allowed;
  const auto record = engines_.find(whom);
  if (record == engines_.end()) return Error{ErrorCode::NotFound, 0, "there is no such client"};
  journal_.write(engine, {}, {}, "dismissed", name_of(whom) + ", by " + name_of(engine));
  record->second.client->dismissed();
  return {};
}

}  // namespace gdbhub::core
