// The event log: who did what to which tracee, when (A40).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "gdbhub/engine.h"
#include "gdbhub/ids.h"
#include "gdbhub/isa.h"

namespace gdbhub {

/// What an engine does, maybe many times a second: kept as it is, and made a sentence when somebody reads it.
struct Deed {
  struct Stopped {
    HoldReason reason;
  };
  struct Resumed {
    Action action;           ///< from Action::SingleStep on
    int signal = 0;          ///< given with it
    std::size_t threads = 1;  ///< of the process, by one request
  };
  /// A breakpoint or watchpoint, which `kind` of the entry says has come or gone.
  struct Point {
    Address at;
    std::optional<HardwarePoint::Kind> hardware = std::nullopt;  ///< nullopt: a trap in memory
    std::uint64_t length = 0;                                    ///< of what is watched
  };
  struct Memory {
    Address at;
    std::uint64_t length = 0;
  };
  struct Registers {};

  std::shared_ptr<const std::string> who;  ///< the engine's name; null: the hub
  std::variant<Stopped, Resumed, Point, Memory, Registers> what;

  std::string text() const;
};

/// One line of the log.
struct JournalEntry {
  std::uint64_t number = 0;  ///< counts from 1, without gaps
  std::chrono::system_clock::time_point when;
  EngineId by;  ///< the engine that did or got it; 0: the program itself or the hub
  Pid pid;
  Tid tid;
  std::string_view kind;  ///< a literal: "thread-started", "signal", "stopped", …
  std::variant<std::string, Deed> what;
  bool announced = false;  ///< everybody is to be told: gdbs show it to their users

  /// For people.
  std::string text() const {
    const Deed* deed = std::get_if<Deed>(&what);
    return deed != nullptr ? deed->text() : std::get<std::string>(what);
  }
};

/// Two bounded rings, and those who listen. What engines do all the time has a ring of its own, so that it does not push out
/// who came, forked and died. Tracer thread only.
class Journal {
 public:
  using Listener = std::function<void(const JournalEntry&)>;

  /// `capacity`: entries of each ring.
  explicit Journal(std::size_t capacity = 4096) : capacity_(capacity) {}

  void write(EngineId by, Pid pid, Tid tid, std::string_view kind, std::string text) {
    append(entries_, {++last_, std::chrono::system_clock::now(), by, pid, tid, kind, std::move(text)});
  }
  void write(EngineId by, Pid pid, Tid tid, std::string_view kind, Deed deed) {
    append(deeds_, {++last_, std::chrono::system_clock::now(), by, pid, tid, kind, std::move(deed)});
  }
  /// For what people must know, whatever they are doing.
  void announce(EngineId by, Pid pid, Tid tid, std::string_view kind, std::string text) {
    append(entries_, {++last_, std::chrono::system_clock::now(), by, pid, tid, kind, std::move(text), true});
  }
  /// The latest entries that are still there, the oldest of them first.
  std::vector<JournalEntry> latest(std::size_t count = std::numeric_limits<std::size_t>::max()) const;
  /// Of the latest entry; 0: none yet.
  std::uint64_t last_number() const { return last_; }

  /// Calls `listener` with each new entry until unsubscribe. The listener must not write to the journal.
  std::uint64_t subscribe(Listener listener) {
    listeners_.emplace_back(++next_listener_, std::move(listener));
    return next_listener_;
  }
  void unsubscribe(std::uint64_t id) {
    std::erase_if(listeners_, [id](const auto& entry) { return entry.first == id; });
  }

 private:
  using Ring = std::deque<JournalEntry>;
  void append(Ring& ring, JournalEntry entry) {
    if (ring.size() == capacity_) ring.pop_front();
    ring.push_back(std::move(entry));
    for (auto& [id, listener] : listeners_) listener(ring.back());
  }

  std::size_t capacity_;
  std::uint64_t last_ = 0;
  std::uint64_t next_listener_ = 0;
  Ring entries_;
  Ring deeds_;
  std::vector<std::pair<std::uint64_t, Listener>> listeners_;
};

}  // namespace gdbhub
