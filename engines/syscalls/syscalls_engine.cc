#include "engines/syscalls/syscalls_engine.h"

#include <cstdio>
#include <ctime>
#include <utility>

namespace gdbhub::syscalls {
namespace {

std::string time_text(Settings::Time kind, std::chrono::system_clock::time_point when) {
  if (kind == Settings::Time::None) return {};
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(when.time_since_epoch()).count();
  const auto seconds = static_cast<std::time_t>(micros / 1'000'000);
  char text[48];
  if (kind == Settings::Time::Epoch) {
    std::snprintf(text, sizeof text, "%lld.%06lld ", static_cast<long long>(seconds), static_cast<long long>(micros % 1'000'000));
    return text;
  }
  std::tm local{};
  ::localtime_r(&seconds, &local);
  const std::size_t length = std::strftime(text, sizeof text, "%H:%M:%S", &local);
  std::snprintf(text + length, sizeof text - length, ".%06lld ", static_cast<long long>(micros % 1'000'000));
  return text;
}

}  // namespace

SyscallsEngine::SyscallsEngine(Hub& hub, Settings settings, std::unique_ptr<LineFile> file)
    : hub_(hub),
      settings_(std::move(settings)),
      file_(std::move(file)),
      id_(hub.connect(*this, {"syscalls", settings_.output.empty() ? "event log" : settings_.output, Role::Observer})) {
  hub_.follow_all(id_, wanted());
}

EventSet SyscallsEngine::wanted() const {
  return {.execs = true, .syscall_entries = settings_.trace, .syscall_exits = settings_.trace};
}

Result<std::string> SyscallsEngine::configure(Pid pid, std::string_view what) {
  if (what != "on" && what != "off") return Error{ErrorCode::InvalidArgument, 0, "on, or off?"};
  const bool on = what == "on";
  if (auto set = hub_.set_events(id_, pid, on ? wanted() : EventSet{.execs = true}); !set) return set.error();
  if (!on)
    for (Tid tid : hub_.threads(pid)) open_.erase(tid);  // their ends will not be told
  return "Calls of process " + std::to_string(pid.value) + (on ? " are logged." : " are not logged.");
}

SyscallsEngine::~SyscallsEngine() { hub_.disconnect(id_); }

Verdict SyscallsEngine::report(const Event& event) {
  if (const auto* entry = std::get_if<event::SyscallEntry>(&event.detail)) {
    // Once more after a hold: its registers may have changed (A20).
    open_.insert_or_assign(event.tid, Open{OpenCall(entry->number, entry->arguments, reader(event.pid), settings_.string_limit),
                                           Clock::now()});
  } else if (const auto* exit = std::get_if<event::SyscallExit>(&event.detail)) {
    if (auto open = open_.extract(event.tid)) {
      const Open& of = open.mapped();
      write(event.pid, event.tid, of.since, of.call.close(exit->result, reader(event.pid)));
    } else {  // we came in the middle
      const Call* call = find_call(exit->number);
      write(event.pid, event.tid, Clock::now(),
            "<... " + (call != nullptr ? std::string(call->name) : std::to_string(exit->number)) + " resumed> = " +
                result_text(exit->number, exit->result));
    }
  } else if (const auto* exec = std::get_if<event::Execed>(&event.detail)) {
    // The thread that called execve has taken the leader's id.
    if (exec->former != event.tid)
      if (auto open = open_.extract(exec->former)) open_.insert_or_assign(event.tid, std::move(open.mapped()));
  }
  return Verdict::keep();
}

void SyscallsEngine::thread_gone(Pid pid, Tid tid, WaitStatus) {
  if (auto open = open_.extract(tid)) write(pid, tid, open.mapped().since, open.mapped().call.close(std::nullopt, reader(pid)));
}

void SyscallsEngine::write(Pid pid, Tid tid, Clock::time_point when, const std::string& line) {
  if (file_ == nullptr) return hub_.journal().write(id_, pid, tid, "syscall", line);
  std::string prefix;
  if (settings_.show_pid) prefix += std::to_string(pid.value) + " ";
  if (settings_.show_tid) prefix += std::to_string(tid.value) + " ";
  file_->push(prefix + time_text(settings_.time, when) + line);
}

ReadMemory SyscallsEngine::reader(Pid pid) const {
  return [this, pid](Address from, MutableByteSpan to) { return hub_.read_memory(id_, pid, from, to).value_or(0); };
}

}  // namespace gdbhub::syscalls
