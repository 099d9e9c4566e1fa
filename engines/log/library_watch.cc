#include "engines/log/library_watch.h"

#include <elf.h>

#include <unordered_map>
#include <utility>

namespace gdbhub::log {
namespace {

using Objects = std::vector<core::LoadedObject>;

/// The named objects of `some` that are not in `others`.
void append_difference(std::vector<LibraryChange>& to, bool loaded, const Objects& some,
                       const Objects& others) {
  std::unordered_map<Address, const core::LoadedObject*> by_place;
  for (const core::LoadedObject& object : others) by_place.emplace(object.link_map, &object);
  for (const core::LoadedObject& object : some) {
    if (object.name.empty()) continue;  // the program
    const auto same = by_place.find(object.link_map);
    if (same == by_place.end() || *same->second != object) to.push_back({loaded, object});
  }
}

}  // namespace

std::optional<Address> LibraryWatch::breakpoint(const ReadMemory& read) const {
  if (const auto change = core::r_brk(read, auxv_)) return change;
  const auto entry = core::auxv_value(auxv_, AT_ENTRY);
  return entry ? std::optional(Address{*entry}) : std::nullopt;
}

std::vector<LibraryChange> LibraryWatch::update(const ReadMemory& read) {
  const auto r_debug = core::find_r_debug(read, auxv_);
  Objects now = r_debug ? core::loaded_objects(read, *r_debug) : Objects{};
  std::vector<LibraryChange> changes;
  append_difference(changes, false, known_, now);
  append_difference(changes, true, now, known_);
  known_ = std::move(now);
  return changes;
}

}  // namespace gdbhub::log
