// The part of Arbiter for engines that are attached to everything, and for threads that are kept for who comes.
#include <algorithm>

#include "engines/core/arbiter.h"

namespace gdbhub::core {

void Arbiter::follow_all(EngineId engine, EventSet events) {
  Batch batch(*this);
  events.observe = true;
  engines_.at(engine).follows_all = events;
  for (const auto& process : machine_.tasks().processes())
    if (process->started && !process->leaving && !process->stray_vfork) add_followers(*process);
}

void Arbiter::add_followers(Process& process) {
  std::vector<EngineId> followers;
  for (const auto& [id, record] : engines_)
    if (record.follows_all && !process.has_member(id)) followers.push_back(id);
  std::sort(followers.begin(), followers.end());  // A16: in the order of their connecting
  for (EngineId engine : followers) {
    add_member(process, engine, *engines_.at(engine).follows_all);
    journal_.write(engine, process.pid, leader_of(process.pid), "attached", name_of(engine));
    joined_.emplace_back(engine, process.pid);
  }
}

void Arbiter::tell_followers() {
  for (const auto& [engine, pid] : std::exchange(joined_, {}))
    if (attached(engine, pid)) engines_.at(engine).client->process_joined(pid);
}

bool Arbiter::is_wanted(const Process& process) const {
  // Observers alone keep nothing traced.
  return std::any_of(process.members.begin(), process.members.end(), [&](const Member& m) {
    const auto record = engines_.find(m.engine);
    return m.engine == EngineId{} || controls(m) || (record != engines_.end() && record->second.follows_all);
  });
}

void Arbiter::owe_awaited_signals(Process& process, EngineId engine) {
  if (!process.member(engine)->events.signals) return;
  bool first = true;  // the others are told when it lets go of them, as two signals of one moment are
  for (Thread* thread : process.threads) {
    const bool is_awaited = std::any_of(thread->attachments.begin(), thread->attachments.end(),
                                        [](const Attachment& a) { return a.holds() && a.reason == HoldReason::Crash; });
    if (!is_awaited || !thread->stopped() || !thread->status.is_signal_delivery() || thread->signal == 0) continue;
    const Result<siginfo_t> info = kernel_.signal_info(thread->tid);
    if (!info) continue;
    thread->pending.push_back({event::Signal{thread->signal, *info}, {engine}, std::exchange(first, false)});
  }
}

std::size_t Arbiter::request_release(EngineId by, Pid pid) {
  Batch batch(*this);
  std::size_t released = 0;
  for (Tid tid : threads(pid)) {
    const Thread* thread = machine_.tasks().thread(tid);
    for (const Attachment& a : std::vector<Attachment>(thread->attachments))
      if (a.engine != by && a.client != nullptr && a.holds() && a.client->release_requested(pid, tid, by)) ++released;
  }
  return released;
}

}  // namespace gdbhub::core
