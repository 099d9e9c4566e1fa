// What happens, from the hub's journal, and what there is at the start.
#pragma once

#include <set>
#include <string>

#include "engines/log/self.h"

namespace gdbhub::log {

/// The method `subscribe`: a snapshot as events, then each entry of the journal (A40). `"events": false`
/// subscribes to nothing;
/// `"kinds": […]` to these kinds only, without a snapshot.
class JournalFeed {
 public:
  explicit JournalFeed(const Self& self) : self_(self) {}
  ~JournalFeed();
  JournalFeed(const JournalFeed&) = delete;
  JournalFeed& operator=(const JournalFeed&) = delete;

  Result<json> subscribe(const json& params);
  /// The client has subscribed to events of this kind.
  bool wants(std::string_view kind) const {
    return subscription_ != 0 && (kinds_.empty() || kinds_.contains(kind));
  }
  /// `subscribed` is called within the first subscription.
  void on_subscribe(std::function<void()> subscribed) { subscribed_ = std::move(subscribed); }

 private:
  void send_snapshot();
  void send(const JournalEntry& entry);
  std::string by(EngineId engine) const { return engine ? self_.hub.name_of(engine) : std::string(); }

  const Self& self_;
  std::function<void()> subscribed_ = [] {};
  std::uint64_t subscription_ = 0;
  std::set<std::string, std::less<>> kinds_;  ///< empty: all
};

}  // namespace gdbhub::log
