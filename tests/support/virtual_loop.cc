#include "tests/support/virtual_loop.h"

#include <algorithm>

namespace gdbhub::test {

EventLoop::TimerId VirtualLoop::after(Duration delay, std::function<void()> work) {
  const TimerId timer = ++last_timer_;
  timers_.emplace(Key{now_ + std::max(delay, Duration::zero()), timer}, std::move(work));
  return timer;
}

void VirtualLoop::cancel(TimerId timer) {
  const auto found = std::find_if(timers_.begin(), timers_.end(),
                                  [timer](const auto& entry) { return entry.first.second == timer; });
  if (found != timers_.end()) timers_.erase(found);
}

bool VirtualLoop::run_one() {
  std::function<void()> work;
  if (!posted_.empty()) {
    work = std::move(posted_.front());
    posted_.pop_front();
  } else if (!timers_.empty() && timers_.begin()->first.first <= now_) {
    work = std::move(timers_.extract(timers_.begin()).mapped());
  } else {
    return false;
  }
  work();
  return true;
}

std::size_t VirtualLoop::run() {
  std::size_t count = 0;
  while (run_one()) ++count;
  return count;
}

void VirtualLoop::advance(Duration duration) {
  const TimePoint end = now_ + duration;
  run();
  while (!timers_.empty() && timers_.begin()->first.first <= end) advance_to_next_timer();
  now_ = end;
}

bool VirtualLoop::advance_to_next_timer() {
  if (timers_.empty()) return false;
  now_ = std::max(now_, timers_.begin()->first.first);
  run();
  return true;
}

}  // namespace gdbhub::test
