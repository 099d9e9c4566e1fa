#include "engines/log/traced_process.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engines/dash/mapped_files.h"

namespace gdbhub::log {

TracedProcess TracedProcess::in_child(Pid child, unsigned number) const {
  TracedProcess copy = *this;
  copy.pid_ = child;
  copy.number_ = number;
  copy.questions = 0;  // the answers are for the parent
  copy.waiting.clear();
  return copy;
}

ReadMemory TracedProcess::reader() const {
  return [this](Address from, MutableByteSpan to) {
    return hub_->read_memory(engine_, pid_, from, to).value_or(0);
  };
}

std::vector<LibraryChange> TracedProcess::look_at_libraries() {
  std::vector<LibraryChange> changes = libraries_.update(reader());
  const std::optional<Address> at = libraries_.breakpoint(reader());
  if (at == library_breakpoint_) return changes;
  const std::optional<Address> former = std::exchange(library_breakpoint_, std::nullopt);
  if (former) unclaim_unused(*former);
  if (at && hub_->insert_breakpoint(engine_, pid_, *at)) library_breakpoint_ = at;
  return changes;
}

std::vector<MappedFile> TracedProcess::look_at_files() {
  const Result<Bytes> maps = hub_->kernel().proc_file(pid_, "maps");
  if (!maps) return {};
  std::vector<MappedFile> now = dash::mapped_files(parse_maps(text_of(*maps)));
  for (auto place = places_.begin(); place != places_.end();) {
    const Address at = place->first;
    const auto holds = [at](const MappedFile& file) {
      return std::ranges::any_of(file.pieces,
                                 [at](const MappedFile::Piece& piece) { return piece.range.contains(at); });
    };
    if (std::ranges::any_of(files_, holds) && std::ranges::none_of(now, holds)) {
      place = places_.erase(place);
      unclaim_unused(at);
    } else {
      ++place;
    }
  }
  std::vector<MappedFile> news;
  for (const MappedFile& file : now)
    if (!maps_file(file)) news.push_back(file);
  files_ = std::move(now);
  return news;
}

bool TracedProcess::maps_file(const MappedFile& file) const {
  return std::ranges::any_of(files_, [&](const MappedFile& one) { return one.is_same_mapping(file); });
}

Result<bool> TracedProcess::add(Address at, Place place) {
  const auto [first, last] = places_.equal_range(at);
  if (std::any_of(first, last, [&](const auto& entry) { return entry.second.logpoint == place.logpoint; }))
    return false;
  if (auto claimed = hub_->insert_breakpoint(engine_, pid_, at); !claimed) return claimed.error();
  places_.emplace(at, std::move(place));
  return true;
}

void TracedProcess::remove(unsigned logpoint) {
  for (auto place = places_.begin(); place != places_.end();) {
    const Address at = place->first;
    if (place->second.logpoint != logpoint) {
      ++place;
      continue;
    }
    place = places_.erase(place);
    unclaim_unused(at);
  }
}

void TracedProcess::remove(unsigned logpoint, Address at) {
  const auto [first, last] = places_.equal_range(at);
  const auto place = std::find_if(first, last, [=](const auto& entry) { return entry.second.logpoint == logpoint; });
  if (place == last) return;
  places_.erase(place);
  unclaim_unused(at);
}

std::optional<Address> TracedProcess::chosen(const CodePlace::Choice& choice) const {
  std::array<Byte, 8> word{};
  if (!choice.kept_at || reader()(*choice.kept_at, word) != word.size()) return std::nullopt;
  const Address at{load<std::uint64_t>(word)};
  const bool is_code = std::ranges::any_of(files_, [at](const MappedFile& file) {
    return std::ranges::any_of(file.pieces, [at](const MappedFile::Piece& piece) { return piece.executable && piece.range.contains(at); });
  });
  return is_code && at.value != choice.initial ? std::optional(at) : std::nullopt;
}

void TracedProcess::unclaim_unused(Address at) {
  if (library_breakpoint_ != at && !places_.contains(at))
    (void)hub_->remove_breakpoint(engine_, pid_, at, false);
}

std::vector<TracedProcess::Place> TracedProcess::at(Address address) const {
  std::vector<Place> here;
  const auto [first, last] = places_.equal_range(address);
  for (auto place = first; place != last; ++place) here.push_back(place->second);
  return here;
}

bool TracedProcess::has(unsigned logpoint) const {
  return std::ranges::any_of(places_, [=](const auto& entry) { return entry.second.logpoint == logpoint; });
}

}  // namespace gdbhub::log
