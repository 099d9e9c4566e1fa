#include "engines/dash/viewer.h"

#include <utility>

namespace gdbhub::dash {

Viewer::~Viewer() {
  if (id_) hub_.disconnect(id_);
}

Result<> Viewer::join(Pid pid) {
  if (!id_) id_ = hub_.connect(*this, {"dashboard", "views", Role::Observer});
  if (hub_.attached(id_, pid)) return {};
  // Only what the hub has already: to look must not attach anything.
  if (hub_.threads(pid).empty())
    return Error{ErrorCode::NotFound, 0, "there is no process " + std::to_string(pid.value)};
  return hub_.attach(id_, pid, {});
}

Result<Bytes> Viewer::read_memory(Pid pid, Address from, std::size_t size) {
  if (auto joined = join(pid); !joined) return joined.error();
  Bytes bytes(size);
  const auto count = hub_.read_memory(id_, pid, from, bytes);
  if (!count) return count.error();
  bytes.resize(*count);
  return bytes;
}

void Viewer::registers(Pid pid, Tid tid, bool sample, Done done) {
  Hub::Batch batch(hub_);
  if (auto joined = join(pid); !joined) return done(joined.error());
  if (!sample && !hub_.stopped_at(tid))
    return done(Error{ErrorCode::NotStopped, 0, "thread " + std::to_string(tid.value) + " runs"});
  if (auto asked = hub_.control(id_, tid, Action::Interrupt, {}); !asked) return done(asked.error());
  waiting_[tid].push_back(std::move(done));
}

Verdict Viewer::report(const Event& event) {
  if (std::holds_alternative<event::Interrupted>(event.detail)) answer(event.tid, hub_.registers(id_, event.tid, true));
  return Verdict::go(Action::Resume);
}

void Viewer::thread_gone(Pid, Tid tid, WaitStatus) {
  answer(tid, Error{ErrorCode::Gone, 0, "thread " + std::to_string(tid.value) + " has ended"});
}

void Viewer::answer(Tid tid, const Result<RegisterState>& result) {
  const auto found = waiting_.find(tid);
  if (found == waiting_.end()) return;
  const std::vector<Done> waiting = std::move(found->second);
  waiting_.erase(found);
  for (const Done& done : waiting) done(result);
}

}  // namespace gdbhub::dash
