#include "engines/log/event_sink.h"

#include <chrono>
#include <utility>

namespace gdbhub::log {
namespace {

constexpr auto kPatience = std::chrono::milliseconds(200);

}  // namespace

void EventSink::push(LogEvent event) {
  if (event.sequence == 0) event.sequence = hub_.journal().last_number();
  if (event.when == std::chrono::system_clock::time_point{}) event.when = std::chrono::system_clock::now();
  if (holds_back_) return held_back_.push_back(std::move(event));
  send(event);
}

void EventSink::release() {
  holds_back_ = false;
  for (const LogEvent& event : std::exchange(held_back_, {})) send(event);
}

void EventSink::send(const LogEvent& event) {
  if (dropped_ != 0 && outlet_.unsent() <= kDrained) report_gap();
  ++number_;
  if (dropped_ == 0 && outlet_.unsent() <= kMaxUnsent) return send(notification(event, number_));
  if (dropped_++ == 0) look_again();
}

void EventSink::send(std::string text) { outlet_.send(std::make_shared<dash::Message>(std::move(text))); }

void EventSink::report_gap() {
  hub_.loop().cancel(timer_);
  send(gap(std::exchange(dropped_, 0), number_, std::chrono::system_clock::now()));
}

void EventSink::look_again() {
  // Nothing tells when the client has read; there may be no next event that would.
  timer_ = hub_.loop().after(kPatience, [this] {
    if (outlet_.unsent() <= kDrained) {
      report_gap();
    } else {
      look_again();
    }
  });
}

}  // namespace gdbhub::log
