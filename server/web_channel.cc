#include "server/web_channel.h"

namespace gdbhub::net {

void WebChannel::send(dash::MessagePtr message) {
  ++unsent_;
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = messages_.empty();
    messages_.push_back(std::move(message));
  }
  if (!first) return;  // it has been woken, and takes all that is there
  to_web_([self = shared_from_this()] {
    if (self->on_message) self->on_message();
  });
}

void WebChannel::close() {
  to_web_([self = shared_from_this()] {
    if (self->on_close) self->on_close();
  });
}

bool WebChannel::request(std::string text) {
  const bool room = ++requests_ < kMaxRequests;
  to_hub_([self = shared_from_this(), text = std::move(text)]() mutable {
    if (self->on_request) self->on_request(std::move(text));
    if (self->requests_-- != kMaxRequests) return;
    self->to_web_([self] {
      if (self->on_room) self->on_room();
    });
  });
  return room;
}

dash::MessagePtr WebChannel::take() {
  const std::lock_guard lock(mutex_);
  if (messages_.empty()) return nullptr;
  dash::MessagePtr message = std::move(messages_.front());
  messages_.pop_front();
  return message;
}

}  // namespace gdbhub::net
