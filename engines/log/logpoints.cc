#include "engines/log/logpoints.h"

#include <utility>

#include "engines/dash/parameters.h"
#include "engines/log/thread_context.h"

namespace gdbhub::log {

using dash::optional_member;

Logpoints::Logpoints(const Self& self, JournalFeed& feed, ProcessControl& processes,
                       Symbols& symbols)
    : self_(self), feed_(feed), processes_(processes), symbols_(symbols) {
  feed_.on_subscribe([this] { follow_all(); });
}

Logpoints::~Logpoints() {
  feed_.on_subscribe([] {});
  if (subscription_ != 0) self_.hub.journal().unsubscribe(subscription_);
}

// ---- methods -------------------------------------------------------------------------------------------

Result<json> Logpoints::insert(const json& params) {
  const auto source = optional_member<std::string>(params, "at", "");
  if (!source) return source.error();
  Logpoint::Options options;
  const auto count = optional_member(params, "count", options.count);
  const auto every = optional_member(params, "every", options.every);
  const auto registers = optional_member(params, "registers", options.registers);
  const auto arguments = optional_member(params, "args", options.arguments);
  for (const auto* number : {&count, &every, &arguments})
    if (!*number) return number->error();
  if (!registers) return registers.error();
  if (*count == 0 || *every == 0 || *arguments > 6)
    return Error{ErrorCode::InvalidArgument, 0, "\"count\" and \"every\" begin at 1, \"args\" ends at 6"};
  if (logpoints_.size() == kMaxLogpoints) return Error{ErrorCode::Busy, 0, "These are too many logpoints"};
  auto spec = LogpointSpec::parse(*source, variables_of(self_.hub.isa()));
  if (!spec) return spec.error();

  const unsigned id = ++last_id_;
  const Logpoint& added =
      logpoints_
          .emplace(id, Logpoint(id, *source, std::move(*spec), {*count, *every, *registers, *arguments}))
          .first->second;
  follow_all();
  for (const auto& entry : std::map(traced_)) {  // what is asked may be answered at once
    const Pid pid = entry.first;
    for (const MappedFile& file : std::vector(entry.second.files())) ask(pid, file, {&added});
    if (const auto* at = std::get_if<Address>(&added.spec().place))
      place(pid, added, *at, added.spec().location);
    tell_fate(pid);
  }
  return json{{"id", id}};
}

Result<json> Logpoints::remove(const json& params) {
  const auto id = optional_member<unsigned>(params, "id", 0);
  if (!id) return id.error();
  if (!logpoints_.contains(*id))
    return Error{ErrorCode::NotFound, 0, "There is no logpoint " + std::to_string(*id)};
  end(*id);
  return json::object();
}

Result<json> Logpoints::list(const json&) {
  json all = json::array();
  for (const auto& [id, logpoint] : logpoints_) {
    json pids = json::array();
    for (const auto& [pid, process] : traced_)
      if (process.has(id)) pids.push_back(pid.value);
    all.push_back({{"id", id},
                   {"at", logpoint.source()},
                   {"hits", logpoint.hits()},
                   {"logged", logpoint.logged()},
                   {"pids", pids}});
  }
  return json{{"logpoints", all}};
}

void Logpoints::end(unsigned logpoint) {
  for (auto& [pid, process] : traced_) process.remove(logpoint);
  logpoints_.erase(logpoint);
}

// ---- what the hub tells --------------------------------------------------------------------------------

std::optional<Verdict> Logpoints::report(const Event& event) {
  if (std::holds_alternative<event::Interrupted>(event.detail)) {
    if (processes_.arrive(event.pid) && subscription_ != 0) {
      begin(event.pid, event.tid);
      // A program that was waited for is held like one that was launched; what ran before is not.
      if (processes_.was_awaited(event.pid) && must_wait(event.pid, event.tid)) return Verdict::stop(HoldReason::Symbols);
    }
    return Verdict::go(Action::Resume);
  }
  if (std::holds_alternative<event::Execed>(event.detail)) {
    (void)processes_.arrive(event.pid);
    traced_.erase(event.pid);
    begin(event.pid, event.tid);
    return wait_for_places(event.pid, event.tid);
  }
  const auto found = traced_.find(event.pid);
  if (found == traced_.end()) return std::nullopt;
  if (const auto* forked = std::get_if<event::Forked>(&event.detail)) {
    begin_child(found->second, forked->child);
    return std::nullopt;  // ProcessControl lets it go
  }
  if (!std::holds_alternative<event::Breakpoint>(event.detail)) return std::nullopt;
  const bool looks = found->second.tells_of_libraries(event.pc);
  log_hits(event, found->second);
  if (!looks) return Verdict::keep();
  look(event.pid, event.tid);
  return wait_for_places(event.pid, event.tid);
}

void Logpoints::log_hits(const Event& event, TracedProcess& process) {
  for (const TracedProcess::Place& place : process.at(event.pc)) {
    if (place.chooses || place.ends) {
      learn_choice(event, process, place);
      continue;
    }
    const auto found = logpoints_.find(place.logpoint);
    if (found == logpoints_.end() || found->second.is_done()) continue;
    if (auto line = found->second.hit(self_.hub, self_.id, event, place.name))
      self_.events.push(std::move(*line));
    if (!found->second.is_done()) continue;
    // Not from here: the places are being gone through.
    self_.hub.loop().post([this, id = place.logpoint, alive = std::weak_ptr(alive_)] {
      if (alive.expired() || !logpoints_.contains(id)) return;
      Hub::Batch batch(self_.hub);
      emit("logpoint", {}, {}, "Logpoint " + std::to_string(id) + " is done",
           {{"logpoint", id}, {"done", true}});
      end(id);
    });
  }
}

void Logpoints::process_gone(Pid pid) {
  traced_.erase(pid);
}

bool Logpoints::launched(Pid pid) {
  begin(pid, leader_of(pid));
  const auto found = traced_.find(pid);
  if (found == traced_.end() || found->second.questions == 0) return false;
  found->second.waiting.insert(leader_of(pid));  // it is held as every launch is
  give_up_waiting(pid, leader_of(pid));
  return true;
}

void Logpoints::emit(std::string_view kind, Pid pid, Tid tid, std::string text, json more) {
  self_.events.push({0, {}, pid, tid, kind, {}, std::move(text), std::move(more)});
}

std::vector<const Logpoint*> Logpoints::all_logpoints() const {
  std::vector<const Logpoint*> all;
  for (const auto& [id, logpoint] : logpoints_) all.push_back(&logpoint);
  return all;
}

}  // namespace gdbhub::log
