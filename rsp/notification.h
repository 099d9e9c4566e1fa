// Stop notifications in non-stop mode: one in flight, the others wait for vStopped.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

#include "gdbhub/ids.h"

namespace gdbhub::rsp {

/// One client's stop replies that it has not seen yet, oldest first. The client is told of the first with
/// `%Stop:`; it fetches the others one by one with vStopped, and no other `%Stop:` may be sent until it has
/// got the final OK.
class NotificationQueue {
 public:
  /// `tid` is 0 for the end of a whole process.
  void push(std::string reply, Pid pid, Tid tid);
  /// The reply to announce now, as `%Stop:` or as the answer to `?`; nullopt while another is in flight and
  /// when there is none. The caller must send it.
  std::optional<std::string> to_announce();
  /// vStopped: the next reply, or "OK" when there is no more.
  std::string acknowledge();

  /// Forgets unsent replies of a thread that is no more, or runs again. What is in flight stays so. Returns
  /// how many went.
  std::size_t drop(Pid pid, Tid tid);
  /// The same for a whole process, its end included.
  std::size_t drop(Pid pid);
  /// Forgets all, also what is in flight: for `?`, which starts over.
  void clear();

  bool in_flight() const { return in_flight_; }
  /// The thread of what is in flight; 0: none, or the end of a process.
  Tid sent_thread() const { return in_flight_ ? sent_tid_ : Tid{}; }
  /// The client has not seen a stop of this thread yet, or has not said so: to it the thread still runs.
  bool is_unseen(Pid pid, Tid tid) const;
  /// Replies that wait to be sent.
  std::size_t size() const { return waiting_.size(); }

 private:
  struct Item {
    std::string reply;
    Pid pid;
    Tid tid;
  };
  std::string pop();

  std::deque<Item> waiting_;
  bool in_flight_ = false;
  Pid sent_pid_;  ///< what is in flight
  Tid sent_tid_;
};

}  // namespace gdbhub::rsp
