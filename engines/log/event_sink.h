// Events on their way to one client that may not read them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engines/dash/outlet.h"
#include "engines/log/messages.h"
#include "gdbhub/hub.h"

namespace gdbhub::log {

/// Numbers and sends events as long as the client keeps up; otherwise drops and counts them, and tells the
/// client how many as soon as it has read most of what waits (A23).
class EventSink {
 public:
  /// More messages than this waiting: events are dropped.
  static constexpr std::size_t kMaxUnsent = 256;
  /// They flow again below this.
  static constexpr std::size_t kDrained = kMaxUnsent / 2;

  /// Neither is owned.
  EventSink(Hub& hub, const dash::Outlet& outlet) : hub_(hub), outlet_(outlet) {}
  ~EventSink() { hub_.loop().cancel(timer_); }
  EventSink(const EventSink&) = delete;
  EventSink& operator=(const EventSink&) = delete;

  void push(LogEvent event);
  /// Until release() events wait: the answer to a call comes before what the call leads to.
  void hold_back() { holds_back_ = true; }
  void release();

 private:
  void send(const LogEvent& event);
  void send(std::string text);
  void report_gap();
  void look_again();

  Hub& hub_;
  const dash::Outlet& outlet_;
  std::uint64_t number_ = 0;  ///< the latest event's
  std::uint64_t dropped_ = 0;
  EventLoop::TimerId timer_ = 0;  ///< set while dropped_ is not 0
  bool holds_back_ = false;
  std::vector<LogEvent> held_back_;
};

}  // namespace gdbhub::log
