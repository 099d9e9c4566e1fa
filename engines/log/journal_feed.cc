#include "engines/log/journal_feed.h"

#include <chrono>
#include <utility>

#include "engines/dash/parameters.h"

namespace gdbhub::log {

using dash::optional_member;

namespace {

/// "2 processes"
std::string counted(std::size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string text_of(const EngineStatus& engine) {
  return std::string(engine.info.role == Role::Observer ? "observer" : "controller") + ", " +
         counted(engine.processes.size(), "process", "processes") + ", " +
         counted(engine.holds, "hold", "holds") + ", " +
         counted(engine.breakpoints, "breakpoint", "breakpoints");
}

std::string text_of(const Hold& hold, TimePoint now) {
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - hold.since).count();
  std::string text(describe(hold.reason));
  text += ", since " + std::to_string(age) + " s";
  if (hold.weak) text += ", weak";
  if (hold.uninterruptible) {
    text += ", cannot stop yet";
  } else if (!hold.in_force) {
    text += ", not stopped yet";
  }
  return text;
}

}  // namespace

JournalFeed::~JournalFeed() {
  if (subscription_ != 0) self_.hub.journal().unsubscribe(subscription_);
}

Result<json> JournalFeed::subscribe(const json& params) {
  const auto wanted = optional_member<bool>(params, "events", true);
  if (!wanted) return wanted.error();
  const auto kinds = optional_member<std::vector<std::string>>(params, "kinds", {});
  if (!kinds) return kinds.error();
  if (*wanted && subscription_ == 0) {
    kinds_ = {kinds->begin(), kinds->end()};
    subscription_ = self_.hub.journal().subscribe([this](const JournalEntry& entry) { send(entry); });
    if (kinds_.empty()) send_snapshot();
    subscribed_();
  }
  return json{{"engine", self_.id.value}};
}

void JournalFeed::send_snapshot() {
  Hub& hub = self_.hub;
  const auto push = [&](std::string_view kind, Pid pid, Tid tid, std::string who, std::string text) {
    self_.events.push({0, {}, pid, tid, kind, std::move(who), std::move(text), nullptr});
  };
  for (const ProcessStatus& process : hub.processes()) {
    push("process", process.pid, leader_of(process.pid), by(process.owner),
         hub.kernel().proc_link(process.pid, "exe").value_or(""));
    for (Tid tid : hub.threads(process.pid)) push("thread", process.pid, tid, {}, {});
  }
  for (const EngineStatus& engine : hub.engines()) push("engine", {}, {}, by(engine.id), text_of(engine));
  for (const Hold& hold : hub.holds())
    push("hold", hold.pid, hold.tid, by(hold.engine), text_of(hold, hub.loop().now()));
}

void JournalFeed::send(const JournalEntry& entry) {
  if (!wants(entry.kind)) return;
  // The moments for which it holds its own process to place logpoints are no news to it.
  if (entry.by == self_.id && entry.kind == "stopped") return;
  self_.events.push(
      {entry.number, entry.when, entry.pid, entry.tid, entry.kind, by(entry.by), entry.text(), nullptr});
}

}  // namespace gdbhub::log
