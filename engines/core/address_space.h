// One address space: breakpoint sites and their claims, memory as engines see it, scratch memory for copies.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "engines/core/claim.h"
#include "engines/core/copy_slots.h"
#include "engines/core/hardware_table.h"
#include "engines/core/scratch_lease.h"
#include "gdbhub/isa.h"
#include "gdbhub/journal.h"
#include "gdbhub/kernel.h"

namespace gdbhub::core {

struct Thread;

/// An address with a trap in it. Exists as long as it has a claim, parked or not, or a thread's run through a range ends there.
struct Site {
  /// The instruction, as it stands at `slot` with a jump back.
  struct Copy {
    Address slot;
    Bytes code;
  };

  Byte original = 0;
  bool faults = false;  ///< the memory cannot be executed: the fault counts as the trap, and is stepped over in line
  std::uint64_t stepped_in_line = 0;  ///< how often (A35)
  std::vector<Claim> claims;
  std::vector<Tid> exit_of;  ///< threads that run through a range, of which this is an exit
  std::optional<Copy> copy;  ///< made when it is first needed, kept as long as the site

  Claim* claim_of(EngineId owner) { return find_claim(claims, owner); }
  bool is_exit_of(Tid thread) const { return std::find(exit_of.begin(), exit_of.end(), thread) != exit_of.end(); }
};

/// Memory with the sites in it. Processes that share memory (vfork, CLONE_VM) share one.
class AddressSpace {
 public:
  AddressSpace(std::unique_ptr<TraceeMemory> memory, const Isa& isa);
  /// The space of a forked child: its memory holds the parent's traps.
  AddressSpace(std::unique_ptr<TraceeMemory> memory, const AddressSpace& parent);

  // -- memory (A4) -----------------------------------------------------------------------------------
  /// Reads what the program would see; the count is short at the end of a mapping.
  std::size_t read(Address from, MutableByteSpan to) const;
  /// Writes under the traps. False when not all of it is mapped (what was mapped is written).
  bool write(Address to, ByteSpan from);
  /// The byte as it stands in memory, trap or not.
  std::optional<Byte> raw_byte(Address at) const;

  /// Where clients step out of line by themselves (A50); set once the program's entry is known.
  std::optional<ScratchLease> lease;

  // -- sites and claims ------------------------------------------------------------------------------
  /// The site whose trap has to be stepped over at `at`, if there is one.
  Site* site(Address at);
  const std::map<Address, Site>& sites() const { return sites_; }
  /// BadMemory when the address cannot be read and written. Idempotent; unparks.
  Result<> claim(EngineId owner, Address at);
  /// False when the owner had no claim there.
  bool unclaim(EngineId owner, Address at);
  /// BadMemory when the memory has gone meanwhile; then the claim is gone, too.
  Result<> park(EngineId owner, Address at);
  /// Removes all of the owner's claims, on debug registers too, or the parked ones only. Returns what they were.
  std::vector<Deed::Point> unclaim_all(EngineId owner, bool parked_only);
  /// Removes the claims of all but the engines named.
  void keep_only(const std::vector<EngineId>& owners);
  /// Makes the owner's claims those that it has in `parent` now.
  void inherit(EngineId owner, const AddressSpace& parent);
  /// A thread that runs through a range is to trap there. BadMemory as for claim().
  Result<> add_exit(Tid thread, Address at);
  void remove_exit(Tid thread, Address at);
  /// For a step in line: takes the trap out, and puts it back if the site still stands.
  void disarm(Address at);
  void rearm(Address at);

  HardwareTable& hardware() { return hardware_; }

  // -- scratch memory for copies -----------------------------------------------------------------------
  CopySlots& slots() { return slots_; }
  /// Puts a copy at `slot`, which becomes the site's own. False when the memory has gone.
  bool make_copy(Site& site, Address slot, Bytes code);
  /// The site has no copy any more. Threads may still be in it.
  void drop_copy(Site& site);
  bool write_slot(Address slot, ByteSpan code) { return memory_->write(slot, code) == code.size(); }
  /// No scratch memory was to be had near `near`; do not ask again.
  void note_no_scratch(Address near) { barren_.push_back(near); }
  bool may_have_scratch(Address near) const;

  Thread* mapper = nullptr;       ///< runs errand::MapScratch for this space
  Thread* inline_thread = nullptr;  ///< steps in line, or waits to; the others must not run (A35)
  std::optional<Address> syscall_site;  ///< of a "syscall" instruction in the vdso, when looked for and found
  bool syscall_site_known = false;

 private:
  using Sites = std::map<Address, Site>;
  /// The site at an address, made if there is none; its trap stands. BadMemory when the address cannot be read and written.
  Result<Site*> make_site(Address at);
  Sites::iterator drop_if_unused(Sites::iterator site);
  void restore(Address at, Byte original);

  std::unique_ptr<TraceeMemory> memory_;
  const Isa& isa_;
  Sites sites_;
  HardwareTable hardware_;
  std::set<Address> removed_;  ///< where sites have been: a fork that is reported late may have copied their traps
  CopySlots slots_;
  std::vector<Address> barren_;
};

}  // namespace gdbhub::core
