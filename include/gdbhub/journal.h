// The event log: who did what to which tracee, when (A40).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gdbhub/ids.h"

namespace gdbhub {

/// One line of the log.
struct JournalEntry {
  std::uint64_t number = 0;  ///< counts from 1, without gaps
  std::chrono::system_clock::time_point when;
  EngineId by;  ///< the engine that did or got it; 0: the program itself or the hub
  Pid pid;
  Tid tid;
  std::string_view kind;  ///< a literal: "thread-started", "signal", "stopped", …
  std::string text;       ///< for people
  bool announced = false;  ///< everybody is to be told: gdbs show it to their users
};

/// A bounded ring of the latest entries, and those who listen. Tracer thread only.
class Journal {
 public:
  using Listener = std::function<void(const JournalEntry&)>;

  explicit Journal(std::size_t capacity = 4096) : capacity_(capacity) {}

  void write(EngineId by, Pid pid, Tid tid, std::string_view kind, std::string text) {
    append({++last_, std::chrono::system_clock::now(), by, pid, tid, kind, std::move(text)});
  }
  /// For what people must know, whatever they are doing.
  void announce(EngineId by, Pid pid, Tid tid, std::string_view kind, std::string text) {
    append({++last_, std::chrono::system_clock::now(), by, pid, tid, kind, std::move(text), true});
  }
  const std::deque<JournalEntry>& entries() const { return entries_; }

  /// Calls `listener` with each new entry until unsubscribe. The listener must not write to the journal.
  std::uint64_t subscribe(Listener listener) {
    listeners_.emplace_back(++next_listener_, std::move(listener));
    return next_listener_;
  }
  void unsubscribe(std::uint64_t id) {
    std::erase_if(listeners_, [id](const auto& entry) { return entry.first == id; });
  }

 private:
  void append(JournalEntry entry) {
    if (entries_.size() == capacity_) entries_.pop_front();
    entries_.push_back(std::move(entry));
    for (auto& [id, listener] : listeners_) listener(entries_.back());
  }

  std::size_t capacity_;
  std::uint64_t last_ = 0;
  std::uint64_t next_listener_ = 0;
  std::deque<JournalEntry> entries_;
  std::vector<std::pair<std::uint64_t, Listener>> listeners_;
};

}  // namespace gdbhub
