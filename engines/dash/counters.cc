#include "engines/dash/counters.h"

#include <algorithm>

namespace gdbhub::dash {

Counters::Counters(Hub& hub)
    : hub_(hub),
      journal_(hub.journal().subscribe([this](const JournalEntry& entry) {
        ++counts_.events;
        if (entry.kind == "stopped") ++counts_.stops;
        if (entry.kind == "signal") ++counts_.signals;
        if (entry.kind == "disconnected") asked_.erase(entry.by);
      })),
      traffic_(hub.traffic().subscribe([this](const TrafficEntry& entry) { heard(entry); })) {}

Counters::~Counters() {
  hub_.journal().unsubscribe(journal_);
  hub_.traffic().unsubscribe(traffic_);
}

void Counters::heard(const TrafficEntry& entry) {
  if (entry.from_client) {
    ++counts_.packets;
    asked_[entry.engine] = entry.when;
    return;
  }
  // What is late says how long a program has run, and nothing of the hub.
  const auto request = asked_.find(entry.engine);
  if (entry.late || request == asked_.end()) return;
  const auto took = entry.when - request->second;
  asked_.erase(request);
  const auto bound = std::ranges::lower_bound(Counts::kBounds, std::chrono::ceil<std::chrono::microseconds>(took).count());
  ++counts_.answers[static_cast<std::size_t>(bound - Counts::kBounds.begin())];
  counts_.answering += took;
}

Counts Counters::take() const {
  Counts counts = counts_;
  counts.step_overs = hub_.step_overs();
  return counts;
}

}  // namespace gdbhub::dash
