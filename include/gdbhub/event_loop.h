// Time and deferred work on the tracer thread. server/asio_loop is the real one, tests have virtual time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace gdbhub {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

/// Everything posted runs on the one thread that owns the loop, in order, never inside the call.
class EventLoop {
 public:
  using TimerId = std::uint64_t;

  virtual ~EventLoop() = default;
  virtual void post(std::function<void()> work) = 0;
  /// Runs `work` once, not before `delay` has passed.
  virtual TimerId after(Duration delay, std::function<void()> work) = 0;
  /// Harmless when the timer has fired.
  virtual void cancel(TimerId timer) = 0;
  virtual TimePoint now() const = 0;
  /// True on the loop's own thread (and before it first runs).
  virtual bool is_current() const = 0;
};

}  // namespace gdbhub
