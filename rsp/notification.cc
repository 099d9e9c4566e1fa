#include "rsp/notification.h"

#include <utility>

namespace gdbhub::rsp {

void NotificationQueue::push(std::string reply, Pid pid, Tid tid) {
  waiting_.push_back({std::move(reply), pid, tid});
}

std::optional<std::string> NotificationQueue::to_announce() {
  if (in_flight_ || waiting_.empty()) return std::nullopt;
  in_flight_ = true;
  return pop();
}

std::string NotificationQueue::acknowledge() {
  in_flight_ = !waiting_.empty();
  return in_flight_ ? pop() : "OK";
}

std::size_t NotificationQueue::drop(Pid pid, Tid tid) {
  return std::erase_if(waiting_, [=](const Item& item) { return item.pid == pid && item.tid == tid; });
}

std::size_t NotificationQueue::drop(Pid pid) {
  return std::erase_if(waiting_, [=](const Item& item) { return item.pid == pid; });
}

void NotificationQueue::clear() {
  waiting_.clear();
  in_flight_ = false;
}

std::string NotificationQueue::pop() {
  std::string reply = std::move(waiting_.front().reply);
  waiting_.pop_front();
  return reply;
}

}  // namespace gdbhub::rsp
