// Numbered updates of the hub's state for any number of clients, made once for all of them.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engines/dash/counters.h"
#include "engines/dash/update.h"

namespace gdbhub::dash {

/// Looks at the hub a few times a second while somebody follows, and costs nothing while nobody does. What is sent is a
/// difference of pictures: a thread that stops and runs a thousand times in between is one row. Tracer thread only.
class Feed {
 public:
  /// Between two pictures: at least kPeriod; so long that taking them is at most one part in kShare of the thread's time; and so long
  /// that all followers together are sent kMaxTraffic at most.
  static constexpr std::chrono::milliseconds kPeriod{50};
  static constexpr int kShare = 20;
  static constexpr std::size_t kMaxTraffic = 32 << 20;  ///< bytes a second, roughly
  /// Events of one update, and of a snapshot; what is more is counted.
  static constexpr std::size_t kMaxEvents = 2000;
  /// Updates that are kept for who comes back (resume).
  static constexpr std::size_t kKept = 256;

  using Follower = std::function<void(const MessagePtr&)>;

  /// `hub` is not owned. `user_of` as for Photographer.
  explicit Feed(Hub& hub, UserOf user_of = {});
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// Each update from now on is given to `follower`, until unfollow. First get a snapshot().
  std::uint64_t follow(Follower follower);
  void unfollow(std::uint64_t id);
  /// The state at number(), for a new follower.
  MessagePtr snapshot();
  /// The updates after `number`, or nullopt where they are not kept any more.
  std::optional<std::vector<MessagePtr>> since(std::uint64_t number) const;
  std::uint64_t number() const { return number_; }
  /// Names this hub's numbers: they mean nothing to another one's, nor after a restart.
  const std::string& instance() const { return instance_; }
  std::size_t followers() const { return followers_.size(); }
  /// Counts from the first call on; whoever follows calls it, too.
  Counters& counters();

 private:
  void begin();
  void look();
  void look_soon(Duration after);
  EventRow row(const JournalEntry& entry) const;

  Hub& hub_;
  UserOf user_of_;
  std::string instance_;
  std::optional<Counters> counters_;
  std::optional<Photographer> photographer_;
  Picture picture_;
  std::uint64_t number_ = 0;
  MessagePtr snapshot_;  ///< of number_; null until somebody asks
  std::deque<MessagePtr> kept_;  ///< the last one is number_
  std::vector<EventRow> events_;
  std::uint64_t lost_events_ = 0;
  std::vector<std::pair<std::uint64_t, Follower>> followers_;
  std::uint64_t last_follower_ = 0;
  std::uint64_t subscription_ = 0;  ///< to the journal; 0: nobody follows
  EventLoop::TimerId timer_ = 0;
};

}  // namespace gdbhub::dash
