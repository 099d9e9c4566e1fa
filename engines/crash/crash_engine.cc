#include "engines/crash/crash_engine.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "engines/crash/hook.h"

namespace gdbhub::crash {
namespace {

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "%#llx", static_cast<unsigned long long>(value));
  return text;
}

/// "about to die of SIGSEGV at pc 0x401136, address 0x0"
std::string describe_crash(const Event& event, const event::Signal& signal) {
  std::string text = "about to die of " + name_of(signal.number) + " at pc " + hex(event.pc.value);
  const bool has_address = signal.info.si_code > 0 && (signal.number == SIGSEGV || signal.number == SIGBUS);
  if (has_address) text += ", address " + hex(reinterpret_cast<std::uintptr_t>(signal.info.si_addr));
  if (signal.info.si_code <= 0) text += ", sent by process " + std::to_string(signal.info.si_pid);
  return text;
}

}  // namespace

CrashEngine::CrashEngine(Hub& hub, Settings settings)
    : hub_(hub), settings_(std::move(settings)), id_(hub.connect(*this, {"crash", "command line", Role::Controller})) {
  hub_.follow_all(id_, {.signals = true});
}

CrashEngine::~CrashEngine() {
  for (const auto& [tid, timer] : held_) hub_.loop().cancel(timer);
  hub_.disconnect(id_);
}

Verdict CrashEngine::report(const Event& event) {
  const auto* signal = std::get_if<event::Signal>(&event.detail);
  if (signal == nullptr || signal->number == 0 || (settings_.signals & mask_of(signal->number)) == 0) return Verdict::keep();
  if (!is_deadly(hub_.kernel(), event.pid, event.tid, signal->number)) return Verdict::keep();

  const bool holds = settings_.hold.count() > 0;
  std::string text = describe_crash(event, *signal);
  if (holds) text += "; held for " + std::to_string(settings_.hold.count()) + " s, \"monitor release\" lets it go";
  hub_.journal().announce(id_, event.pid, event.tid, "crash", std::move(text));
  if (!settings_.run.empty()) start_hook(event, signal->number);
  if (!holds) return Verdict::keep();

  forget(event.tid);
  held_[event.tid] = hub_.loop().after(settings_.hold, [this, pid = event.pid, tid = event.tid] {
    release(pid, tid, "its time is over");
  });
  return Verdict::stop(HoldReason::Crash);
}

void CrashEngine::start_hook(const Event& event, int signal) {
  const std::string program = hub_.kernel().proc_link(event.pid, "exe").value_or("");
  const Result<> started = crash::start_hook(settings_.run, {{"GDBHUB_PID", std::to_string(event.pid.value)},
                                                             {"GDBHUB_TID", std::to_string(event.tid.value)},
                                                             {"GDBHUB_SIGNAL", name_of(signal)},
                                                             {"GDBHUB_PC", hex(event.pc.value)},
                                                             {"GDBHUB_PROGRAM", program},
                                                             {"GDBHUB_HOLD", std::to_string(settings_.hold.count())}});
  if (!started) hub_.journal().write(id_, event.pid, event.tid, "hook-failed", started.error().text);
}

void CrashEngine::holds_alone(Pid pid, Tid tid) {
  // Who has let the thread run on has seen it. Who has left has not decided anything.
  const auto engines = hub_.engines();
  const bool somebody_resumed = std::any_of(engines.begin(), engines.end(), [&](const EngineStatus& other) {
    return other.id != id_ &&
           std::find(other.controlled.begin(), other.controlled.end(), pid) != other.controlled.end();
  });
  if (somebody_resumed) release(pid, tid, "a debugger lets it run on");
}

bool CrashEngine::release_requested(Pid pid, Tid tid, EngineId by) {
  if (!held_.contains(tid)) return false;
  release(pid, tid, "by request of " + hub_.name_of(by));
  return true;
}

void CrashEngine::release(Pid pid, Tid tid, std::string_view why) {
  forget(tid);
  hub_.journal().write(id_, pid, tid, "released", std::string(why));
  (void)hub_.control(id_, tid, Action::Resume, {});  // it may have been killed
}

void CrashEngine::forget(Tid tid) {
  const auto held = held_.find(tid);
  if (held == held_.end()) return;
  hub_.loop().cancel(held->second);
  held_.erase(held);
}

}  // namespace gdbhub::crash
