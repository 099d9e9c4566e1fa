// What clients are sent of the hub's state: a whole picture, or what has changed since the number before.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engines/dash/counters.h"
#include "engines/dash/picture.h"

namespace gdbhub::dash {

/// A line of the journal with the names that it had then.
struct EventRow {
  JournalEntry entry;
  std::string by;  ///< empty: the program itself or the hub
};

/// Keys that are no longer there.
struct Gone {
  std::set<Pid> processes;
  std::set<Tid> threads;
  std::set<EngineId> engines;
  std::set<BreakpointKey> breakpoints;

  bool empty() const { return processes.empty() && threads.empty() && engines.empty() && breakpoints.empty(); }
};

/// Immutable once made, so that any thread may read it.
struct Update {
  std::uint64_t number = 0;
  bool whole = false;  ///< a snapshot: `set` is everything
  std::chrono::system_clock::time_point when;
  Picture set;
  Gone gone;
  std::vector<EventRow> events;
  std::uint64_t lost_events = 0;  ///< were too many to be kept
  Counts counts{};                ///< at `when`
};

/// Fills `set` and `gone` with what makes `after` of `before`.
void compare(const Picture& before, const Picture& after, Update& update);

/// The update as the notification "snapshot" or "delta" (docs/api.md), without a newline.
std::string render(const Update& update);

/// Text for clients, made when the first one needs it and on that one's thread: JSON is not the tracer thread's work.
class Message {
 public:
  explicit Message(std::string text) : text_(std::move(text)) {}
  explicit Message(std::function<std::string()> render) : render_(std::move(render)) {}

  const std::string& text() const {
    std::call_once(once_, [this] {
      if (render_) text_ = render_();
      render_ = nullptr;
    });
    return text_;
  }

 private:
  mutable std::once_flag once_;
  mutable std::function<std::string()> render_;
  mutable std::string text_;
};
using MessagePtr = std::shared_ptr<const Message>;

}  // namespace gdbhub::dash
