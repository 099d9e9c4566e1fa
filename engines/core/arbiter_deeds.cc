// The part of Arbiter that keeps in the journal what engines do (A40): cheaply, since some of it is done all the time.
#include <utility>

#include "engines/core/arbiter.h"

namespace gdbhub::core {

void Arbiter::note(EngineId by, Pid pid, Tid tid, std::string_view kind, decltype(Deed::what) what) {
  const auto record = engines_.find(by);
  journal_.write(by, pid, tid, kind, Deed{record == engines_.end() ? nullptr : record->second.name, std::move(what)});
}

void Arbiter::note_point(EngineId by, Pid pid, const Deed::Point& point, bool comes) {
  const bool watches = point.hardware && *point.hardware != HardwarePoint::Kind::Execute;
  const std::string_view kind = watches ? (comes ? "watchpoint" : "watchpoint-removed") : (comes ? "breakpoint" : "breakpoint-removed");
  note(by, pid, leader_of(pid), kind, point);
}

void Arbiter::note_resumed(EngineId by, const Thread& thread, Action action, int signal) {
  const Pid pid = thread.process->pid;
  if (resumption_ && resumption_->by == by && resumption_->pid == pid && resumption_->deed.action == action &&
      resumption_->deed.signal == signal) {
    ++resumption_->deed.threads;
    return;
  }
  flush_resumed();
  resumption_ = Resumption{by, pid, thread.tid, {action, signal}};
}

void Arbiter::flush_resumed() {
  if (const auto done = std::exchange(resumption_, std::nullopt)) note(done->by, done->pid, done->first, "resumed", done->deed);
}

}  // namespace gdbhub::core
