#include "engines/core/hardware_table.h"

#include <algorithm>

namespace gdbhub::core {

std::optional<HardwareTable::Slot>* HardwareTable::find(const HardwarePoint& point) {
  const auto it = std::find_if(slots_.begin(), slots_.end(),
                               [&](const std::optional<Slot>& slot) { return slot && slot->point == point; });
  return it == slots_.end() ? nullptr : &*it;
}

Result<> HardwareTable::claim(EngineId owner, const HardwarePoint& point, const Isa& isa) {
  const std::vector<HardwarePoint> pieces = isa.split_hardware(point);
  if (pieces.empty()) return Error{ErrorCode::InvalidArgument, 0, "no debug register can watch that"};
  const auto missing = std::count_if(pieces.begin(), pieces.end(), [&](const auto& p) { return find(p) == nullptr; });
  // What the owner alone has put aside makes room for what it wants now (A49).
  const auto yields = [&](const std::optional<Slot>& slot) {
    return slot && slot->claims.size() == 1 && slot->claims[0].owner == owner && slot->claims[0].parked &&
           std::find(pieces.begin(), pieces.end(), slot->point) == pieces.end();
  };
  auto free = std::count(slots_.begin(), slots_.end(), std::nullopt);
  if (missing > free + std::count_if(slots_.begin(), slots_.end(), yields))
    return Error{ErrorCode::Busy, 0,
                 "it needs " + std::to_string(missing) + " of the four debug registers, and " + std::to_string(free) +
                     (free == 1 ? " is free" : " are free")};
  for (; free < missing; ++free) *std::find_if(slots_.begin(), slots_.end(), yields) = std::nullopt;
  for (const HardwarePoint& piece : pieces) {
    std::optional<Slot>* slot = find(piece);
    if (slot == nullptr) {
      slot = &*std::find(slots_.begin(), slots_.end(), std::nullopt);
      *slot = Slot{piece, {}};
      ++version_;
    }
    if (Claim* claim = find_claim((*slot)->claims, owner)) {
      claim->parked = false;
    } else {
      (*slot)->claims.push_back({owner});
    }
  }
  return {};
}

bool HardwareTable::has_claim(EngineId owner, const HardwarePoint& point, const Isa& isa) {
  const std::vector<HardwarePoint> pieces = isa.split_hardware(point);
  return !pieces.empty() && std::all_of(pieces.begin(), pieces.end(), [&](const HardwarePoint& piece) {
    const std::optional<Slot>* slot = find(piece);
    return slot != nullptr && find_claim((*slot)->claims, owner) != nullptr;
  });
}

void HardwareTable::unclaim(EngineId owner, const HardwarePoint& point, const Isa& isa) {
  for (const HardwarePoint& piece : isa.split_hardware(point))
    if (std::optional<Slot>* slot = find(piece)) erase_claims((*slot)->claims, owner, false);
  drop_unclaimed();
}

void HardwareTable::park(EngineId owner, const HardwarePoint& point, const Isa& isa) {
  for (const HardwarePoint& piece : isa.split_hardware(point))
    if (std::optional<Slot>* slot = find(piece))
      if (Claim* claim = find_claim((*slot)->claims, owner)) claim->parked = true;
}

std::vector<HardwarePoint> HardwareTable::unclaim_all(EngineId owner, bool parked_only) {
  std::vector<HardwarePoint> removed;
  for (std::optional<Slot>& slot : slots_)
    if (slot && erase_claims(slot->claims, owner, parked_only)) removed.push_back(slot->point);
  drop_unclaimed();
  return removed;
}

void HardwareTable::keep_only(const std::vector<EngineId>& owners) {
  for (std::optional<Slot>& slot : slots_)
    if (slot) keep_claims_of(slot->claims, owners);
  drop_unclaimed();
}

void HardwareTable::inherit(EngineId owner, const HardwareTable& parent, const Isa& isa) {
  unclaim_all(owner, false);
  for (const std::optional<Slot>& slot : parent.slots_) {
    const Claim* of_parent = slot ? find_claim(slot->claims, owner) : nullptr;
    if (of_parent == nullptr || !claim(owner, slot->point, isa)) continue;
    find_claim((*find(slot->point))->claims, owner)->parked = of_parent->parked;
  }
}

void HardwareTable::drop_unclaimed() {
  for (std::optional<Slot>& slot : slots_) {
    if (!slot || !slot->claims.empty()) continue;
    slot.reset();
    ++version_;
  }
}

std::array<std::optional<HardwarePoint>, HardwareTable::size> HardwareTable::points() const {
  std::array<std::optional<HardwarePoint>, size> points;
  for (std::size_t i = 0; i < size; ++i)
    if (slots_[i]) points[i] = slots_[i]->point;
  return points;
}

bool HardwareTable::empty() const {
  return std::none_of(slots_.begin(), slots_.end(), [](const auto& slot) { return slot.has_value(); });
}

Claim* HardwareTable::claim_of(std::size_t number, EngineId owner) {
  return slots_[number] ? find_claim(slots_[number]->claims, owner) : nullptr;
}

}  // namespace gdbhub::core
