#include "engines/gdb/run_control.h"

#include <algorithm>

#include "engines/gdb/stop_text.h"
#include "engines/gdb/waits.h"

namespace gdbhub::gdb {
namespace {

using namespace std::chrono_literals;

// Bytes of text that wait for the client's next wait.
constexpr std::size_t most_explanations = 64 * 1024;

HoldReason reason_of(const EventDetail& detail) {
  struct {
    HoldReason operator()(const event::Breakpoint&) const { return HoldReason::Breakpoint; }
    HoldReason operator()(const event::Watchpoint&) const { return HoldReason::Watchpoint; }
    HoldReason operator()(const event::StepDone&) const { return HoldReason::Step; }
    HoldReason operator()(const event::Interrupted&) const { return HoldReason::Interrupt; }
    HoldReason operator()(const event::Reported&) const { return HoldReason::Interrupt; }
    HoldReason operator()(const event::Signal&) const { return HoldReason::Signal; }
    HoldReason operator()(const event::Forked&) const { return HoldReason::Fork; }
    HoldReason operator()(const event::VforkDone&) const { return HoldReason::Fork; }
    HoldReason operator()(const event::Execed&) const { return HoldReason::Exec; }
    HoldReason operator()(const event::SyscallEntry&) const { return HoldReason::Syscall; }
    HoldReason operator()(const event::SyscallExit&) const { return HoldReason::Syscall; }
    HoldReason operator()(const event::ThreadStarted&) const { return HoldReason::Thread; }
    HoldReason operator()(const event::Exiting&) const { return HoldReason::Exit; }
    HoldReason operator()(const event::JobStopped&) const { return HoldReason::JobControl; }
    HoldReason operator()(const event::JobContinued&) const { return HoldReason::JobControl; }
  } reason;
  return std::visit(reason, detail);
}

}  // namespace

// ---- what happens to threads ---------------------------------------------------------------------

Verdict RunControl::report(const Event& event) {
  View& of = view(event.pid, event.tid);
  if (std::holds_alternative<event::Interrupted>(event.detail)) {
    if (auto state = hub_.registers(engine_, event.tid, true)) of.snapshot = std::move(*state);
    awaited_.erase(event.tid);
    finish_stop();
    return Verdict::keep();
  }
  if (role_ == Role::Observer) return Verdict::keep();
  if (sampling_ && state_ == State::Idle) {  // to the client nothing runs, so nothing can be told (A41)
    if (const auto* forked = std::get_if<event::Forked>(&event.detail)) (void)hub_.detach(engine_, forked->child);
    return Verdict::keep();
  }
  if (const auto* hit = std::get_if<event::Breakpoint>(&event.detail)) {
    if (!breakpoints_.counts(event, hit->hardware)) return Verdict::keep();
  } else if (const auto* signal = std::get_if<event::Signal>(&event.detail)) {
    if (signal->number == 0 || client_.pass_signals[static_cast<std::size_t>(signal->number)]) return Verdict::keep();
  } else if (const auto* entry = std::get_if<event::SyscallEntry>(&event.detail)) {
    if (entry->repeated) return Verdict::keep();  // gdb has seen it, and would take it for a second call
  } else if (const auto* forked = std::get_if<event::Forked>(&event.detail)) {
    processes_.push_back(forked->child);
    breakpoints_.inherit(forked->child, event.pid);
    client_.thread_local_layouts[forked->child] = ThreadLocalLayout(client_.thread_local_layouts[event.pid]);
    for (Tid tid : hub_.threads(forked->child)) view(forked->child, tid).running = false;
    if (client_.non_stop) unseen_children_[event.tid] = forked->child;
  } else if (std::holds_alternative<event::Execed>(event.detail)) {
    std::erase_if(views_, [&](const auto& v) { return v.second.pid == event.pid && v.first != event.tid; });
    breakpoints_.forget(event.pid);
    client_.thread_local_layouts.erase(event.pid);
  }

  const HoldReason reason = reason_of(event.detail);
  const Stop stop{event.pid, event.tid, event.detail};
  of.running = false;
  if (client_.non_stop) {
    of.stop = stop;
    of.told = false;  // quiesced() tells
  } else {
    stop_all(stop, reason);
  }
  return Verdict::stop(reason);
}

void RunControl::quiesced(Tid tid) {
  if (client_.non_stop) {
    const auto it = views_.find(tid);
    if (it == views_.end() || !it->second.stop || it->second.told) return;
    it->second.told = true;
    if (tid == starting_) {
      starting_ = {};
      client_.general = {it->second.pid, tid};
      return output_.reply(reply_for(*it->second.stop));
    }
    push_notification(*it->second.stop);
    if (!answering_status_) return announce();
    awaited_.erase(tid);
    if (!awaited_.empty()) return;
    answering_status_ = false;
    output_.reply(notifications_.to_announce().value_or("OK"));
  } else {
    awaited_.erase(tid);
    finish_stop();
  }
}

void RunControl::kept_waiting(const std::vector<Hold>& by) {
  if ((state_ != State::Running && !client_.non_stop) || role_ == Role::Observer) return;
  const TimePoint now = hub_.loop().now();
  for (const Hold& hold : by) {
    const std::string what = "thread " + std::to_string(hold.tid.value) + " is held by " + hub_.name_of(hold.engine) + " for " +
                             seconds_text(now - hold.since) + ": " + std::string(describe(hold.reason)) + ". ";
    if (client_.non_stop) {  // the user sees it with the next monitor command, and in "info threads"
      explain("[gdbhub] earlier: " + what + "\"monitor holds\" tells how it is now.\n");
    } else {
      output_.console("[gdbhub] " + what + "It runs on when released; ^C gives you the prompt, \"monitor holds\" lists all.\n");
    }
  }
}

void RunControl::explain(std::string text) {
  if (explanations_.size() + text.size() > most_explanations) {
    ++left_out_;
  } else {
    explanations_ += text;
  }
}

void RunControl::tell(std::string text) {
  if (running()) return output_.console(std::move(text));
  explain(std::move(text));
}

void RunControl::say_explanations() {
  if (!explanations_.empty()) output_.console(std::exchange(explanations_, {}));
  if (left_out_ == 0) return;
  output_.console("[gdbhub] " + std::to_string(std::exchange(left_out_, 0)) +
                  " more were left out; \"monitor log\" has the latest.\n");
}

// ---- all-stop: holding everything ------------------------------------------------------------------

void RunControl::stop_all(Stop because, HoldReason reason) {
  state_ = State::Stopping;
  stop_ = std::move(because);
  awaited_.clear();
  for (Pid pid : processes_) {
    for (Tid tid : hub_.threads(pid)) {
      View& of = view(pid, tid);
      of.running = false;
      // The thread of an event is held by the verdict.
      const bool by_verdict = tid == stop_->tid && (std::holds_alternative<EventDetail>(stop_->detail) ||
                                                    std::holds_alternative<ThreadCreated>(stop_->detail));
      if (!by_verdict) {
        const bool chosen = tid == stop_->tid;
        (void)hub_.control(engine_, tid, Action::Stop, {.reason = chosen ? reason : HoldReason::AllStop});
      }
      if (role_ == Role::Controller && !hub_.held(engine_, tid)) awaited_.insert(tid);
    }
  }
}

void RunControl::finish_stop() {
  if (state_ != State::Stopping || !awaited_.empty()) return;
  if (std::holds_alternative<ProcessEnded>(stop_->detail) || std::holds_alternative<ThreadEnded>(stop_->detail)) {
    state_ = State::Idle;
    const std::string reply = end_reply(*stop_);
    if (!unasked_) output_.reply(reply);
    return;
  }
  if (!is_alive(stop_->tid)) {
    const Tid other = pick_thread();
    if (other == Tid{}) return;  // the process's end is on the way
    stop_ = Stop{*hub_.process_of(other), other, StoppedOnRequest{0}};
  }
  state_ = State::Idle;
  last_stopped_ = stop_->tid;
  client_.general = {stop_->pid, stop_->tid};  // gdb takes the stop reply for an Hg, too
  View& of = view(stop_->pid, stop_->tid);
  of.stop = stop_;
  of.told = true;
  if (!unasked_) output_.reply(reply_for(*of.stop));
}

Tid RunControl::pick_thread() const {
  if (last_stopped_ != Tid{} && views_.contains(last_stopped_) && is_alive(last_stopped_)) return last_stopped_;
  for (Pid pid : processes_)
    for (Tid tid : hub_.threads(pid)) return tid;
  return {};
}

void RunControl::drop_gone_threads() {
  const auto has_untold_end = [this](Pid pid) {
    return std::any_of(ended_.begin(), ended_.end(), [=](const Stop& ended) { return ended.pid == pid; });
  };
  std::erase_if(views_, [&](const auto& v) { return v.second.gone && !has_untold_end(v.second.pid); });
}

// ---- the client's view -----------------------------------------------------------------------------

bool RunControl::knows(Pid pid) const {
  return std::find(processes_.begin(), processes_.end(), pid) != processes_.end();
}

std::vector<Tid> RunControl::threads(Pid pid) const {
  std::vector<Tid> list = hub_.threads(pid);
  if (at_prompt())
    for (const auto& [tid, of] : views_)
      if (of.gone && of.pid == pid) list.push_back(tid);
  return list;
}

Result<RegisterState> RunControl::registers(Tid tid, bool extended) {
  const auto it = views_.find(tid);
  if (it != views_.end() && it->second.snapshot && at_prompt()) return *it->second.snapshot;
  return hub_.registers(engine_, tid, extended);
}

RunControl::View& RunControl::view(Pid pid, Tid tid) {
  View& of = views_[tid];
  of.pid = pid;
  return of;
}

void RunControl::forget(Pid pid) {
  std::erase(processes_, pid);
  breakpoints_.forget(pid);
  client_.thread_local_layouts.erase(pid);
  std::erase_if(views_, [=](const auto& v) { return v.second.pid == pid; });
  if (client_.general.pid == pid) client_.general = {};
}

// ---- replies ------------------------------------------------------------------------------------------

std::string RunControl::end_reply(const Stop& stop) {
  if (const auto* thread = std::get_if<ThreadEnded>(&stop.detail))
    return thread_ended_text(stop.pid, stop.tid, thread->how, client_.features.multiprocess);
  forget(stop.pid);
  return ended_text(stop.pid, std::get<ProcessEnded>(stop.detail).how, client_.features.multiprocess);
}

std::string RunControl::reply_for(Stop& stop) {
  return stop_text(hub_, engine_, client_, stop,
                   [this](Tid tid) { return registers(tid, false); });
}

void RunControl::push_notification(Stop& stop) {
  if (std::holds_alternative<ProcessEnded>(stop.detail) || std::holds_alternative<ThreadEnded>(stop.detail)) {
    notifications_.push(end_reply(stop), stop.pid, {});
  } else {
    notifications_.push(reply_for(stop), stop.pid, stop.tid);
  }
}

void RunControl::announce() {
  if (const std::optional<std::string> reply = notifications_.to_announce()) output_.notify("Stop:" + *reply);
}

}  // namespace gdbhub::gdb
