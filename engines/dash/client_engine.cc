#include "engines/dash/client_engine.h"

#include <algorithm>

namespace gdbhub::dash {

Result<std::unique_ptr<ClientEngine>> ClientEngine::take_over(Hub& hub, const EngineInfo& info, Listener listener) {
  std::unique_ptr<ClientEngine> engine(new ClientEngine(hub, std::move(listener)));
  const Result<EngineId> former = hub.take_over(*engine, info);
  if (!former) return former.error();
  engine->id_ = *former;
  for (const BreakpointInfo& breakpoint : hub.breakpoints())
    if (breakpoint.owner == *former) engine->breakpoints_[breakpoint.pid].insert(breakpoint.address);
  return engine;
}

ClientEngine::~ClientEngine() {
  if (!id_) return;
  if (lingers_for_ == Duration{}) {
    hub_.disconnect(id_);
  } else {
    hub_.linger(id_, lingers_for_, [] {});
  }
}

Result<> ClientEngine::join(Pid pid) {
  return hub_.attached(id_, pid) ? Result<>{} : hub_.attach(id_, pid, {});
}

bool ClientEngine::holds_any(Pid pid) const {
  const std::vector<Hold> holds = hub_.holds();
  return std::any_of(holds.begin(), holds.end(), [&](const Hold& h) { return h.engine == id_ && h.pid == pid; });
}

void ClientEngine::leave_if_idle(Pid pid) {
  const auto own = breakpoints_.find(pid);
  if (own != breakpoints_.end() && !own->second.empty()) return;
  if (hub_.attached(id_, pid) && !holds_any(pid) && other_controller(pid)) (void)hub_.detach(id_, pid);
}

EngineId ClientEngine::other_controller(Pid pid) const {
  for (const EngineStatus& engine : hub_.engines())
    if (engine.id != id_ && std::find(engine.controlled.begin(), engine.controlled.end(), pid) != engine.controlled.end())
      return engine.id;
  return {};
}

Result<> ClientEngine::hold(Pid pid, const std::vector<Tid>& threads) {
  Hub::Batch batch(hub_);
  if (auto joined = join(pid); !joined) return joined;
  for (Tid tid : threads)
    if (auto done = hub_.control(id_, tid, Action::Stop, {.reason = HoldReason::Interrupt}); !done) return done;
  return {};
}

Result<> ClientEngine::resume(Pid pid, const std::vector<Tid>& threads) {
  Hub::Batch batch(hub_);
  if (auto joined = join(pid); !joined) return joined;
  for (Tid tid : threads)
    if (auto done = hub_.control(id_, tid, Action::Resume, {}); !done) return done;
  leave_if_idle(pid);
  return {};
}

Result<> ClientEngine::step(Pid pid, Tid tid) {
  Hub::Batch batch(hub_);
  if (auto joined = join(pid); !joined) return joined;
  return hub_.control(id_, tid, Action::SingleStep, {});
}

Result<> ClientEngine::insert_breakpoint(Pid pid, Address at) {
  Hub::Batch batch(hub_);
  if (auto joined = join(pid); !joined) return joined;
  if (auto done = hub_.insert_breakpoint(id_, pid, at); !done) {
    leave_if_idle(pid);
    return done;
  }
  breakpoints_[pid].insert(at);
  return {};
}

Result<> ClientEngine::remove_breakpoint(Pid pid, Address at) {
  Hub::Batch batch(hub_);
  const auto own = breakpoints_.find(pid);
  if (own == breakpoints_.end() || own->second.erase(at) == 0)
    return Error{ErrorCode::NotFound, 0, "this client has no breakpoint there; others' are theirs"};
  auto done = hub_.remove_breakpoint(id_, pid, at, false);
  leave_if_idle(pid);
  return done;
}

Result<> ClientEngine::let_go(Pid pid) {
  Hub::Batch batch(hub_);
  if (auto joined = join(pid); !joined) return joined;
  if (const EngineId other = other_controller(pid)) {
    leave_if_idle(pid);
    return Error{ErrorCode::NotPermitted, 0, hub_.name_of(other) + " is attached to process " + std::to_string(pid.value) +
                                                 ", too; it stays until that client has left"};
  }
  breakpoints_.erase(pid);
  if (auto left = hub_.detach(id_, pid); !left) return left.error();
  return {};
}

Result<> ClientEngine::kill(Pid pid, bool force) {
  Hub::Batch batch(hub_);
  if (auto joined = join(pid); !joined) return joined;
  return hub_.kill(id_, pid, force);
}

Verdict ClientEngine::report(const Event& event) {
  if (std::holds_alternative<event::Breakpoint>(event.detail)) return Verdict::stop(HoldReason::Breakpoint);
  if (std::holds_alternative<event::StepDone>(event.detail)) return Verdict::stop(HoldReason::Step);
  return Verdict::keep();
}

}  // namespace gdbhub::dash
