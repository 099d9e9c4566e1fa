#include "engines/core/scratch_lease.h"

#include <algorithm>
#include <utility>

namespace gdbhub::core {

bool ScratchLease::touches(Address at, std::uint64_t length) const {
  return length > 0 && (range_.contains(at) || AddressRange{at, length}.contains(range_.begin));
}

void ScratchLease::take(EngineId engine, Bytes original) {
  holder_ = engine;
  original_ = std::move(original);
}

void ScratchLease::end_if_restored(ByteSpan now) {
  if (std::equal(now.begin(), now.end(), original_.begin(), original_.end())) (void)end();
}

Bytes ScratchLease::end() {
  holder_.reset();
  return std::exchange(original_, {});
}

void ScratchLease::overlay(Address from, MutableByteSpan read) const {
  for (std::size_t i = 0; i < original_.size(); ++i)
    if (const std::uint64_t offset = range_.begin + i - from; offset < read.size()) read[offset] = original_[i];
}

}  // namespace gdbhub::core
