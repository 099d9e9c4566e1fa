#include "engines/dash/update.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace gdbhub::dash {
namespace {

using nlohmann::json;

template <class Key, class Row>
void compare_table(const std::map<Key, Row>& before, const std::map<Key, Row>& after, std::map<Key, Row>& set,
                   std::set<Key>& gone) {
  auto old = before.begin();
  for (const auto& [key, row] : after) {
    for (; old != before.end() && old->first < key; ++old) gone.insert(old->first);
    const bool known = old != before.end() && old->first == key;
    if (!known || old->second != row) set.emplace_hint(set.end(), key, row);
    if (known) ++old;
  }
  for (; old != before.end(); ++old) gone.insert(old->first);
}

double seconds(std::chrono::system_clock::time_point when) {
  return std::chrono::duration<double>(when.time_since_epoch()).count();
}

std::string hex(Address address) { return fmt::format("{:#x}", address.value); }

std::string key_text(Pid pid) { return std::to_string(pid.value); }
std::string key_text(Tid tid) { return std::to_string(tid.value); }
std::string key_text(EngineId engine) { return std::to_string(engine.value); }
std::string key_text(const BreakpointKey& key) { return key_text(key.first) + ":" + hex(key.second); }

json to_json(Pid, const ProcessRow& row) {
  return {{"program", row.program}, {"owner", row.owner.value}, {"launched", row.launched}, {"unclaimed", row.unclaimed}};
}

json to_json(Tid, const ThreadRow& row) {
  json holds = json::array(), waits = json::array();
  for (const HoldRow& hold : row.holds)
    holds.push_back({{"engine", hold.engine.value},
                     {"reason", describe(hold.reason)},
                     {"since", hold.since},
                     {"weak", hold.weak},
                     {"in_force", hold.in_force},
                     {"uninterruptible", hold.uninterruptible}});
  for (const WaitRow& wait : row.waits) waits.push_back({{"engine", wait.engine.value}, {"since", wait.since}});
  json object = {{"pid", row.pid.value}, {"name", row.name}, {"holds", std::move(holds)}, {"waits", std::move(waits)}};
  if (row.pc) object["pc"] = hex(*row.pc);
  return object;
}

json to_json(EngineId, const EngineRow& row) {
  json processes = json::array();
  for (Pid pid : row.processes) processes.push_back(pid.value);
  return {{"kind", row.info.kind},
          {"peer", row.info.peer},
          {"user", row.user},
          {"role", row.info.role == Role::Observer ? "observer" : "controller"},
          {"processes", std::move(processes)},
          {"holds", row.holds},
          {"waits", row.waits},
          {"breakpoints", row.breakpoints},
          {"kept_waiting", row.kept_waiting},
          {"mode", row.activity.mode},
          {"doing", row.activity.doing},
          {"requests", row.activity.requests},
          {"unread", row.activity.unread}};
}

json to_json(const BreakpointKey& key, const BreakpointRow& row) {
  json claims = json::array();
  for (const ClaimRow& claim : row.claims) {
    claims.push_back({{"engine", claim.owner.value}, {"parked", claim.parked}, {"hits", claim.hits}});
    if (!claim.condition.empty()) claims.back()["condition"] = claim.condition;
  }
  return {{"pid", key.first.value}, {"address", hex(key.second)}, {"claims", std::move(claims)}};
}

json to_json(const EventRow& row) {
  const JournalEntry& entry = row.entry;
  return {{"number", entry.number},
          {"time", seconds(entry.when)},
          {"pid", entry.pid.value},
          {"tid", entry.tid.value},
          {"engine", entry.by.value},
          {"by", row.by},
          {"kind", entry.kind},
          {"text", entry.text()}};
}

/// Classes without a member are left out.
json to_json(const Counts& counts) {
  json answers = json::object();
  for (std::size_t i = 0; i < counts.answers.size(); ++i) {
    if (counts.answers[i] == 0) continue;
    answers[i < Counts::kBounds.size() ? std::to_string(Counts::kBounds[i]) : "more"] = counts.answers[i];
  }
  return {{"events", counts.events},
          {"stops", counts.stops},
          {"signals", counts.signals},
          {"packets", counts.packets},
          {"step_overs", counts.step_overs.all},
          {"step_overs_in_line", counts.step_overs.in_line},
          {"answers", std::move(answers)}};
}

template <class Table>
json rows(const Table& table) {
  json object = json::object();
  for (const auto& [key, row] : table) object[key_text(key)] = to_json(key, row);
  return object;
}

template <class Keys>
json keys(const Keys& set) {
  json list = json::array();
  for (const auto& key : set) list.push_back(key_text(key));
  return list;
}

/// Tables without a row are left out of a delta.
void put(json& object, const char* name, json table, bool always) {
  if (always || !table.empty()) object[name] = std::move(table);
}

}  // namespace

void compare(const Picture& before, const Picture& after, Update& update) {
  compare_table(before.processes, after.processes, update.set.processes, update.gone.processes);
  compare_table(before.threads, after.threads, update.set.threads, update.gone.threads);
  compare_table(before.engines, after.engines, update.set.engines, update.gone.engines);
  compare_table(before.breakpoints, after.breakpoints, update.set.breakpoints, update.gone.breakpoints);
}

std::string render(const Update& update) {
  json set = json::object(), gone = json::object(), events = json::array();
  put(set, "processes", rows(update.set.processes), update.whole);
  put(set, "threads", rows(update.set.threads), update.whole);
  put(set, "engines", rows(update.set.engines), update.whole);
  put(set, "breakpoints", rows(update.set.breakpoints), update.whole);
  put(gone, "processes", keys(update.gone.processes), false);
  put(gone, "threads", keys(update.gone.threads), false);
  put(gone, "engines", keys(update.gone.engines), false);
  put(gone, "breakpoints", keys(update.gone.breakpoints), false);
  for (const EventRow& event : update.events) events.push_back(to_json(event));
  json params = {{"number", update.number}, {"time", seconds(update.when)}, {"set", std::move(set)}, {"events", std::move(events)}, {"counts", to_json(update.counts)}};
  if (!gone.empty()) params["gone"] = std::move(gone);
  if (update.lost_events != 0) params["lost_events"] = update.lost_events;
  const json message = {{"jsonrpc", "2.0"}, {"method", update.whole ? "snapshot" : "delta"}, {"params", std::move(params)}};
  return message.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace gdbhub::dash
