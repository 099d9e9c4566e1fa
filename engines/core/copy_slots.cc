#include "engines/core/copy_slots.h"

#include <algorithm>
#include <numeric>

#include "gdbhub/check.h"

namespace gdbhub::core {
namespace {

// rip-relative operands and jumps reach 2 GiB; a region less, so that any operand near the original reaches too.
constexpr std::uint64_t reach = (1ull << 31) - CopySlots::region_size;

}  // namespace

bool CopySlots::within_reach(Address a, Address b) { return std::min(a - b, b - a) < reach; }

void CopySlots::add_region(Address start) {
  constexpr std::size_t count = region_size / slot_size;
  Region& region = regions_.emplace_back(Region{start, std::vector<unsigned>(count), std::vector<unsigned>(count)});
  std::iota(region.unused.rbegin(), region.unused.rend(), 0u);  // the first is the last, and so the next
}

std::vector<Address> CopySlots::regions() const {
  std::vector<Address> starts;
  for (const Region& region : regions_) starts.push_back(region.start);
  return starts;
}

std::optional<Address> CopySlots::take(Address near) {
  for (Region& region : regions_) {
    if (region.unused.empty() || !within_reach(region.start, near)) continue;
    const unsigned number = region.unused.back();
    region.unused.pop_back();
    region.users[number] = 1;
    return region.start + number * slot_size;
  }
  return std::nullopt;
}

unsigned& CopySlots::users_of(Address slot, Region*& region) {
  const auto found = std::find_if(regions_.begin(), regions_.end(),
                                  [=](const Region& r) { return AddressRange{r.start, region_size}.contains(slot); });
  GDBHUB_CHECK(found != regions_.end());
  region = &*found;
  unsigned& users = found->users[(slot - found->start) / slot_size];
  GDBHUB_CHECK(users > 0);
  return users;
}

void CopySlots::share(Address slot) {
  Region* region = nullptr;
  ++users_of(slot, region);
}

void CopySlots::give_back(Address slot) {
  Region* region = nullptr;
  if (--users_of(slot, region) == 0)
    region->unused.push_back(static_cast<unsigned>((slot - region->start) / slot_size));
}

}  // namespace gdbhub::core
