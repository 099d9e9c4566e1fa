// The debug registers of one address space's threads, shared by all engines (A36).
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "engines/core/claim.h"
#include "gdbhub/isa.h"

namespace gdbhub::core {

/// What each thread's debug registers are to hold. The machine writes them before a thread runs, when version() has changed.
class HardwareTable {
 public:
  static constexpr std::size_t size = 4;

  /// Equal requests of several engines share a register. Busy, and who has them, when there are too few. Idempotent; unparks.
  Result<> claim(EngineId owner, const HardwarePoint& point, const Isa& isa);
  /// The owner has all that the point needs, parked or not.
  bool has_claim(EngineId owner, const HardwarePoint& point, const Isa& isa);
  void unclaim(EngineId owner, const HardwarePoint& point, const Isa& isa);
  void park(EngineId owner, const HardwarePoint& point, const Isa& isa);
  /// Returns what it has removed.
  std::vector<HardwarePoint> unclaim_all(EngineId owner, bool parked_only);
  void keep_only(const std::vector<EngineId>& owners);
  /// Makes the owner's claims those that it has in `parent` now, as far as registers are free.
  void inherit(EngineId owner, const HardwareTable& parent, const Isa& isa);

  /// Changes whenever the registers must be written anew; 0: never used.
  std::uint64_t version() const { return version_; }
  std::array<std::optional<HardwarePoint>, size> points() const;
  bool empty() const;
  /// What register `number` watches, and for whom; null when it is free.
  struct Slot {
    HardwarePoint point;
    std::vector<Claim> claims;
  };
  const Slot* slot(std::size_t number) const { return slots_[number] ? &*slots_[number] : nullptr; }
  Claim* claim_of(std::size_t number, EngineId owner);

 private:
  std::optional<Slot>* find(const HardwarePoint& point);
  void drop_unclaimed();

  std::array<std::optional<Slot>, size> slots_;
  std::uint64_t version_ = 0;
};

}  // namespace gdbhub::core
