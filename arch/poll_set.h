// Which traced threads to ask for a report, and in which order.
#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <vector>

#include "gdbhub/ids.h"

namespace gdbhub::arch {

/// The traced threads, and among them those expected to report soon. next() walks over the expected ones,
/// each once a round, also while they come and go; every operation takes constant time.
class PollSet {
 public:
  /// Remembers `tid` and expects it.
  void expect(Tid tid);
  /// Remembers `tid`; it has reported, so nothing more is expected of it.
  void settle(Tid tid);
  /// It is traced no more.
  void forget(Tid tid);

  /// The next expected thread of this round; nullopt at its end.
  std::optional<Tid> next();
  /// Starts a new round.
  void restart() { cursor_ = 0; }

  std::size_t size() const { return place_.size(); }
  /// Calls `visit` with every thread remembered.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& [tid, place] : place_) visit(tid);
  }

 private:
  static constexpr std::size_t kNotExpected = static_cast<std::size_t>(-1);

  void remove_at(std::size_t place);
  void swap(std::size_t a, std::size_t b);

  std::vector<Tid> expected_;  ///< before cursor_: asked in this round
  std::size_t cursor_ = 0;
  std::unordered_map<Tid, std::size_t> place_;  ///< of every thread in expected_, or kNotExpected
};

}  // namespace gdbhub::arch
