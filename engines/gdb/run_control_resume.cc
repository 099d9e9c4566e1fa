// The part of RunControl that answers packets: `?`, vCont, ^C; and the comings and goings of processes.
#include <algorithm>
#include <utility>

#include "engines/gdb/run_control.h"
#include "engines/gdb/stop_text.h"

namespace gdbhub::gdb {

Reply RunControl::status() {
  const bool is_back = std::exchange(unasked_, false);
  if (client_.non_stop && is_back) let_go_but_one();
  if (client_.non_stop) return status_non_stop();
  if (processes_.empty()) return Reply::text("W00");
  if (state_ != State::Idle) return Reply::later();
  const Tid tid = pick_thread();
  if (tid == Tid{}) return Reply::text("W00");
  if (role_ == Role::Observer || (join_ == JoinPolicy::Snapshot && runs_without_us())) return take_snapshot(0);
  View& of = view(*hub_.process_of(tid), tid);
  if (of.stop && !(is_back && runs_without_us())) return Reply::text(reply_for(*of.stop));
  stop_all(of.stop.value_or(Stop{of.pid, tid, StoppedOnRequest{SIGTRAP}}), HoldReason::Attach);
  finish_stop();
  return Reply::later();
}

bool RunControl::runs_without_us() const {
  for (const ProcessStatus& process : hub_.processes())
    if (knows(process.pid) && !process.unclaimed)
      for (Tid tid : hub_.threads(process.pid))
        if (!hub_.held(engine_, tid)) return true;
  return false;
}

Reply RunControl::take_snapshot(int signal) {
  const Tid chosen = pick_thread();
  if (chosen == Tid{}) return Reply::text("W00");
  state_ = State::Stopping;
  sampling_ = true;
  stop_ = Stop{*hub_.process_of(chosen), chosen, StoppedOnRequest{signal}};
  awaited_.clear();
  for (Pid pid : processes_)
    for (Tid tid : hub_.threads(pid)) {
      view(pid, tid).running = false;
      awaited_.insert(tid);
      (void)hub_.control(engine_, tid, Action::Interrupt, {});
    }
  explain("[gdbhub] what you see is a snapshot: memory is live, and the program runs on.\n");
  return Reply::later();
}

Reply RunControl::status_non_stop() {
  notifications_.clear();
  for (auto& [tid, of] : views_)
    if (of.stop && of.told) push_notification(*of.stop);
  // A tracee that waits for its first client is stopped, to it too. One thread says so, as with gdbserver (several
  // stops at this point are an internal error in gdb 13); the others run on with the first resume.
  for (const ProcessStatus& process : hub_.processes()) {
    const std::vector<Tid> threads = hub_.threads(process.pid);
    if (!process.unclaimed || threads.empty() || !view(process.pid, threads.front()).running) continue;
    if (!knows(process.pid)) continue;
    stop_one(threads.front(), process.launched ? SIGTRAP : 0, HoldReason::Attach);
    awaited_.insert(threads.front());
  }
  answering_status_ = !awaited_.empty();
  if (answering_status_) return Reply::later();
  return Reply::text(notifications_.to_announce().value_or("OK"));
}

Reply RunControl::resume(std::span<const rsp::ResumeItem> items) {
  return client_.non_stop ? resume_non_stop(items) : resume_all_stop(items);
}

Reply RunControl::resume_all_stop(std::span<const rsp::ResumeItem> items) {
  if (state_ != State::Idle) return Reply::error();
  say_explanations();
  resumed_.assign(items.begin(), items.end());
  const auto told = std::find_if(ended_.begin(), ended_.end(), [this](const Stop& ended) { return was_resumed(ended); });
  if (told != ended_.end()) return tell_end_instead(told);
  drop_gone_threads();
  if (std::exchange(sampling_, false)) {  // it has never stopped: wait for what comes
    for (auto& [tid, of] : views_) {
      of.snapshot.reset();
      of.stop.reset();
      of.running = true;
    }
    join_ = JoinPolicy::Hold;  // from here on a controller is like any other
    state_ = State::Running;
    stop_.reset();
    return Reply::later();
  }

  bool any = false;
  for (Pid pid : processes_) {
    const std::vector<Tid> threads = hub_.threads(pid);
    const bool all = std::all_of(threads.begin(), threads.end(),
                                 [&](Tid tid) { return rsp::action_for(items, pid, tid) != nullptr; });
    if (all) {
      hub_.drop_parked(engine_, pid);
      breakpoints_.drop_parked(pid);
    }
    for (Tid tid : threads) {
      if (const rsp::ResumeItem* item = rsp::action_for(items, pid, tid)) {
        resume_thread(tid, *item, !all);
        any = true;
      } else {
        (void)hub_.control(engine_, tid, Action::Stop, {.reason = HoldReason::NotResumed, .weak = true});
      }
    }
  }
  if (!any) return client_.features.no_resumed ? Reply::text("N") : Reply::error();
  state_ = State::Running;
  stop_.reset();
  if (std::exchange(interrupt_again_, false)) interrupt();
  return Reply::later();
}

Reply RunControl::resume_non_stop(std::span<const rsp::ResumeItem> items) {
  for (Pid pid : processes_) {
    for (Tid tid : hub_.threads(pid)) {
      const rsp::ResumeItem* item = rsp::action_for(items, pid, tid);
      if (item == nullptr) continue;
      View& of = view(pid, tid);
      if (item->kind == rsp::ResumeItem::Kind::Stop) {
        if (of.running) stop_one(tid, 0, HoldReason::Interrupt);
      } else if (!of.running) {
        if (!is_unseen(tid, of)) resume_thread(tid, *item, false);
      }
    }
  }
  return Reply::ok();
}

bool RunControl::is_unseen(Tid tid, const View& of) const {
  if ((of.stop && !of.told) || notifications_.is_unseen(of.pid, tid)) return true;
  // gdb resumes all that it knows of meanwhile, and may be about to detach from the child: that was not for the child.
  return std::any_of(unseen_children_.begin(), unseen_children_.end(), [&](const auto& born) { return born.second == of.pid; });
}

Reply RunControl::tell_end_instead(std::vector<Stop>::iterator told) {
  for (auto& [tid, of] : views_) {
    const rsp::ResumeItem* item = rsp::action_for(resumed_, of.pid, tid);
    if (item != nullptr && item->signal != 0) of.overtaken_signal = item->signal;
  }
  const Stop ended = *told;
  ended_.erase(told);
  return Reply::text(end_reply(ended));
}

bool RunControl::was_resumed(const Stop& ended) const {
  return std::any_of(resumed_.begin(), resumed_.end(), [&](const rsp::ResumeItem& item) {
    const rsp::ThreadPattern& which = item.threads;
    if (which.thread != rsp::ThreadPattern::Scope::One) return which.may_match(ended.pid);
    if (std::holds_alternative<ThreadEnded>(ended.detail)) return which.matches(ended.pid, ended.tid);
    // One thread, of a process whose threads are gone: a bare thread id that no other process has.
    return which.may_match(ended.pid) && hub_.process_of(which.tid).value_or(ended.pid) == ended.pid;
  });
}

void RunControl::resume_thread(Tid tid, const rsp::ResumeItem& item, bool alone) {
  View& of = view(*hub_.process_of(tid), tid);
  ControlOptions options{.past_parked = alone, .ask_again = true};
  const bool told_of_signal = of.stop && std::holds_alternative<EventDetail>(of.stop->detail) &&
                              std::holds_alternative<event::Signal>(std::get<EventDetail>(of.stop->detail));
  const int overtaken = std::exchange(of.overtaken_signal, 0);
  if (const int signal = item.signal != 0 ? item.signal : overtaken; signal != 0) {
    options.signal = host_signal_or_zero(signal);
  } else if (told_of_signal) {
    options.signal = 0;  // it was asked and did not pass it on
  }
  of.stop.reset();
  of.running = true;
  if (item.kind == rsp::ResumeItem::Kind::RangeStep) options.range = item.range;
  const Action action = item.kind == rsp::ResumeItem::Kind::Continue ? Action::Resume : Action::SingleStep;
  (void)hub_.control(engine_, tid, action, options);
}

Reply RunControl::acknowledge() {
  unseen_children_.erase(notifications_.sent_thread());
  return Reply::text(notifications_.acknowledge());
}

void RunControl::interrupt() {
  if (client_.non_stop) {
    for (Pid pid : processes_)
      for (Tid tid : hub_.threads(pid))
        if (view(pid, tid).running) return stop_one(tid, SIGINT, HoldReason::Interrupt);
    return;
  }
  if (state_ != State::Running) {
    // The client sent it before it saw the stop. As with a real SIGINT, it takes effect when the program runs again.
    const bool is_the_stop = stop_ && std::holds_alternative<StoppedOnRequest>(stop_->detail);
    interrupt_again_ = state_ == State::Idle || !is_the_stop;
    return;
  }
  const Tid tid = pick_thread();
  if (tid == Tid{}) return;
  if (role_ == Role::Observer) return (void)take_snapshot(SIGINT);
  stop_all({*hub_.process_of(tid), tid, StoppedOnRequest{SIGINT}}, HoldReason::Interrupt);
  finish_stop();
}

void RunControl::stop_one(Tid tid, int signal, HoldReason reason) {
  const Pid pid = *hub_.process_of(tid);
  View& of = view(pid, tid);
  of.running = false;
  of.stop = Stop{pid, tid, StoppedOnRequest{signal}};
  of.told = false;
  (void)hub_.control(engine_, tid, Action::Stop, {.reason = reason});
}

void RunControl::joined(Pid pid, int signal, bool stop) {
  processes_.push_back(pid);
  for (Tid tid : hub_.threads(pid)) view(pid, tid).running = true;
  if (!stop) return;
  if (client_.non_stop) {
    for (Tid tid : hub_.threads(pid)) stop_one(tid, signal, HoldReason::Attach);
  } else {
    const std::vector<Tid> threads = hub_.threads(pid);
    stop_all({pid, threads.empty() ? leader_of(pid) : threads.front(), StoppedOnRequest{signal}}, HoldReason::Attach);
    finish_stop();
  }
}

void RunControl::launched(Pid pid) {
  if (client_.non_stop) starting_ = leader_of(pid);
  joined(pid, SIGTRAP, true);
}

void RunControl::settle_signals(Pid pid) {
  if (client_.program_signals.none()) return;
  for (const auto& [tid, of] : views_) {
    const auto* detail = of.stop && of.pid == pid ? std::get_if<EventDetail>(&of.stop->detail) : nullptr;
    const auto* signal = detail == nullptr ? nullptr : std::get_if<event::Signal>(detail);
    if (signal != nullptr && !client_.program_signals[static_cast<std::size_t>(signal->number)])
      (void)hub_.control(engine_, tid, Action::Resume, {.signal = 0});
  }
}

void RunControl::left(Pid pid) {
  forget(pid);
  notifications_.drop(pid);
  std::erase_if(ended_, [=](const Stop& s) { return s.pid == pid; });
}

}  // namespace gdbhub::gdb
