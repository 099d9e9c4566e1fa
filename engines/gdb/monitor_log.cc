#include "engines/gdb/monitor_log.h"

#include <algorithm>
#include <ctime>
#include <variant>

namespace gdbhub::gdb {
namespace {

using Entries = std::vector<JournalEntry>;

template <class What>
const What* deed(const JournalEntry& entry) {
  const Deed* deed = std::get_if<Deed>(&entry.what);
  return deed == nullptr ? nullptr : std::get_if<What>(&deed->what);
}

/// One step of an engine: what it let run for that, and the stop when it was done.
struct Step {
  std::size_t length = 0;  ///< entries; 0: there is none
  EngineId by;
  Tid tid;

  bool is_like(const Step& other) const { return length != 0 && other.length != 0 && by == other.by && tid == other.tid; }
};

Step step_at(const Entries& entries, std::size_t at) {
  std::size_t end = at;
  while (end < entries.size() && entries[end].by == entries[at].by && deed<Deed::Resumed>(entries[end]) != nullptr) ++end;
  if (end == at || end == entries.size() || entries[end].by != entries[at].by) return {};
  const auto* stopped = deed<Deed::Stopped>(entries[end]);
  if (stopped == nullptr || stopped->reason != HoldReason::Step) return {};
  return {end + 1 - at, entries[end].by, entries[end].tid};
}

std::string line(const JournalEntry& entry, std::string_view kind, const std::string& text) {
  const std::time_t when = std::chrono::system_clock::to_time_t(entry.when);
  std::tm local{};
  localtime_r(&when, &local);
  char clock[16];
  std::strftime(clock, sizeof clock, "%H:%M:%S", &local);
  return std::string(clock) + " pid " + std::to_string(entry.pid.value) + " tid " + std::to_string(entry.tid.value) + " " +
         std::string(kind) + (text.empty() ? "" : ": " + text);
}

}  // namespace

std::vector<std::string> log_lines(const Entries& entries, std::size_t count) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < entries.size();) {
    const Step first = step_at(entries, at);
    std::size_t times = 0, end = at;
    for (Step next = first; next.is_like(first); next = step_at(entries, end)) {
      ++times;
      end += next.length;
    }
    if (times > 1) {
      const JournalEntry& last = entries[end - 1];
      lines.push_back(line(last, "stepped", std::to_string(times) + " times, " + last.text()));
      at = end;
    } else {
      lines.push_back(line(entries[at], entries[at].kind, entries[at].text()));
      ++at;
    }
  }
  if (lines.size() > count) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
  return lines;
}

}  // namespace gdbhub::gdb
