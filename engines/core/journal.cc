#include "gdbhub/journal.h"

#include <string.h>

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace gdbhub {
namespace {

std::string hex(Address at) {
  char text[32];
  std::snprintf(text, sizeof text, "%#llx", static_cast<unsigned long long>(at.value));
  return text;
}

std::string bytes(std::uint64_t count) { return std::to_string(count) + (count == 1 ? " byte" : " bytes"); }

std::string_view describe(Action action) {
  switch (action) {
    case Action::SingleStep: return "one instruction";
    case Action::BlockStep: return "to the next branch";
    default: return "runs on";
  }
}

/// The deed as a sentence; the argument is "by NAME".
struct Sentence {
  const std::string& by;

  std::string operator()(const Deed::Stopped& stopped) const { return by + ": " + std::string(gdbhub::describe(stopped.reason)); }
  std::string operator()(const Deed::Resumed& resumed) const {
    std::string text = by + ": " + std::string(describe(resumed.action));
    if (resumed.signal != 0) text += " with " + std::string(strsignal(resumed.signal));
    if (resumed.threads != 1) text += ", " + std::to_string(resumed.threads) + " threads";
    return text;
  }
  std::string operator()(const Deed::Point& point) const {
    if (!point.hardware) return "at " + hex(point.at) + ", " + by;
    if (*point.hardware == HardwarePoint::Kind::Execute) return "in a debug register, at " + hex(point.at) + ", " + by;
    return std::string(*point.hardware == HardwarePoint::Kind::Write ? "writes of " : "accesses to ") + bytes(point.length) +
           " at " + hex(point.at) + ", " + by;
  }
  std::string operator()(const Deed::Memory& memory) const {
    return bytes(memory.length) + " at " + hex(memory.at) + ", " + by;
  }
  std::string operator()(const Deed::Registers&) const { return by; }
};

}  // namespace

std::string Deed::text() const {
  const std::string by = "by " + (who == nullptr ? std::string("the hub") : *who);
  return std::visit(Sentence{by}, what);
}

std::vector<JournalEntry> Journal::latest(std::size_t count) const {
  const auto last_of = [count](const Ring& ring) {
    return ring.end() - static_cast<std::ptrdiff_t>(std::min(count, ring.size()));
  };
  std::vector<JournalEntry> list;
  std::merge(last_of(entries_), entries_.end(), last_of(deeds_), deeds_.end(), std::back_inserter(list),
             [](const JournalEntry& a, const JournalEntry& b) { return a.number < b.number; });
  if (list.size() > count) list.erase(list.begin(), list.end() - static_cast<std::ptrdiff_t>(count));
  return list;
}

}  // namespace gdbhub
