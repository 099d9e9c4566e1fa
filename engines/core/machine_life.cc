// The part of Machine for births, execs and deaths.
#include <sched.h>
#include <sys/syscall.h>

#include <algorithm>

#include "engines/core/machine.h"
#include "gdbhub/procfs.h"

namespace gdbhub::core {
namespace {

constexpr std::size_t most_bereaved = 4;

}  // namespace

void Machine::handle_unknown(WaitResult result) {
  early_.erase(result.tid);
  if (!result.status.is_stop()) return;
  // A new thread that ends unreported is killed with its process, so its maker will not report it any more (A27).
  const auto process = kernel_.process_of(result.tid);
  if (result.status.event() == PtraceEvent::Exit && process && *process != Pid{result.tid.value}) {
    (void)kernel_.resume(result.tid, ResumeMode::Continue, 0);
    return;
  }
  early_.emplace(result.tid, result.status);
  if (!bereaved_.empty()) adopt_orphans();
}

std::uint64_t Machine::clone_flags(const Thread& thread) const {
  switch (thread.general.orig_rax) {
    case SYS_vfork: return CLONE_VM | CLONE_VFORK;
    case SYS_clone: return thread.general.rdi;
    case SYS_clone3: {
      std::uint64_t flags = 0;  // the first field of struct clone_args
      thread.process->space->read({thread.general.rdi}, writable_bytes_of(flags));
      return flags;
    }
    default: return 0;
  }
}

void Machine::handle_clone(Thread& parent, PtraceEvent event) {
  const Result<std::uint64_t> message = kernel_.event_message(parent.tid);
  if (!message) return observer_.occurred(parent, occurrence::Quiet{});
  const Tid tid{static_cast<int>(*message)};
  const Pid pid{tid.value};
  const auto early = early_.find(tid);

  // A clone that shares memory without being a vfork is a thread to debuggers, whatever its thread group: they would take
  // their breakpoints out of a fork's child, and so out of its parent.
  const bool shares_memory = clone_flags(parent) & CLONE_VM;
  const bool is_thread = event == PtraceEvent::Clone && shares_memory;
  Process* process = parent.process;
  if (!is_thread) {
    process = &tasks_.add_process(pid);
    process->exit_kill = parent.process->exit_kill;
    if (shares_memory) {
      process->space = parent.process->space;
    } else if (auto memory = kernel_.open_memory(tid)) {
      process->space = std::make_shared<AddressSpace>(std::move(*memory), *parent.process->space);
    } else {  // killed already
      tasks_.remove_process(*process);
      return observer_.occurred(parent, occurrence::Quiet{});
    }
  }
  Thread& child = tasks_.add_thread(*process, tid);
  child.exit_stops = parent.exit_stops;
  child.exit_kill = parent.exit_kill;
  if (is_thread) {
    observer_.thread_started(child, parent);
    observer_.occurred(parent, occurrence::Quiet{});
  } else {
    parent.vfork_wait = event == PtraceEvent::Vfork;
    observer_.occurred(parent, occurrence::Forked{process, event == PtraceEvent::Vfork});
  }
  if (early != early_.end()) {
    const WaitStatus status = early->second;
    early_.erase(early);
    handle({tid, status});
  }
}

void Machine::handle_exec(Thread& thread) {
  Process& process = *thread.process;
  const Tid former{static_cast<int>(kernel_.event_message(thread.tid).value_or(0))};
  // The old space is forgotten without being written to (A29); a vfork parent goes on using it.
  const std::shared_ptr<AddressSpace> old_space = process.space;
  const bool shared = users_of(*old_space).size() > process.threads.size();
  for (Thread* gone : process.threads) {
    if (shared) end_range_run(*gone);
    gone->range_run.reset();
  }
  // The kernel has given the leader's id to the thread that called exec; all others are dead.
  Thread* survivor = &thread;
  if (former != thread.tid)
    if (Thread* caller = tasks_.thread(former); caller != nullptr && caller->process == &process) survivor = caller;
  for (Thread* other : std::vector<Thread*>(process.threads)) {
    if (other == survivor) continue;
    if (other->state != Thread::State::Zombie) observer_.thread_gone(*other, WaitStatus::killed(SIGKILL));
    observer_.thread_reaped(*other);
    forget_errand(*other);
    tasks_.remove_thread(*other);
  }
  if (survivor->tid != leader_of(process.pid)) {
    survivor->state = Thread::State::Stopped;
    survivor->status = WaitStatus::event(PtraceEvent::Exec);
    tasks_.rename_thread(*survivor, leader_of(process.pid));
    if (auto general = kernel_.registers(survivor->tid)) survivor->general = *general;
  }
  forget_errand(*survivor);
  survivor->arrival = {};
  survivor->pending.clear();
  survivor->hardware_version = 0;  // the kernel has cleared them
  survivor->inside_syscall = true;
  survivor->vfork_wait = survivor->rejoins_group_stop = false;

  auto memory = kernel_.open_memory(survivor->tid);
  if (!memory) return;  // killed meanwhile
  process.space = std::make_shared<AddressSpace>(std::move(*memory), isa_);
  if (shared) observer_.space_left(*old_space);
  if (process.started) return observer_.occurred(*survivor, occurrence::Execed{former});
  if (--process.execs_left > 0) return resume(*survivor, ResumeMode::Continue);  // the shell, the wrapper
  survivor->errand = errand::LeaveExec{};
  resume(*survivor, ResumeMode::Step);
}

void Machine::handle_death(Thread& thread, WaitStatus status) {
  Process& process = *thread.process;
  forget_errand(thread);
  end_range_run(thread);
  if (thread.tid == leader_of(process.pid)) process.ended = status;
  if (thread.state != Thread::State::Zombie) observer_.thread_gone(thread, status);
  observer_.thread_reaped(thread);
  const std::shared_ptr<AddressSpace> space = process.space;
  tasks_.remove_thread(thread);
  if (process.threads.empty()) {
    const WaitStatus how = process.ended.value_or(status);
    observer_.process_gone(process, how);
    tasks_.remove_process(process);
    if (!users_of(*space).empty()) observer_.space_left(*space);
    if (status.is_killed()) {
      if (bereaved_.size() == most_bereaved) bereaved_.pop_front();
      bereaved_.push_back(space);
      adopt_orphans();
    }
  }
  proceed_in_line(*space);
}

void Machine::adopt_orphans() {
  std::vector<std::pair<Tid, WaitStatus>> orphans;
  for (const auto& [tid, first_stop] : early_) {
    const Pid pid{tid.value};  // a thread dies with its process
    const Result<Bytes> text = kernel_.proc_file(pid, "status");
    const auto status = text ? parse_status(text_of(*text)) : std::nullopt;
    if (status && status->process == pid && tasks_.process(status->parent) == nullptr) orphans.emplace_back(tid, first_stop);
  }
  for (const auto& [tid, first_stop] : orphans) {
    early_.erase(tid);
    adopt_orphan(tid, first_stop);
  }
}

void Machine::adopt_orphan(Tid tid, WaitStatus status) {
  Result<std::unique_ptr<TraceeMemory>> memory = kernel_.open_memory(tid);
  if (!memory) return;  // dead by now
  const auto stands = [&](const AddressSpace& space) {
    return std::all_of(space.sites().begin(), space.sites().end(), [&](const auto& site) {
      Byte byte = 0;
      return (*memory)->read(site.first, {&byte, 1}) == 1 && byte == isa_.trap()[0];
    });
  };
  // The parent's is the one whose traps it has, all of them.
  const auto parent = std::find_if(bereaved_.rbegin(), bereaved_.rend(), [&](const auto& space) { return stands(*space); });
  Process& process = tasks_.add_process(Pid{tid.value});
  process.space = parent == bereaved_.rend() ? std::make_shared<AddressSpace>(std::move(*memory), isa_)
                                             : std::make_shared<AddressSpace>(std::move(*memory), **parent);
  process.space->keep_only({});
  process.leaving = true;
  tasks_.add_thread(process, tid);
  handle({tid, status});
}

}  // namespace gdbhub::core
