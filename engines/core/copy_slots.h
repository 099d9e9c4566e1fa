// Places in a tracee for copies of instructions, and who may be in them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gdbhub/address.h"

namespace gdbhub::core {

/// Hands out slots of scratch memory. A copy that threads run through without a stop must stand as long as one of them may be
/// in it, so slots are counted: the site that a copy belongs to is one user, each thread that was sent there another one.
class CopySlots {
 public:
  /// The longest instruction and the longest jump back need 29 bytes.
  static constexpr std::uint64_t slot_size = 32;
  static constexpr std::uint64_t region_size = 16 * 4096;

  /// Memory of region_size bytes that is the hub's from now on.
  void add_region(Address start);
  /// The starts of all regions.
  std::vector<Address> regions() const;
  /// A slot for its first user, within reach (2 GiB less some pages) of `near`; nullopt where there is none left.
  std::optional<Address> take(Address near);
  void share(Address slot);
  /// One user less; with the last one the slot is free.
  void give_back(Address slot);

  static bool within_reach(Address a, Address b);

 private:
  struct Region {
    Address start;
    std::vector<unsigned> users;   ///< of each slot
    std::vector<unsigned> unused;  ///< numbers of the slots without users
  };
  unsigned& users_of(Address slot, Region*& region);

  std::vector<Region> regions_;
};

}  // namespace gdbhub::core
