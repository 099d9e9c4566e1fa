// An event loop in which time passes only when a test says so.
#pragma once

#include <deque>
#include <map>
#include <utility>

#include "gdbhub/event_loop.h"

namespace gdbhub::test {

/// Deterministic: posted work runs first, in order; timers run in order of their time, equal times in order
/// of creation.
class VirtualLoop : public EventLoop {
 public:
  void post(std::function<void()> work) override { posted_.push_back(std::move(work)); }
  TimerId after(Duration delay, std::function<void()> work) override;
  void cancel(TimerId timer) override;
  TimePoint now() const override { return now_; }
  bool is_current() const override { return true; }

  /// Runs what is posted or due now, also what that work posts. Time stands still. Returns how much ran.
  std::size_t run();
  /// Runs one posted or due piece of work; false when there is none.
  bool run_one();
  /// Lets `duration` pass: each timer runs at its own time.
  void advance(Duration duration);
  /// Lets time pass to the next timer and runs it; false when there is none.
  bool advance_to_next_timer();
  std::size_t pending_timers() const { return timers_.size(); }

 private:
  using Key = std::pair<TimePoint, TimerId>;

  TimePoint now_{};
  TimerId last_timer_ = 0;
  std::deque<std::function<void()>> posted_;
  std::map<Key, std::function<void()>> timers_;
};

}  // namespace gdbhub::test
