// The part of RunControl about threads and processes that begin and end.
#include <algorithm>
#include <csignal>

#include "engines/gdb/run_control.h"

namespace gdbhub::gdb {

using namespace std::chrono_literals;

Action RunControl::thread_started(Pid pid, Tid tid) {
  View& born = view(pid, tid);
  born.running = client_.non_stop || state_ == State::Running;
  if (born.running && client_.thread_events && role_ == Role::Controller) {
    const Stop created{pid, tid, ThreadCreated{}};
    if (client_.non_stop) {
      born.running = false;
      born.stop = created;  // quiesced() tells
    } else {
      stop_all(created, HoldReason::Start);
    }
    return Action::Stop;
  }
  if (born.running) return Action::Resume;
  if (state_ == State::Stopping) awaited_.insert(tid);
  return Action::Stop;
}

void RunControl::thread_gone(Pid pid, Tid tid, WaitStatus how) {
  awaited_.erase(tid);
  if (at_prompt()) {
    view(pid, tid).gone = true;
    tell_of_thread_end(pid, tid, how);
    return;
  }
  views_.erase(tid);
  notifications_.drop(pid, tid);
  leave_unseen_child(pid, tid);
  if (tell_of_thread_end(pid, tid, how)) return;
  if (state_ == State::Stopping) finish_stop_soon();
  if (state_ == State::Running) expect_no_resumed();
}

void RunControl::leave_unseen_child(Pid parent, Tid tid) {
  const auto born = unseen_children_.find(tid);
  if (born == unseen_children_.end() || notifications_.is_unseen(parent, tid)) return;  // what is on its way will be seen
  const Pid child = born->second;
  unseen_children_.erase(born);
  left(child);
  (void)hub_.detach(engine_, child);
}

bool RunControl::tell_of_thread_end(Pid pid, Tid tid, WaitStatus how) {
  if (!client_.thread_events || role_ == Role::Observer) return false;
  const std::vector<Tid> left = hub_.threads(pid);
  if (std::all_of(left.begin(), left.end(), [=](Tid other) { return other == tid; })) return false;
  Stop ended{pid, tid, ThreadEnded{how}};
  if (client_.non_stop) {
    push_notification(ended);
    announce();
  } else if (state_ == State::Running && was_resumed(ended)) {
    stop_all(ended, HoldReason::AllStop);
    awaited_.erase(tid);  // it is still in the list
    views_.erase(tid);
    finish_stop_soon();  // the others may be about to end, too
  } else {
    ended_.push_back(ended);  // told at the next resume (A48)
    finish_stop_soon();
  }
  return true;
}

void RunControl::process_gone(Pid pid, WaitStatus how) {
  Stop ended{pid, {}, ProcessEnded{how}};
  if (client_.non_stop) {
    notifications_.drop(pid);
    push_notification(ended);
    announce();
  } else if (state_ == State::Running && was_resumed(ended)) {
    stop_all(ended, HoldReason::AllStop);
    finish_stop();
  } else if (state_ == State::Stopping && stop_->pid == pid && !std::holds_alternative<ThreadEnded>(stop_->detail)) {
    stop_ = ended;
    finish_stop();
  } else {
    ended_.push_back(ended);  // told at the next resume that is for it (A48); until then it has a thread
    view(pid, leader_of(pid)).gone = true;
    finish_stop();
  }
}

void RunControl::expect_no_resumed() {
  // Told only when it lasts: a process that exits loses its threads one after the other.
  hub_.loop().after(50ms, [this, alive = std::weak_ptr(alive_)] {
    if (alive.expired() || state_ != State::Running || !client_.features.no_resumed) return;
    const bool any = std::any_of(views_.begin(), views_.end(), [](const auto& v) { return v.second.running; });
    if (any || processes_.empty()) return;
    Hub::Batch batch(hub_);
    state_ = State::Idle;
    output_.reply("N");
  });
}

namespace {

/// What the client that was there before was told, as far as the hold still says it.
StopDetail detail_of(Hub& hub, EngineId engine, const Hold& hold) {
  switch (hold.reason) {
    case HoldReason::Breakpoint: return EventDetail(event::Breakpoint{});
    case HoldReason::Step: return EventDetail(event::StepDone{});
    case HoldReason::Interrupt: return StoppedOnRequest{SIGINT};
    case HoldReason::Signal:
      if (const Result<siginfo_t> info = hub.signal_info(engine, hold.tid)) return EventDetail(event::Signal{info->si_signo, *info});
      return StoppedOnRequest{SIGTRAP};
    default: return StoppedOnRequest{SIGTRAP};
  }
}

}  // namespace

void RunControl::taken_over() {
  unasked_ = true;
  for (const ProcessStatus& process : hub_.processes())
    if (hub_.attached(engine_, process.pid)) joined(process.pid, 0, false);
  for (const Hold& hold : hub_.holds()) {
    if (hold.engine != engine_) continue;
    View& of = view(hold.pid, hold.tid);
    of.running = false;
    if (hold.reason == HoldReason::AllStop || hold.reason == HoldReason::NotResumed) continue;
    of.stop = Stop{hold.pid, hold.tid, detail_of(hub_, engine_, hold)};
    of.told = true;
    last_stopped_ = hold.tid;
  }
  // What the new client does not insert, too, goes with its first resume (A49).
  for (const BreakpointInfo& breakpoint : hub_.breakpoints())
    if (breakpoint.owner == engine_) (void)hub_.remove_breakpoint(engine_, breakpoint.pid, breakpoint.address, true);
}

void RunControl::let_go_but_one() {
  const Tid chosen = pick_thread();
  for (auto& [tid, of] : views_) {
    if (of.running || tid == chosen) continue;
    of.stop.reset();
    of.running = true;
    (void)hub_.control(engine_, tid, Action::Resume, {});
  }
  for (Pid pid : processes_) hub_.drop_parked(engine_, pid);
}

void RunControl::finish_stop_soon() {
  // A thread that dies may be the last one, and then its process's end is the stop. So not at once.
  hub_.loop().post([this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    Hub::Batch batch(hub_);
    finish_stop();
  });
}

}  // namespace gdbhub::gdb
