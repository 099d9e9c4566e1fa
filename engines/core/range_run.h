// Stepping through a range of code without a step for each instruction (vCont;r).
#pragma once

#include <map>
#include <set>

#include "gdbhub/address.h"
#include "gdbhub/isa.h"

namespace gdbhub::core {

/// The code of a range as far as one thread can reach it there, and where it comes out: its exits. With traps at the exits, the
/// thread runs through loops at full speed. Pure; the machine puts the traps.
class RangeRun {
 public:
  explicit RangeRun(AddressRange range) : range_(range) {}

  const AddressRange& range() const { return range_; }
  /// Follows the code from `from` on. False when it cannot be followed for sure, or is too much: then it must be stepped.
  bool explore(Address from, const Isa& isa, const GeneralRegisters& registers, const ReadMemory& read);
  bool knows(Address pc) const { return lengths_.contains(pc); }
  /// Where the code leaves the range, and within it the instructions that lead where only they know: calls, returns, indirect jumps.
  const std::set<Address>& exits() const { return exits_; }

  int steps = 0;         ///< that the thread has made in the range, before it is worth it to look for exits
  bool refused = false;  ///< it has to be stepped

 private:
  bool overlap() const;

  AddressRange range_;
  std::map<Address, unsigned> lengths_;  ///< of the instructions in the range that can be reached, in bytes
  std::set<Address> exits_;
};

}  // namespace gdbhub::core
