// Events on their way to one client that may not read them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "gdbhub/event_loop.h"

namespace gdbhub::log {

/// Sends lines as long as the client keeps up; otherwise drops and counts them, and tells the client how many
/// as soon as it has read most of what waits (A23).
class EventSink {
 public:
  /// More bytes than this waiting: events are dropped.
  static constexpr std::size_t kMaxUnsent = 1 << 20;
  /// They flow again below this.
  static constexpr std::size_t kDrained = kMaxUnsent / 2;

  struct Output {
    std::function<void(std::string)> send;  ///< queues, never blocks
    std::function<std::size_t()> unsent;    ///< bytes queued
  };

  /// `loop` is not owned.
  EventSink(EventLoop& loop, Output output) : loop_(loop), output_(std::move(output)) {}
  ~EventSink() { loop_.cancel(timer_); }
  EventSink(const EventSink&) = delete;
  EventSink& operator=(const EventSink&) = delete;

  void push(std::string line);

 private:
  void report_gap();
  void look_again();

  EventLoop& loop_;
  Output output_;
  std::uint64_t dropped_ = 0;
  EventLoop::TimerId timer_ = 0;  ///< set while dropped_ is not 0
};

}  // namespace gdbhub::log
