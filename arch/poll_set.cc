#include "arch/poll_set.h"

#include <utility>

namespace gdbhub::arch {

void PollSet::expect(Tid tid) {
  std::size_t& place = place_.try_emplace(tid, kNotExpected).first->second;
  if (place != kNotExpected) return;
  place = expected_.size();
  expected_.push_back(tid);
}

void PollSet::settle(Tid tid) {
  std::size_t& place = place_.try_emplace(tid, kNotExpected).first->second;
  if (place == kNotExpected) return;
  remove_at(place);
  place = kNotExpected;
}

void PollSet::forget(Tid tid) {
  const auto found = place_.find(tid);
  if (found == place_.end()) return;
  if (found->second != kNotExpected) remove_at(found->second);
  place_.erase(found);
}

std::optional<Tid> PollSet::next() {
  if (cursor_ == expected_.size()) return std::nullopt;
  return expected_[cursor_++];
}

void PollSet::remove_at(std::size_t place) {
  // First to the cursor and then to the end, so that what was asked stays before the cursor.
  if (place < cursor_) {
    swap(place, --cursor_);
    place = cursor_;
  }
  swap(place, expected_.size() - 1);
  expected_.pop_back();
}

void PollSet::swap(std::size_t a, std::size_t b) {
  std::swap(expected_[a], expected_[b]);
  place_[expected_[a]] = a;
  place_[expected_[b]] = b;
}

}  // namespace gdbhub::arch
