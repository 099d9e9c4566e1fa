#include "engines/log/library_follower.h"

namespace gdbhub::log {

void LibraryFollower::follow(Pid pid) {
  if (watches_.contains(pid)) return;
  if (!hub_.attached(engine_, pid) && !hub_.attach(engine_, pid, {.execs = true})) return;
  begin(pid, leader_of(pid));
}

void LibraryFollower::begin(Pid pid, Tid tid) {
  Result<Bytes> auxv = hub_.kernel().proc_file(pid, "auxv");
  if (!auxv) return;
  watches_.insert_or_assign(pid, Followed{LibraryWatch(std::move(*auxv)), std::nullopt});
  look(pid, tid);
}

void LibraryFollower::report(const Event& event) {
  if (std::holds_alternative<event::Execed>(event.detail)) {
    begin(event.pid, event.tid);
  } else if (std::holds_alternative<event::Breakpoint>(event.detail)) {
    look(event.pid, event.tid);
  }
}

void LibraryFollower::look(Pid pid, Tid tid) {
  const auto found = watches_.find(pid);
  if (found == watches_.end()) return;
  Followed& followed = found->second;
  const ReadMemory read = reader(pid);
  for (const LibraryChange& change : followed.watch.update(read))
    emit_(change.loaded ? "library-loaded" : "library-unloaded", pid, tid, change.object.name);

  const std::optional<Address> at = followed.watch.breakpoint(read);
  if (at == followed.breakpoint) return;
  if (followed.breakpoint) (void)hub_.remove_breakpoint(engine_, pid, *followed.breakpoint, false);
  followed.breakpoint = at && hub_.insert_breakpoint(engine_, pid, *at) ? at : std::nullopt;
}

ReadMemory LibraryFollower::reader(Pid pid) const {
  return [this, pid](Address from, MutableByteSpan to) {
    return hub_.read_memory(engine_, pid, from, to).value_or(0);
  };
}

}  // namespace gdbhub::log
