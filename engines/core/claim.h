// One engine's interest in a breakpoint site or a debug register (A31).
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "gdbhub/ids.h"

namespace gdbhub::core {

struct Claim {
  EngineId owner;
  bool parked = false;  ///< put aside by an all-stop client at its prompt (A49)
  std::uint64_t hits = 0;
};

inline Claim* find_claim(std::vector<Claim>& claims, EngineId owner) {
  const auto it = std::find_if(claims.begin(), claims.end(), [=](const Claim& c) { return c.owner == owner; });
  return it == claims.end() ? nullptr : &*it;
}

inline const Claim* find_claim(const std::vector<Claim>& claims, EngineId owner) {
  const auto it = std::find_if(claims.begin(), claims.end(), [=](const Claim& c) { return c.owner == owner; });
  return it == claims.end() ? nullptr : &*it;
}

/// Removes the owner's claims, or those of them that are parked. False when there was none.
inline bool erase_claims(std::vector<Claim>& claims, EngineId owner, bool parked_only) {
  return std::erase_if(claims, [=](const Claim& c) { return c.owner == owner && (c.parked || !parked_only); }) != 0;
}

inline void keep_claims_of(std::vector<Claim>& claims, const std::vector<EngineId>& owners) {
  std::erase_if(claims, [&](const Claim& c) { return std::find(owners.begin(), owners.end(), c.owner) == owners.end(); });
}

}  // namespace gdbhub::core
