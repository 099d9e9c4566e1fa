// How much happens, and how quickly clients are answered: counts that only grow.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "gdbhub/hub.h"

namespace gdbhub::dash {

struct Counts {
  /// The classes of answers() by time: up to so many microseconds, and one more for those that took longer.
  static constexpr std::array<std::uint32_t, 17> kBounds = {10,     25,     50,     100,    250,     500,     1'000,     2'500,    5'000,
                                                            10'000, 25'000, 50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000};

  std::uint64_t events = 0;   ///< entries of the log
  std::uint64_t stops = 0;    ///< that clients were told of
  std::uint64_t signals = 0;  ///< that threads were about to get
  std::uint64_t packets = 0;  ///< requests of debuggers
  StepOverCounts step_overs{};
  std::array<std::uint64_t, kBounds.size() + 1> answers{};  ///< from the reading of a packet to its answer
  std::chrono::nanoseconds answering{};                     ///< in total

  friend bool operator==(const Counts&, const Counts&) = default;
};

/// Listens to the log and to the packets from its making on. Tracer thread only.
class Counters {
 public:
  /// `hub` is not owned.
  explicit Counters(Hub& hub);
  ~Counters();
  Counters(const Counters&) = delete;
  Counters& operator=(const Counters&) = delete;

  Counts take() const;

 private:
  void heard(const TrafficEntry& entry);

  Hub& hub_;
  Counts counts_;
  std::unordered_map<EngineId, std::chrono::system_clock::time_point> asked_;  ///< requests without an answer yet
  std::uint64_t journal_ = 0, traffic_ = 0;  ///< subscriptions
};

}  // namespace gdbhub::dash
