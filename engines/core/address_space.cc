#include "engines/core/address_space.h"

#include <algorithm>

namespace gdbhub::core {

AddressSpace::AddressSpace(std::unique_ptr<TraceeMemory> memory, const Isa& isa)
    : memory_(std::move(memory)), isa_(isa) {}

AddressSpace::AddressSpace(std::unique_ptr<TraceeMemory> memory, const AddressSpace& parent)
    : lease(parent.lease),
      syscall_site(parent.syscall_site),
      syscall_site_known(parent.syscall_site_known),
      memory_(std::move(memory)),
      isa_(parent.isa_),
      sites_(parent.sites_),
      hardware_(parent.hardware_),
      removed_(parent.removed_) {
  for (const Address region : parent.slots_.regions()) slots_.add_region(region);
  // The copy was made at the fork, and traps have come and gone in the parent until its report of the fork was read.
  const Byte trap = isa_.trap()[0];
  for (const Address at : removed_) {
    const std::optional<Byte> right = parent.raw_byte(at);
    if (right && right != trap) restore(at, *right);
  }
  for (auto& [at, site] : sites_) {
    site.copy.reset();  // the parent's
    site.exit_of.clear();
    const std::optional<Byte> copied = raw_byte(at);
    if (!copied || copied == trap || parent.raw_byte(at) != trap) continue;
    site.original = *copied;
    memory_->write(at, isa_.trap());
  }
}

std::size_t AddressSpace::read(Address from, MutableByteSpan to) const {
  const std::size_t count = memory_->read(from, to);
  const Byte trap = isa_.trap()[0];
  const AddressRange range{from, count};
  for (auto it = sites_.lower_bound(from); it != sites_.end() && range.contains(it->first); ++it) {
    Byte& seen = to[it->first - from];
    if (seen == trap) seen = it->second.original;  // else the program has written over it (A30)
  }
  return count;
}

bool AddressSpace::write(Address to, ByteSpan from) {
  const Byte trap = isa_.trap()[0];
  const AddressRange range{to, from.size()};
  const auto first = sites_.lower_bound(to);
  if (first == sites_.end() || !range.contains(first->first)) return memory_->write(to, from) == from.size();

  Bytes with_traps(from.begin(), from.end());
  for (auto it = first; it != sites_.end() && range.contains(it->first); ++it) with_traps[it->first - to] = trap;
  const std::size_t written = memory_->write(to, with_traps);
  for (auto it = first; it != sites_.end() && it->first - to < written; ++it)
    it->second.original = from[it->first - to];
  return written == from.size();
}

std::optional<Byte> AddressSpace::raw_byte(Address at) const {
  Byte byte = 0;
  if (memory_->read(at, {&byte, 1}) != 1) return std::nullopt;
  return byte;
}

Site* AddressSpace::site(Address at) {
  auto it = sites_.find(at);
  return it == sites_.end() ? nullptr : &it->second;
}

Result<Site*> AddressSpace::make_site(Address at) {
  const Error not_mapped{ErrorCode::BadMemory, 0, "cannot insert a breakpoint: the address is not mapped"};
  auto it = sites_.find(at);
  if (it == sites_.end()) {
    const std::optional<Byte> original = raw_byte(at);
    if (!original || memory_->write(at, isa_.trap()) != isa_.trap().size()) return not_mapped;
    it = sites_.emplace(at, Site{}).first;
    it->second.original = *original;
    removed_.erase(at);
  } else if (!inline_thread && raw_byte(at) != isa_.trap()[0]) {
    // The program or a new mapping has written over the trap: what is there now is the original (A30).
    if (const std::optional<Byte> now = raw_byte(at)) it->second.original = *now;
    if (memory_->write(at, isa_.trap()) != isa_.trap().size()) return not_mapped;
  }
  return &it->second;
}

Result<> AddressSpace::claim(EngineId owner, Address at) {
  const Result<Site*> site = make_site(at);
  if (!site) return site.error();
  if (Claim* claim = (*site)->claim_of(owner)) {
    claim->parked = false;
  } else {
    (*site)->claims.push_back({owner});
  }
  return {};
}

Result<> AddressSpace::add_exit(Tid thread, Address at) {
  const Result<Site*> site = make_site(at);
  if (!site) return site.error();
  if (!(*site)->is_exit_of(thread)) (*site)->exit_of.push_back(thread);
  return {};
}

void AddressSpace::remove_exit(Tid thread, Address at) {
  const auto it = sites_.find(at);
  if (it == sites_.end()) return;
  std::erase(it->second.exit_of, thread);
  drop_if_unused(it);
}

bool AddressSpace::unclaim(EngineId owner, Address at) {
  auto it = sites_.find(at);
  if (it == sites_.end()) return false;
  const bool had = erase_claims(it->second.claims, owner, false);
  drop_if_unused(it);
  return had;
}

Result<> AddressSpace::park(EngineId owner, Address at) {
  Site* s = site(at);
  Claim* claim = s == nullptr ? nullptr : s->claim_of(owner);
  if (claim == nullptr) return {};
  if (!raw_byte(at)) {
    unclaim(owner, at);
    return Error{ErrorCode::BadMemory, 0, "cannot remove a breakpoint: the address is not mapped any more"};
  }
  claim->parked = true;
  return {};
}

std::vector<Deed::Point> AddressSpace::unclaim_all(EngineId owner, bool parked_only) {
  std::vector<Deed::Point> removed;
  for (auto it = sites_.begin(); it != sites_.end();) {
    if (erase_claims(it->second.claims, owner, parked_only)) removed.push_back({it->first});
    it = drop_if_unused(it);
  }
  for (const HardwarePoint& point : hardware_.unclaim_all(owner, parked_only))
    removed.push_back({point.at, point.kind, point.length});
  return removed;
}

void AddressSpace::keep_only(const std::vector<EngineId>& owners) {
  for (auto it = sites_.begin(); it != sites_.end();) {
    keep_claims_of(it->second.claims, owners);
    it = drop_if_unused(it);
  }
  hardware_.keep_only(owners);
  // What an engine has put into the parent to step there is in the copy, too (A50).
  if (lease && lease->holder() && std::find(owners.begin(), owners.end(), *lease->holder()) == owners.end())
    (void)write(lease->range().begin, lease->end());
}

void AddressSpace::inherit(EngineId owner, const AddressSpace& parent) {
  for (auto it = sites_.begin(); it != sites_.end();) {
    const auto of_parent = parent.sites_.find(it->first);
    const bool kept = of_parent != parent.sites_.end() &&
                      std::any_of(of_parent->second.claims.begin(), of_parent->second.claims.end(),
                                  [=](const Claim& c) { return c.owner == owner; });
    if (!kept) erase_claims(it->second.claims, owner, false);
    it = drop_if_unused(it);
  }
  for (const auto& [at, site] : parent.sites_)
    for (const Claim& c : site.claims)
      if (c.owner == owner && claim(owner, at)) *sites_.at(at).claim_of(owner) = {owner, c.parked, 0};
  hardware_.inherit(owner, parent.hardware_, isa_);
}

AddressSpace::Sites::iterator AddressSpace::drop_if_unused(Sites::iterator it) {
  if (!it->second.claims.empty() || !it->second.exit_of.empty()) return std::next(it);
  restore(it->first, it->second.original);
  drop_copy(it->second);
  removed_.insert(it->first);
  return sites_.erase(it);
}

void AddressSpace::restore(Address at, Byte original) {
  if (raw_byte(at) == isa_.trap()[0]) memory_->write(at, {&original, 1});  // A30
}

void AddressSpace::disarm(Address at) {
  if (const Site* s = site(at)) restore(at, s->original);
}

void AddressSpace::rearm(Address at) {
  // What the step left there is the original now: the instruction may have changed itself.
  if (Site* s = site(at)) {
    if (const std::optional<Byte> now = raw_byte(at)) s->original = *now;
    memory_->write(at, isa_.trap());
  }
}

bool AddressSpace::make_copy(Site& site, Address slot, Bytes code) {
  if (!write_slot(slot, code)) return false;
  site.copy = Site::Copy{slot, std::move(code)};
  return true;
}

void AddressSpace::drop_copy(Site& site) {
  if (site.copy) slots_.give_back(site.copy->slot);
  site.copy.reset();
}

bool AddressSpace::may_have_scratch(Address near) const {
  return std::none_of(barren_.begin(), barren_.end(), [=](Address a) { return CopySlots::within_reach(a, near); });
}

}  // namespace gdbhub::core
