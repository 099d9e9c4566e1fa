// The bytes at the program's entry, where gdb puts the instructions that it steps out of line by itself (A50).
#pragma once

#include <optional>

#include "gdbhub/address.h"
#include "gdbhub/bytes.h"
#include "gdbhub/ids.h"

namespace gdbhub::core {

/// Leased to the engine that writes there first, until it has put the original bytes back. Others read the originals
/// meanwhile, and may not write: a gdb that is refused steps in line instead.
class ScratchLease {
 public:
  /// gdb has two buffers of the longest instruction's length, rounded up.
  static constexpr std::uint64_t size = 32;

  /// `entry`: AT_ENTRY of the program.
  explicit ScratchLease(Address entry) : range_{entry, size} {}

  AddressRange range() const { return range_; }
  bool touches(Address at, std::uint64_t length) const;
  std::optional<EngineId> holder() const { return holder_; }
  /// `original`: what stands in range() now.
  void take(EngineId engine, Bytes original);
  /// Ends the lease when `now`, what stands in range(), is what stood there before.
  void end_if_restored(ByteSpan now);
  /// Ends it in any case; returns what must be written back to range().
  Bytes end();
  /// Replaces what the holder has written by the originals, in a read for somebody else.
  void overlay(Address from, MutableByteSpan read) const;

 private:
  AddressRange range_;
  std::optional<EngineId> holder_;
  Bytes original_;
};

}  // namespace gdbhub::core
