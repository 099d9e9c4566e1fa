// The part of Logpoints that finds out where logpoints are.
#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "engines/log/logpoints.h"

namespace gdbhub::log {
namespace {

// A program that was brought here waits no longer than this for its logpoints.
constexpr auto kPatience = std::chrono::seconds(5);

std::string hex(Address address) {
  char buffer[24];
  std::snprintf(buffer, sizeof buffer, "0x%llx", static_cast<unsigned long long>(address.value));
  return buffer;
}

std::string name_of(const CodeName& asked, const CodePlace& found) {
  if (asked.kind == CodeName::Kind::Line)
    return found.file.substr(found.file.rfind('/') + 1) + ":" + std::to_string(found.line);
  const std::string function = found.function.substr(0, found.function.find('('));
  return asked.offset == 0 ? function : function + "+" + std::to_string(asked.offset);
}

}  // namespace

void Logpoints::follow_all() {
  if (subscription_ != 0) return;
  Hub& hub = self_.hub;
  subscription_ = hub.journal().subscribe([this](const JournalEntry& entry) {
    if (entry.kind == "started" || entry.kind == "attached") follow_soon(entry.pid);
  });
  for (const ProcessStatus& process : hub.processes())
    if (processes_.join(process.pid) && !processes_.is_arriving(process.pid)) begin(process.pid, leader_of(process.pid));
}

void Logpoints::follow_soon(Pid pid) {
  // A listener of the journal must not call the hub.
  self_.hub.loop().post([this, pid, alive = std::weak_ptr(alive_)] {
    if (alive.expired() || traced_.contains(pid)) return;
    Hub::Batch batch(self_.hub);
    if (processes_.join(pid) && !processes_.is_arriving(pid)) begin(pid, leader_of(pid));
  });
}

void Logpoints::begin(Pid pid, Tid tid) {
  Result<Bytes> auxv = self_.hub.kernel().proc_file(pid, "auxv");
  if (!auxv) return;
  traced_.insert_or_assign(
      pid, TracedProcess(self_.hub, self_.id, pid, ++last_program_, std::move(*auxv)));
  for (const Logpoint* logpoint : all_logpoints())
    if (const auto* at = std::get_if<Address>(&logpoint->spec().place))
      place(pid, *logpoint, *at, logpoint->spec().location);
  look(pid, tid);
}

void Logpoints::begin_child(const TracedProcess& parent, Pid child) {
  traced_.insert_or_assign(child, parent.in_child(child, ++last_program_));
  if (parent.questions == 0) return;
  for (const MappedFile& file : std::vector(parent.files())) ask(child, file, all_logpoints());
}

void Logpoints::look(Pid pid, Tid tid) {
  const auto found = traced_.find(pid);
  if (found == traced_.end()) return;
  for (const LibraryChange& change : found->second.look_at_libraries()) {
    const std::string_view kind = change.loaded ? "library-loaded" : "library-unloaded";
    if (feed_.wants(kind)) emit(kind, pid, tid, change.object.name);
  }
  for (const MappedFile& file : found->second.look_at_files()) ask(pid, file, all_logpoints());
  tell_fate(pid);
}

void Logpoints::ask(Pid pid, const MappedFile& file, const std::vector<const Logpoint*>& about) {
  std::vector<CodeName> names;
  std::vector<unsigned> ids;
  for (const Logpoint* logpoint : about)
    if (const auto* name = std::get_if<CodeName>(&logpoint->spec().place)) {
      names.push_back(*name);
      ids.push_back(logpoint->id());
    }
  if (names.empty()) return;
  TracedProcess& asking = traced_.at(pid);
  ++asking.questions;
  symbols_.find(pid, file, names,
                [=, this, program = asking.number(),
                 alive = std::weak_ptr(alive_)](const Result<std::vector<std::vector<CodePlace>>>& places) {
                  if (alive.expired()) return;
                  Hub::Batch batch(self_.hub);
                  const auto process = traced_.find(pid);
                  if (process == traced_.end() || process->second.number() != program) return;
                  const bool is_mapped = process->second.maps_file(file);
                  for (std::size_t i = 0; places && is_mapped && i < places->size(); ++i)
                    if (const auto logpoint = logpoints_.find(ids[i]); logpoint != logpoints_.end())
                      for (const CodePlace& found : (*places)[i])
                        place(pid, logpoint->second, found, name_of(names[i], found));
                  answered(pid);
                });
}

void Logpoints::place(Pid pid, const Logpoint& logpoint, const CodePlace& found, std::string name) {
  if (!found.choice) return place(pid, logpoint, found.address, std::move(name));
  TracedProcess& process = traced_.at(pid);
  if (const auto at = process.chosen(*found.choice)) return place(pid, logpoint, *at, std::move(name));
  if (!process.add(found.address, {logpoint.id(), name, true})) return;
  process.told.insert(logpoint.id());
  emit("logpoint", pid, leader_of(pid),
       "Logpoint " + std::to_string(logpoint.id()) + " is pending: which function is " + name +
           " the program chooses when it first needs it (IFUNC), and has not yet, or not in a place that is known",
       {{"logpoint", logpoint.id()}, {"pending", true}});
}

void Logpoints::learn_choice(const Event& event, TracedProcess& process, const TracedProcess::Place& at) {
  const Result<RegisterState> state = self_.hub.registers(self_.id, event.tid, false);
  const auto logpoint = logpoints_.find(at.logpoint);
  if (!state || logpoint == logpoints_.end()) return;
  const std::uint64_t stack = state->general.rsp;
  if (at.chooses) {
    std::array<Byte, 8> word{};
    if (self_.hub.read_memory(self_.id, event.pid, Address{stack}, word).value_or(0) != word.size()) return;
    (void)process.add(Address{load<std::uint64_t>(word)}, {at.logpoint, at.name, false, {{event.tid, stack + word.size()}}});
  } else if (at.ends->tid == event.tid && at.ends->stack == stack) {  // others return there, too
    process.remove(at.logpoint, event.pc);
    place(event.pid, logpoint->second, Address{state->general.rax}, at.name);
  }
}

void Logpoints::place(Pid pid, const Logpoint& logpoint, Address at, std::string name) {
  TracedProcess& process = traced_.at(pid);
  const Result<bool> added = process.add(at, {logpoint.id(), name});
  process.told.insert(logpoint.id());
  if (added && !*added) return;
  const std::string text = "Logpoint " + std::to_string(logpoint.id()) + " at " + name + " (" + hex(at) + ")";
  const json more = {{"logpoint", logpoint.id()}, {"where", name}, {"pc", hex(at)}};
  if (added) {
    emit("logpoint", pid, leader_of(pid), text, more);
  } else {
    emit("error", pid, leader_of(pid), text + " cannot be inserted: " + added.error().text, more);
  }
}

void Logpoints::answered(Pid pid) {
  TracedProcess& process = traced_.at(pid);
  if (--process.questions > 0) return;
  tell_fate(pid);
  for (Tid tid : std::exchange(process.waiting, {}))
    (void)self_.hub.control(self_.id, tid, Action::Resume, {});
}

void Logpoints::tell_fate(Pid pid) {
  TracedProcess& process = traced_.at(pid);
  if (process.questions > 0) return;
  for (const auto& [id, logpoint] : logpoints_) {
    if (!process.told.insert(id).second) continue;
    emit("logpoint", pid, leader_of(pid),
         "Logpoint " + std::to_string(id) + " is pending: nothing is called " + logpoint.spec().location +
             " yet",
         {{"logpoint", id}, {"pending", true}});
  }
}

std::string Logpoints::text(Pid pid, Address at) const {
  const auto process = traced_.find(pid);
  if (process == traced_.end()) return {};
  std::string all = process->second.tells_of_libraries(at) ? "tells of libraries" : "";
  for (const TracedProcess::Place& place : process->second.at(at))
    if (const auto found = logpoints_.find(place.logpoint); found != logpoints_.end())
      all += (all.empty() ? "logs " : "; logs ") + found->second.source();
  return all;
}

Verdict Logpoints::wait_for_places(Pid pid, Tid tid) {
  return must_wait(pid, tid) ? Verdict::stop(HoldReason::Symbols) : Verdict::keep();
}

bool Logpoints::must_wait(Pid pid, Tid tid) {
  const auto found = traced_.find(pid);
  // A debugger's process never waits for a logger.
  if (found == traced_.end() || found->second.questions == 0 || !processes_.owns(pid)) return false;
  found->second.waiting.insert(tid);
  give_up_waiting(pid, tid);
  return true;
}

void Logpoints::give_up_waiting(Pid pid, Tid tid) {
  self_.hub.loop().after(kPatience, [this, pid, tid, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    const auto found = traced_.find(pid);
    if (found == traced_.end() || found->second.waiting.erase(tid) == 0) return;
    emit("error", pid, tid, "The symbols take long: logpoints may begin late");
    (void)self_.hub.control(self_.id, tid, Action::Resume, {});
  });
}

}  // namespace gdbhub::log
