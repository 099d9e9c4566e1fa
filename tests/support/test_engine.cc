#include "tests/support/test_engine.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gdbhub::test {

TestEngine::TestEngine(Hub& hub, const std::string& name, Role role, const std::string& identity)
    : hub_(hub), info_{name, "test", role, identity}, role_(role), id_(hub.connect(*this, info_)) {}

TestEngine::TestEngine(Hub& hub, TestEngine& former)
    : hub_(hub),
      info_(former.info_),
      role_(former.role_),
      wishes_(former.wishes_),
      in_force_(former.in_force_),
      weak_(former.weak_),
      events_(former.events_),
      claims_(former.claims_) {
  Hub::Batch batch(hub);  // what has waited for it comes when it knows its id
  const Result<EngineId> id = hub.take_over(*this, info_);
  EXPECT_TRUE(id.ok()) << id.error().text;
  connected_ = id.ok();
  id_ = id.value_or(EngineId{});
}

// -- acting ----------------------------------------------------------------------------------------------

void TestEngine::disconnect() {
  if (!connected_) return;
  connected_ = false;
  in_force_.clear();
  hub_.disconnect(id_);
}

void TestEngine::linger(Duration time) {
  connected_ = false;
  hub_.linger(id_, time, [] {});
}

void TestEngine::release_holds(std::string_view why) {
  for (auto& [tid, wish] : wishes_) wish = Action::Resume;
  in_force_.clear();
  weak_.clear();
  hub_.release_holds(id_, why);
}

void TestEngine::attach(Pid pid, EventSet events) {
  const Result<> result = hub_.attach(id_, pid, events);
  EXPECT_TRUE(result.ok() || !must_succeed) << result.error().text;
  events_[pid] = events;
  for (Tid tid : hub_.threads(pid)) wishes_[tid] = Action::Resume;
}

void TestEngine::set_events(Pid pid, EventSet events) {
  events_[pid] = events;
  const auto result = hub_.set_events(id_, pid, events);
  EXPECT_TRUE(result.ok() || !must_succeed) << result.error().text;
}

void TestEngine::detach(Pid pid) {
  for (Tid tid : hub_.threads(pid)) forget(tid);
  claims_.erase(pid);
  EXPECT_TRUE(hub_.detach(id_, pid).ok());
}

void TestEngine::hold(Tid tid, HoldReason reason, bool weak) {
  control(tid, Action::Stop, {.signal = {}, .reason = reason, .weak = weak});
}

void TestEngine::control(Tid tid, Action action, const ControlOptions& options) {
  if (action == Action::Stop && options.weak) {
    weak_.insert(tid);
  } else if (weak_.erase(tid) != 0 && !held(tid)) {
    in_force_.erase(tid);  // another engine's step is passing the weak hold (A45)
  }
  note(tid, action);  // before: the call itself may lead to reports
  const Result<> result = hub_.control(id_, tid, action, options);
  EXPECT_TRUE(result.ok() || !must_succeed) << name() << ": " << result.error().text;
}

void TestEngine::hold_all(Pid pid) {
  Hub::Batch batch(hub_);
  for (Tid tid : hub_.threads(pid)) hold(tid);
}

void TestEngine::go_all(Pid pid) {
  Hub::Batch batch(hub_);
  for (Tid tid : hub_.threads(pid)) go(tid);
}

void TestEngine::insert(Pid pid, Address at) {
  claims_[pid].insert(at);
  const Result<> result = hub_.insert_breakpoint(id_, pid, at);
  EXPECT_TRUE(result.ok() || !must_succeed) << result.error().text;
}

void TestEngine::remove(Pid pid, Address at, bool park) {
  if (!park) claims_[pid].erase(at);
  const Result<> result = hub_.remove_breakpoint(id_, pid, at, park);
  EXPECT_TRUE(result.ok() || !must_succeed) << result.error().text;
}

void TestEngine::drop_parked(Pid pid) { hub_.drop_parked(id_, pid); }

RegisterState TestEngine::registers(Tid tid) {
  Result<RegisterState> state = hub_.registers(id_, tid, false);
  EXPECT_TRUE(state.ok() || !must_succeed) << name() << ": " << state.error().text;
  return state.value_or(RegisterState{});
}

void TestEngine::set_pc(Tid tid, Address pc) {
  RegisterState state = registers(tid);
  state.general.rip = pc.value;
  EXPECT_TRUE(hub_.set_registers(id_, tid, state).ok());
}

Bytes TestEngine::memory(Pid pid, Address from, std::size_t size) {
  Bytes bytes(size);
  const Result<std::size_t> count = hub_.read_memory(id_, pid, from, bytes);
  EXPECT_TRUE(count.ok() || !must_succeed) << count.error().text;
  bytes.resize(count.value_or(0));
  return bytes;
}

void TestEngine::write(Pid pid, Address to, ByteSpan bytes) {
  const Result<> result = hub_.write_memory(id_, pid, to, bytes);
  EXPECT_TRUE(result.ok() || !must_succeed) << result.error().text;
}

// -- being told -------------------------------------------------------------------------------------------

Action TestEngine::wish(Tid tid) const {
  const auto found = wishes_.find(tid);
  return found == wishes_.end() ? Action::Resume : found->second;
}

void TestEngine::note(Tid tid, Action action) {
  // A repeated Stop keeps a hold that is in force.
  if (action != Action::Stop) in_force_.erase(tid);
  wishes_[tid] = action;
}

void TestEngine::forget(Tid tid) {
  wishes_.erase(tid);
  in_force_.erase(tid);
  weak_.erase(tid);
}

void TestEngine::expect_entitled(const Event& event) {
  EXPECT_TRUE(connected_) << "a report after the disconnect";
  EXPECT_TRUE(hub_.attached(id_, event.pid)) << name() << ": a report of a process that it has nothing to do with";
  const Action wished = wish(event.tid);
  // Who holds a thread that waits for a debugger is told of the signal.
  const auto holds = hub_.holds();
  const bool awaited = std::holds_alternative<event::Signal>(event.detail) &&
                       std::any_of(holds.begin(), holds.end(), [&](const Hold& hold) {
                         return hold.tid == event.tid && hold.reason == HoldReason::Crash;
                       });
  EXPECT_TRUE(wished != Action::Stop || weak_.contains(event.tid) || awaited) << name() << ": a report of thread " << event.tid.value << ", which it holds";
  if (std::holds_alternative<event::Breakpoint>(event.detail)) {
    EXPECT_TRUE(claims_[event.pid].contains(event.pc)) << name() << ": a hit of a breakpoint that it does not have";
  } else if (std::holds_alternative<event::StepDone>(event.detail)) {
    EXPECT_TRUE(is_step(wished)) << name() << ": the end of a step that it did not ask for";
  } else if (std::holds_alternative<event::Interrupted>(event.detail)) {
    EXPECT_EQ(wished, Action::Interrupt) << name() << ": an interrupt that it did not ask for";
  } else if (std::holds_alternative<event::Reported>(event.detail)) {
    EXPECT_EQ(wished, Action::Report) << name() << ": a report that it did not ask for";
  } else if (const auto* entry = std::get_if<event::SyscallEntry>(&event.detail)) {
    EXPECT_TRUE(events_[event.pid].syscall_entries.contains(entry->number)) << name() << ": system call " << entry->number;
  } else if (const auto* exit = std::get_if<event::SyscallExit>(&event.detail)) {
    EXPECT_TRUE(events_[event.pid].syscall_exits.contains(exit->number)) << name() << ": system call " << exit->number;
  }
}

Verdict TestEngine::report(const Event& event) {
  expect_entitled(event);
  reports.push_back(event);
  if (const auto* forked = std::get_if<event::Forked>(&event.detail)) {
    claims_[forked->child] = claims_[event.pid];
    events_[forked->child] = events_[event.pid];
    if (role_ == Role::Controller)
      for (Tid tid : hub_.threads(forked->child)) {
        wishes_[tid] = Action::Stop;
        if (held(tid)) in_force_.insert(tid);
      }
  } else if (const auto* execed = std::get_if<event::Execed>(&event.detail)) {
    claims_.erase(event.pid);
    if (execed->former != event.tid) forget(execed->former);
  } else if (std::holds_alternative<event::Interrupted>(event.detail) || std::holds_alternative<event::Reported>(event.detail)) {
    wishes_[event.tid] = Action::Resume;
  }
  const Verdict verdict = answer ? answer(event) : Verdict::stop(HoldReason::Breakpoint);
  if (verdict.action && role_ == Role::Controller) {
    if (weak_.erase(event.tid) != 0) in_force_.erase(event.tid);  // quiesced() follows if it has to
    note(event.tid, *verdict.action);
  }
  return verdict;
}

void TestEngine::quiesced(Pid, Tid tid, bool uninterruptible) {
  EXPECT_TRUE(connected_) << "a call after the disconnect";
  quiesced_calls.emplace_back(tid, uninterruptible);
  // A forked child is held for it from the start; the report of the fork may be waiting behind its hold of the parent.
  if (!wishes_.contains(tid)) return;
  const bool asked = wish(tid) == Action::Stop || (uninterruptible && wish(tid) == Action::Interrupt);
  EXPECT_TRUE(asked) << name() << ": a hold that it did not ask for";
  if (!uninterruptible) in_force_.insert(tid);
}

Action TestEngine::thread_started(Pid, Tid tid, Tid parent) {
  EXPECT_TRUE(connected_) << "a call after the disconnect";
  births.emplace_back(tid, parent);
  const Action action = answer_birth ? answer_birth(tid) : Action::Resume;
  wishes_[tid] = action;
  return action;
}

void TestEngine::thread_gone(Pid, Tid tid, WaitStatus how) {
  EXPECT_TRUE(connected_) << "a call after the disconnect";
  gone.emplace_back(tid, how);
  forget(tid);
}

void TestEngine::thread_reaped(Pid pid, Tid tid) {
  EXPECT_TRUE(connected_) << "a call after the disconnect";
  EXPECT_TRUE(events_[pid].reaps) << name() << ": a reap that it did not ask for";
  EXPECT_TRUE(std::any_of(gone.begin(), gone.end(), [=](const auto& entry) { return entry.first == tid; }))
      << name() << ": a reap before the death";
  reaped.push_back(tid);
}

void TestEngine::process_gone(Pid pid, WaitStatus how) {
  EXPECT_TRUE(connected_) << "a call after the disconnect";
  ended.emplace_back(pid, how);
  claims_.erase(pid);
}

void TestEngine::launched(Pid pid, const Result<>& result) {
  EXPECT_TRUE(connected_) << "a call after the disconnect";
  launches.emplace_back(pid, result.ok());
  if (!result) return;
  for (Tid tid : hub_.threads(pid)) wishes_[tid] = Action::Stop;
}

void TestEngine::kept_waiting(const std::vector<Hold>& by) {
  EXPECT_TRUE(connected_) << "a call after the disconnect";
  waits.push_back(by);
}

}  // namespace gdbhub::test
