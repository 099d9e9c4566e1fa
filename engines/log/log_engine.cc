#include "engines/log/log_engine.h"

#include <chrono>
#include <utility>
#include <variant>

namespace gdbhub::log {
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

LogEngine::LogEngine(Hub& hub, std::string peer, std::string version, EventSink::Output output)
    : hub_(hub),
      version_(std::move(version)),
      output_(output),
      events_(hub.loop(), std::move(output)),
      id_(hub.connect(*this, {"log", std::move(peer), Role::Observer})),
      libraries_(hub, id_, [this](std::string_view kind, Pid pid, Tid tid, std::string path) {
        send_library(kind, pid, tid, std::move(path));
      }) {}

LogEngine::~LogEngine() {
  if (subscription_ != 0) hub_.journal().unsubscribe(subscription_);
  hub_.disconnect(id_);
}

void LogEngine::receive(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto part = bytes.substr(0, end);
    bytes.remove_prefix(end == bytes.npos ? bytes.size() : end + 1);
    if (!skipping_ && line_.size() + part.size() > kMaxLine) {
      skipping_ = true;
      line_.clear();
      output_.send(failure(kNullId, RpcError::InvalidRequest, "The line is too long"));
    }
    if (!skipping_) line_ += part;
    if (end == bytes.npos) return;
    if (!std::exchange(skipping_, false)) handle(std::exchange(line_, {}));
  }
}

void LogEngine::handle(std::string_view line) {
  if (line.find_first_not_of(" \t\r") == line.npos) return;
  const auto parsed = parse_request(line);
  if (const auto* answer = std::get_if<std::string>(&parsed)) return output_.send(*answer);
  const auto& request = std::get<Request>(parsed);
  if (request.method != "subscribe") {
    if (!request.id.empty())
      output_.send(failure(request.id, RpcError::MethodNotFound, "There is no method " + request.method));
    return;
  }
  if (!request.id.empty()) output_.send(subscribed(request.id, version_, id_));
  if (request.wants_events && subscription_ == 0) subscribe();
}

void LogEngine::subscribe() {
  send_snapshot();
  subscription_ = hub_.journal().subscribe([this](const JournalEntry& entry) {
    send(entry);
    if (entry.kind == "started" || entry.kind == "attached") follow_soon(entry.pid);
  });
  for (const ProcessStatus& process : hub_.processes()) follow_soon(process.pid);
}

void LogEngine::follow_soon(Pid pid) {
  // A listener of the journal must not call the hub.
  hub_.loop().post([this, pid, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    Hub::Batch batch(hub_);
    libraries_.follow(pid);
  });
}

void LogEngine::send_library(std::string_view kind, Pid pid, Tid tid, std::string path) {
  const auto& entries = hub_.journal().entries();
  LogEvent event;
  event.sequence = entries.empty() ? 0 : entries.back().number;
  event.when = std::chrono::system_clock::now();
  event.kind = kind;
  event.pid = pid;
  event.tid = tid;
  event.text = std::move(path);
  events_.push(notification(event));
}

void LogEngine::send_snapshot() {
  const auto& entries = hub_.journal().entries();
  LogEvent event;
  event.sequence = entries.empty() ? 0 : entries.back().number;
  event.when = std::chrono::system_clock::now();
  const auto push = [&](std::string_view kind, Pid pid, Tid tid, std::string by, std::string text) {
    event.kind = kind;
    event.pid = pid;
    event.tid = tid;
    event.by = std::move(by);
    event.text = std::move(text);
    events_.push(notification(event));
  };
  for (const ProcessStatus& process : hub_.processes()) {
    push("process", process.pid, leader_of(process.pid), by(process.owner),
         hub_.kernel().proc_link(process.pid, "exe").value_or(""));
    for (Tid tid : hub_.threads(process.pid)) push("thread", process.pid, tid, {}, {});
  }
  for (const EngineStatus& engine : hub_.engines()) push("engine", {}, {}, by(engine.id), text_of(engine));
  for (const Hold& hold : hub_.holds())
    push("hold", hold.pid, hold.tid, by(hold.engine), text_of(hold, hub_.loop().now()));
}

void LogEngine::send(const JournalEntry& entry) {
  events_.push(
      notification({entry.number, entry.when, entry.pid, entry.tid, entry.kind, by(entry.by), entry.text}));
}

}  // namespace gdbhub::log
