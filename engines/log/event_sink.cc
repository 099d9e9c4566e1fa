#include "engines/log/event_sink.h"

#include <chrono>
#include <utility>

#include "engines/log/messages.h"

namespace gdbhub::log {
namespace {

constexpr auto kPatience = std::chrono::milliseconds(200);

}  // namespace

void EventSink::push(std::string line) {
  if (dropped_ != 0 && output_.unsent() <= kDrained) report_gap();
  if (dropped_ == 0 && output_.unsent() <= kMaxUnsent) return output_.send(std::move(line));
  if (dropped_++ == 0) look_again();
}

void EventSink::report_gap() {
  loop_.cancel(timer_);
  output_.send(gap(std::exchange(dropped_, 0), std::chrono::system_clock::now()));
}

void EventSink::look_again() {
  // Nothing tells when the client has read; there may be no next event that would.
  timer_ = loop_.after(kPatience, [this] {
    if (output_.unsent() <= kDrained) {
      report_gap();
    } else {
      look_again();
    }
  });
}

}  // namespace gdbhub::log
