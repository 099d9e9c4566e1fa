// What clients and the hub say to each other, for who looks on: a dashboard's packet log.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gdbhub/ids.h"

namespace gdbhub {

/// One message between a client and the hub.
struct TrafficEntry {
  EngineId engine;
  bool from_client = false;
  bool late = false;  ///< an answer that had to wait for something to happen: the program's next stop, say
  std::chrono::system_clock::time_point when;
  std::string_view what;  ///< a literal, for people: "reads memory"
  std::string_view text;  ///< as on the wire, without framing; valid during the call only
};

/// Costs a comparison while nobody looks on. Tracer thread only.
class Traffic {
 public:
  using Listener = std::function<void(const TrafficEntry&)>;

  void note(EngineId engine, bool from_client, std::string_view what, std::string_view text, bool late = false) const {
    if (listeners_.empty()) return;
    const TrafficEntry entry{engine, from_client, late, std::chrono::system_clock::now(), what, text};
    for (const auto& [id, listener] : listeners_) listener(entry);
  }
  /// A listener must not call the hub.
  std::uint64_t subscribe(Listener listener) {
    listeners_.emplace_back(++last_, std::move(listener));
    return last_;
  }
  void unsubscribe(std::uint64_t id) {
    std::erase_if(listeners_, [id](const auto& entry) { return entry.first == id; });
  }

 private:
  std::uint64_t last_ = 0;
  std::vector<std::pair<std::uint64_t, Listener>> listeners_;
};

}  // namespace gdbhub
