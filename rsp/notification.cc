#include "rsp/notification.h"

#include <algorithm>
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

bool NotificationQueue::is_unseen(Pid pid, Tid tid) const {
  if (in_flight_ && sent_pid_ == pid && sent_tid_ == tid) return true;
  return std::any_of(waiting_.begin(), waiting_.end(),
                     [=](const Item& item) { return item.pid == pid && item.tid == tid; });
}

std::string NotificationQueue::pop() {
  sent_pid_ = waiting_.front().pid;
  sent_tid_ = waiting_.front().tid;
  std::string reply = std::move(waiting_.front().reply);
  waiting_.pop_front();
  return reply;
}

}  // namespace gdbhub::rsp
