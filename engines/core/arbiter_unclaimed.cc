// The part of Arbiter for the hub's own stake in a tracee, before its first and after its last client (A51).
#include "engines/core/arbiter.h"

namespace gdbhub::core {

void Arbiter::hold_for_first_client(Pid pid) {
  Batch batch(*this);
  Process* process = machine_.tasks().process(pid);
  if (process == nullptr) return;
  if (!process->has_member({})) add_member(*process, {}, {});
  process->owner = {};
  for (Thread* thread : process->threads) set_hold(*thread->attachment({}), HoldReason::Start, false);
  mark_all(*process);
}

void Arbiter::shut_down() {
  Batch batch(*this);
  std::vector<Pid> all;
  for (const auto& process : machine_.tasks().processes()) all.push_back(process->pid);
  for (Pid pid : all) {
    Process& process = *machine_.tasks().process(pid);
    if (process.launched) {
      (void)kernel_.kill_process(pid);
    } else {
      while (!process.members.empty()) remove_member(process, process.members.back().engine);
    }
  }
}

void Arbiter::resume_unclaimed(Pid pid) {
  Batch batch(*this);
  if (Process* process = machine_.tasks().process(pid)) release_first_client_hold(*process);
}

void Arbiter::let_go_unclaimed(Pid pid) {
  Batch batch(*this);
  if (Process* process = machine_.tasks().process(pid); process != nullptr && process->has_member({}))
    remove_member(*process, {});
}

void Arbiter::release_first_client_hold(Process& process) {
  if (!process.has_member({})) return;
  for (Thread* thread : process.threads) {
    Attachment* hubs = thread->attachment({});
    if (hubs == nullptr || !hubs->holds()) continue;
    hubs->action = Action::Resume;
    mark(*thread);
  }
}

}  // namespace gdbhub::core
