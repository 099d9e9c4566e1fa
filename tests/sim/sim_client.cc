#include "tests/sim/sim_client.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <algorithm>

namespace gdbhub::test {

SimClient::SimClient(Scene& scene, std::string name, const Style& style)
    : TestEngine(scene.harness.hub, name), scene_(scene), name_(std::move(name)), style_(style) {
  answer = [this](const Event& event) { return on_event(event); };
  answer_birth = [this](Tid tid) {
    if (style_.non_stop || state_ == State::Running) return Action::Resume;
    if (state_ == State::Stopping) awaited_.insert(tid);
    return Action::Stop;
  };
  const auto& places = scene_.workload.places;
  const auto& others = scene_.workload.others;
  for (std::uint64_t count = scene_.dice(4); count > 0; --count)
    breakpoints_.insert(style_.resident || scene_.dice(3) != 0 ? places[scene_.dice(places.size())]
                                                               : others[scene_.dice(others.size())]);
}

void SimClient::join(Pid pid) {
  scene_.note(name_, "joins", leader_of(pid));
  attach(pid, style_.events);
  processes_.push_back(pid);
  must_succeed = all_have_memory();
  if (runs_second()) replaced_.insert(pid);
  if (style_.non_stop) {
    put_in();
  } else {
    stop_all({});
  }
}

bool SimClient::all_have_memory() const {
  const FakeKernel& kernel = scene_.harness.kernel;
  return !runs_second() && std::ranges::all_of(processes_, [&](Pid pid) {
    return kernel.state_of(leader_of(pid)) && !kernel.memory_of(leader_of(pid), FakeProgram::kTextBase, 1).empty();
  });
}

bool SimClient::runs_second() const {
  return std::ranges::any_of(processes_, [&](Pid pid) {
    return scene_.harness.kernel.proc_link(pid, "exe").value_or("second") == "second";
  });
}

std::uint64_t SimClient::hits(Address at) const {
  const auto found = hits_.find(at);
  return found == hits_.end() ? 0 : found->second;
}

std::vector<Tid> SimClient::threads() const {
  std::vector<Tid> all;
  for (Pid pid : processes_)
    for (Tid tid : hub_.threads(pid)) all.push_back(tid);
  return all;
}

// ---- what it is told --------------------------------------------------------------------------------

Verdict SimClient::report(const Event& event) {
  const auto is = [&]<class E>(E) { return std::holds_alternative<E>(event.detail); };
  scene_.note(name_,
              is(event::Breakpoint{})    ? "hits its breakpoint"
              : is(event::StepDone{})    ? "has stepped"
              : is(event::Interrupted{}) ? "has interrupted"
              : is(event::Signal{})      ? "sees a signal"
              : is(event::Forked{})      ? "sees a fork"
              : is(event::Execed{})      ? "sees an exec"
              : is(event::Watchpoint{})  ? "sees its data touched"
              : is(event::SyscallEntry{}) ? "sees a call"
              : is(event::SyscallExit{}) ? "sees the end of a call"
              : is(event::ThreadStarted{}) ? "sees a thread begin"
              : is(event::Exiting{})     ? "sees a thread end"
                                         : "sees something else",
              event.tid, event.pc.value);
  return TestEngine::report(event);
}

Verdict SimClient::on_event(const Event& event) {
  const Tid tid = event.tid;
  if (const auto* signal = std::get_if<event::Signal>(&event.detail)) {
    if (signal->number != SIGTRAP) {
      EXPECT_EQ(owed_signals[tid]--, 1) << name_ << ": a signal is reported that was not, or was already";
    }
    if (style_.passes_signals) return Verdict::keep();
    told_signal_[tid] = signal->number;
  } else if (const auto* forked = std::get_if<event::Forked>(&event.detail)) {
    processes_.push_back(forked->child);
    if (forked->vfork) vfork_parent_ = tid;
  } else if (const auto* execed = std::get_if<event::Execed>(&event.detail)) {
    replaced_.insert(event.pid);
    for (Tid one : {event.tid, execed->former}) {
      at_.erase(one);
      told_signal_.erase(one);
      owed_signals.erase(one);
      awaited_.erase(one);
      in_call_.erase(one);
    }
  } else if (std::holds_alternative<event::Breakpoint>(event.detail)) {
    // (Another engine's step may have moved the thread past this one's weak hold.)
    const auto before = at_.find(tid);
    EXPECT_TRUE(before == at_.end() || before->second != event.pc) << name_ << ": a second hit at " << std::hex << event.pc.value << " without a move";
    ++hits_[event.pc];
    at_[tid] = event.pc;
  } else if (std::holds_alternative<event::StepDone>(event.detail)) {
    at_.erase(tid);
    if (const auto range = ranges_.find(tid); range != ranges_.end()) {
      EXPECT_FALSE(range->second.contains(event.pc)) << name_ << ": thread " << tid.value << " is still in its range";
    }
    if (const auto expected = expected_.find(tid); expected != expected_.end()) {
      // A step that takes a signal ends at the handler's first instruction.
      EXPECT_TRUE(event.pc == expected->second || event.pc == scene_.workload.handler)
          << name_ << ": thread " << tid.value << " stepped to " << std::hex << event.pc.value << " instead of "
          << expected->second.value;
    }
  } else if (std::holds_alternative<event::Interrupted>(event.detail)) {
    return Verdict::keep();
  } else if (const auto* entry = std::get_if<event::SyscallEntry>(&event.detail)) {
    at_.erase(tid);
    if (entry->repeated) return Verdict::keep();
    EXPECT_FALSE(in_call_[tid]) << name_ << ": an entry without the exit of the call before";
    in_call_[tid] = true;
  } else if (std::holds_alternative<event::SyscallExit>(event.detail)) {
    at_.erase(tid);
    in_call_[tid] = false;
  } else if (std::holds_alternative<event::Watchpoint>(event.detail)) {
    at_.erase(tid);
    EXPECT_TRUE(watched_ && watched_->at == std::get<event::Watchpoint>(event.detail).data) << name_ << ": not its watchpoint";
  } else if (const auto* exiting = std::get_if<event::Exiting>(&event.detail)) {
    if (!exiting->may_be_held) return Verdict::keep();
  }
  expected_.erase(tid);
  ranges_.erase(tid);
  if (!style_.non_stop) stop_all(tid);
  return Verdict::stop(HoldReason::Breakpoint);
}

void SimClient::quiesced(Pid pid, Tid tid, bool uninterruptible) {
  scene_.note(name_, uninterruptible ? "cannot be stopped" : "quiesced", tid);
  TestEngine::quiesced(pid, tid, uninterruptible);
  awaited_.erase(tid);
  look_whether_stopped();
}

Action SimClient::thread_started(Pid pid, Tid tid, Tid parent) {
  scene_.note(name_, "thread started", tid);
  return TestEngine::thread_started(pid, tid, parent);
}

void SimClient::thread_gone(Pid pid, Tid tid, WaitStatus how) {
  TestEngine::thread_gone(pid, tid, how);
  awaited_.erase(tid);
  at_.erase(tid);
  told_signal_.erase(tid);
  expected_.erase(tid);
  owed_signals.erase(tid);
  in_call_.erase(tid);
  look_whether_stopped();
  // A step of one thread alone that has died is over: the others are to go on.
  if (!style_.non_stop && state_ == State::Running &&
      std::ranges::all_of(threads(), [&](Tid other) { return other == tid || wish(other) == Action::Stop; }))
    stop_all({});
  awaited_.erase(tid);  // stop_all() still sees its record
  look_whether_stopped();
}

void SimClient::process_gone(Pid pid, WaitStatus how) {
  scene_.note(name_, "process gone", leader_of(pid), static_cast<std::uint64_t>(how.raw()));
  TestEngine::process_gone(pid, how);
  if (!processes_.empty() && processes_.front() == pid && used_scratch_) left_scratch_ = true;
  EXPECT_EQ(std::erase(processes_, pid), 1u) << name_ << " is told of an end that is not its business";
  if (!style_.non_stop && state_ == State::Running && !processes_.empty()) stop_all({});
}

}  // namespace gdbhub::test
