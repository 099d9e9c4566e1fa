#include "rsp/vcont.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "rsp/reader.h"

namespace gdbhub::rsp {
namespace {

using Kind = ResumeItem::Kind;

struct ActionLetter {
  char letter;
  Kind kind;
  bool has_signal;
};

constexpr ActionLetter kActions[] = {
    {'c', Kind::Continue, false}, {'C', Kind::Continue, true},   {'s', Kind::Step, false},
    {'S', Kind::Step, true},      {'r', Kind::RangeStep, false}, {'t', Kind::Stop, false},
};

Error malformed(std::string_view what) {
  return {ErrorCode::InvalidArgument, 0, "Cannot understand the resume request \"" + std::string(what) + '"'};
}

const ActionLetter* find_action(char letter) {
  const auto* found = std::find_if(std::begin(kActions), std::end(kActions),
                                   [letter](const ActionLetter& action) { return action.letter == letter; });
  return found == std::end(kActions) ? nullptr : found;
}

std::optional<int> parse_signal(Reader& from) {
  const auto number = from.hex();
  if (!number || *number > 0xff) return std::nullopt;
  return static_cast<int>(*number);
}

std::optional<AddressRange> parse_range(Reader& from) {
  const auto begin = from.hex();
  if (!begin || !from.consume(',')) return std::nullopt;
  const auto end = from.hex();
  if (!end || *end < *begin) return std::nullopt;
  return AddressRange{Address{*begin}, *end - *begin};
}

std::optional<ResumeItem> parse_item(std::string_view text) {
  Reader reader(text);
  const ActionLetter* action = find_action(reader.peek());
  if (!action) return std::nullopt;
  reader.consume(action->letter);

  ResumeItem item;
  item.kind = action->kind;
  if (action->has_signal) {
    const auto signal = parse_signal(reader);
    if (!signal) return std::nullopt;
    item.signal = *signal;
  }
  if (action->kind == Kind::RangeStep) {
    const auto range = parse_range(reader);
    if (!range) return std::nullopt;
    item.range = *range;
  }
  if (reader.consume(':')) {
    const auto threads = ThreadPattern::parse(reader);
    if (!threads) return std::nullopt;
    item.threads = *threads;
  }
  if (!reader.done()) return std::nullopt;
  return item;
}

}  // namespace

Result<std::vector<ResumeItem>> parse_vcont(std::string_view actions) {
  Reader reader(actions);
  if (!reader.consume(';')) return malformed(actions);
  std::vector<ResumeItem> items;
  do {
    const auto item = parse_item(reader.until(';'));
    if (!item) return malformed(actions);
    items.push_back(*item);
  } while (!reader.done());
  return items;
}

const ResumeItem* action_for(std::span<const ResumeItem> items, Pid pid, Tid tid) {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [=](const ResumeItem& item) { return item.threads.matches(pid, tid); });
  return found == items.end() ? nullptr : &*found;
}

Result<LegacyResume> parse_legacy_resume(std::string_view packet) {
  Reader reader(packet);
  const ActionLetter* action = find_action(reader.peek());
  if (!action || (action->kind != Kind::Continue && action->kind != Kind::Step)) return malformed(packet);
  reader.consume(action->letter);

  LegacyResume resume;
  resume.kind = action->kind;
  if (action->has_signal) {
    const auto signal = parse_signal(reader);
    if (!signal) return malformed(packet);
    resume.signal = *signal;
    if (reader.done()) return resume;
    if (!reader.consume(';')) return malformed(packet);
  } else if (reader.done()) {
    return resume;
  }
  const auto address = reader.hex();
  if (!address || !reader.done()) return malformed(packet);
  resume.address = Address{*address};
  return resume;
}

}  // namespace gdbhub::rsp
