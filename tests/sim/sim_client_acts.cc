// What a SimClient does when it is its turn.
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <algorithm>

#include "tests/sim/sim_client.h"

namespace gdbhub::test {

void SimClient::stop_all(Tid by) {
  state_ = State::Stopping;
  awaited_.clear();
  for (Tid tid : threads()) {
    if (tid != by) hold(tid, HoldReason::AllStop);
    if (!held(tid)) awaited_.insert(tid);
  }
  look_whether_stopped();
}

void SimClient::look_whether_stopped() {
  if (state_ == State::Stopping && awaited_.empty()) state_ = State::Idle;
}

std::vector<Pid> SimClient::processes_with_breakpoints() const {
  std::vector<Pid> list;
  for (Pid pid : processes_)
    if (!replaced_.contains(pid)) list.push_back(pid);
  return list;
}

void SimClient::put_in() {
  for (Pid pid : processes_with_breakpoints())
    for (Address at : breakpoints_) insert(pid, at);
  inserted_ = true;
}

void SimClient::take_out() {
  if (!std::exchange(inserted_, false)) return;
  for (Pid pid : processes_with_breakpoints())
    for (Address at : breakpoints_) remove(pid, at, true);
}

void SimClient::change_breakpoints() {
  const auto& places = scene_.workload.places;
  if (style_.resident) return;
  const Address at = places[scene_.dice(places.size())];
  const bool adds = !breakpoints_.contains(at);
  scene_.note(name_, adds ? "sets a breakpoint" : "deletes a breakpoint", {}, at.value);
  if (adds) {
    breakpoints_.insert(at);
  } else {
    breakpoints_.erase(at);
  }
  if (!style_.non_stop) return;  // what is parked goes at the next resume
  for (Pid pid : processes_with_breakpoints()) {
    if (adds) {
      insert(pid, at);
    } else {
      remove(pid, at);
      std::erase_if(at_, [&](const auto& entry) { return entry.second == at; });
    }
  }
}

void SimClient::check_memory() {
  if (processes_.empty() || runs_second()) return;
  if (in_scratch_ || left_scratch_) return;  // it reads what it has written there itself
  const Bytes text = memory(processes_.front(), FakeProgram::kTextBase, scene_.text.size());
  EXPECT_TRUE(text == scene_.text || !must_succeed) << name_ << " reads a trap";
}

void SimClient::change_watchpoint() {
  const auto& results = scene_.workload.results;
  const HardwarePoint point = watched_.value_or(HardwarePoint{HardwarePoint::Kind::Write, results[scene_.dice(results.size())], 8});
  scene_.note(name_, watched_ ? "watches no more" : "watches", {}, point.at.value);
  bool accepted = false;
  for (Pid pid : processes_with_breakpoints()) {
    if (watched_) {
      EXPECT_TRUE(hub_.remove_hardware(id(), pid, point, false).ok() || !must_succeed);
    } else {
      const Result<> inserted = hub_.insert_hardware(id(), pid, point);
      EXPECT_TRUE(inserted.ok() || !must_succeed || inserted.error().code == ErrorCode::Busy) << inserted.error().text;
      accepted |= inserted.ok();
    }
  }
  watched_ = watched_ || !accepted ? std::nullopt : std::optional(point);
}

void SimClient::change_scratch() {
  if (hits_.empty() || processes_.empty() || runs_second() || left_scratch_) return;  // the program has left its first instructions behind
  const Bytes original(scene_.text.begin(), scene_.text.begin() + 3), copy = {0x90, 0x90, 0xcc};
  const Result<> written = hub_.write_memory(id(), processes_.front(), FakeProgram::kTextBase, in_scratch_ ? original : copy);
  scene_.note(name_, written.ok() ? "writes to the scratch bytes" : "may not write to the scratch bytes");
  EXPECT_TRUE(written.ok() || !in_scratch_ || !must_succeed) << name_ << " has lost its lease";
  if (written.ok()) in_scratch_ = !in_scratch_;
  used_scratch_ = true;
}

ControlOptions SimClient::with_signal(Tid tid, ControlOptions options) {
  if (auto node = told_signal_.extract(tid)) options.signal = node.mapped();
  return options;
}

void SimClient::do_step(Tid tid, ControlOptions options) {
  scene_.note(name_, "steps", tid);
  options = with_signal(tid, options);
  expected_.erase(tid);
  ranges_.erase(tid);
  const Result<RegisterState> state = hub_.registers(id(), tid, false);
  if (state && !options.past_parked && scene_.dice(3) == 0) {  // its breakpoints are to hit in the range, too
    const std::uint64_t before = scene_.dice(48);
    options.range = ranges_[tid] = {Address{state->general.rip} - before, before + 1 + scene_.dice(96)};
  } else if (state && !runs_second() && !options.signal && static_cast<long>(state->general.orig_rax) == -1) {
    GeneralRegisters registers = state->general;
    FakeMemory shadow;
    shadow.map({FakeProgram::kTextBase, scene_.text.size()}, {true, false, true}, "");
    shadow.poke(FakeProgram::kTextBase, scene_.text);
    const auto pid = hub_.process_of(tid);
    const Address stack{registers.rsp & ~(kPageSize - 1)};
    for (const Address page : {stack - kPageSize, stack}) {
      Bytes bytes(kPageSize);
      if (!hub_.read_memory(id(), *pid, page, bytes)) continue;
      shadow.map({page, kPageSize}, {true, true, false}, "");
      shadow.poke(page, bytes);
    }
    const CpuOutcome outcome = execute_instruction(registers, shadow);
    const bool known = outcome.kind == CpuOutcome::Kind::Done ||
                       (outcome.kind == CpuOutcome::Kind::Syscall && registers.rax != SYS_rt_sigreturn &&
                        registers.rax != SYS_execve);
    if (known) expected_[tid] = Address{registers.rip};
  }
  step(tid, options);
}

bool SimClient::needs_step_over(Tid tid) {
  const auto found = at_.find(tid);
  if (found == at_.end()) return false;
  const Result<RegisterState> state = hub_.registers(id(), tid, false);
  const bool still = state && Address{state->general.rip} == found->second && breakpoints_.contains(found->second);
  if (!still) at_.erase(found);
  return still;
}

void SimClient::step_alone(Tid stepping) {
  Hub::Batch batch(hub_);
  state_ = State::Running;
  for (Tid tid : threads()) {
    if (tid == stepping) {
      do_step(tid, {.past_parked = true, .ask_again = true});
    } else {
      hold(tid, HoldReason::NotResumed, true);
    }
  }
}

void SimClient::resume_all(Tid stepping) {
  Hub::Batch batch(hub_);
  put_in();
  for (Pid pid : processes_) drop_parked(pid);
  state_ = State::Running;
  for (Tid tid : threads()) {
    if (tid == stepping) {
      do_step(tid, {.ask_again = true});
    } else {
      go(tid, with_signal(tid, {.ask_again = true}));
    }
  }
}

void SimClient::proceed() {
  continues_ = true;
  for (Tid tid : threads())
    if (needs_step_over(tid)) return step_alone(tid);
  continues_ = false;
  scene_.note(name_, "continues");
  resume_all({});
}

Tid SimClient::pick() {
  const std::vector<Tid> all = threads();
  return all.empty() ? Tid{} : all[scene_.dice(all.size())];
}

bool SimClient::act(bool finish) {
  if (processes_.empty()) return false;
  must_succeed = all_have_memory();
  return style_.non_stop ? act_non_stop(finish) : act_all_stop(finish);
}

bool SimClient::act_all_stop(bool finish) {
  if (threads().empty()) return false;
  if (state_ != State::Idle) {
    if (finish || state_ != State::Running || scene_.dice(8) != 0) return false;
    scene_.note(name_, "interrupts");
    stop_all({});
    return true;
  }
  take_out();
  if (finish || continues_) {
    proceed();
    return true;
  }
  const std::uint64_t choice = scene_.dice(20);
  const Tid tid = pick();
  if (choice < 9) {
    proceed();
  } else if (choice < 15 && held(tid)) {
    // Not alone: a thread that stands at a breakpoint and was not asked about it (a resident counts its hits), and one that
    // waits for its vfork child (gdb refuses that, too).
    const bool may_be_alone = !style_.resident && tid != vfork_parent_;
    if (needs_step_over(tid) || (may_be_alone && scene_.dice(3) == 0)) {
      step_alone(tid);
    } else {
      // As `continue` does: the others must not be asked about their breakpoints again.
      for (Tid other : threads())
        if (needs_step_over(other)) return step_alone(other), true;
      resume_all(tid);
    }
  } else if (choice < 17) {
    change_breakpoints();
  } else if (choice < 18) {
    scene_.dice(2) == 0 ? change_watchpoint() : change_scratch();
  } else {
    check_memory();
  }
  return true;
}

bool SimClient::act_non_stop(bool finish) {
  if (finish) {
    bool any = false;
    for (Tid tid : threads()) {
      if (wish(tid) != Action::Stop || !held(tid)) continue;
      at_.erase(tid);
      scene_.note(name_, "resumes", tid);
      go(tid, with_signal(tid, {}));
      any = true;
    }
    return any;
  }
  const Tid tid = pick();
  if (tid == Tid{}) return false;
  const std::uint64_t choice = scene_.dice(10);
  if (choice == 0) {
    change_breakpoints();
  } else if (choice == 1) {
    const std::uint64_t what = scene_.dice(3);
    what == 0 ? check_memory() : what == 1 ? change_watchpoint() : change_scratch();
  } else if (wish(tid) == Action::Stop) {
    if (!held(tid)) return false;
    at_.erase(tid);
    if (choice < 6) {
      scene_.note(name_, "resumes", tid);
      go(tid, with_signal(tid, {}));
    } else {
      do_step(tid, {});
    }
  } else if (wish(tid) == Action::Resume && choice == 2) {
    scene_.note(name_, "holds", tid);
    hold(tid);
  } else if (wish(tid) == Action::Resume && choice == 3) {
    scene_.note(name_, "interrupts", tid);
    control(tid, Action::Interrupt);
  } else {
    return false;
  }
  return true;
}

}  // namespace gdbhub::test
