// The world of the fake machine: tasks, the scheduler, the processor with its debug registers.
#include "tests/support/fake_kernel.h"

#include <algorithm>
#include <cassert>
#include <cerrno>

namespace gdbhub::test {
namespace {

constexpr unsigned kMaxQuantum = 8;
constexpr std::uint64_t kEntryMessage = 1;    // PTRACE_EVENTMSG_SYSCALL_ENTRY
constexpr std::uint64_t kStepBit = 1u << 14;  // DR6.BS

/// One slot of the debug registers, decoded from DR7.
struct Breakpoint {
  enum class Kind : unsigned { Execute, Write, InputOutput, Access };
  bool enabled = false;
  Kind kind = Kind::Execute;
  AddressRange range;
};

Breakpoint breakpoint(const FakeTask& task, unsigned slot) {
  constexpr std::array<std::uint64_t, 4> kSizes = {1, 2, 8, 4};
  const std::uint64_t control = task.armed_control;
  return {(control >> (2 * slot) & 3) != 0,
          static_cast<Breakpoint::Kind>(control >> (16 + 4 * slot) & 3),
          {Address{task.debug_registers[slot]}, kSizes[control >> (18 + 4 * slot) & 3]}};
}

bool overlap(AddressRange a, AddressRange b) {
  return a.contains(b.begin) || b.contains(a.begin);
}

}  // namespace

FakeKernel::FakeKernel(std::uint64_t seed) : random_(seed) {}
FakeKernel::~FakeKernel() = default;

// -- look-ups ------------------------------------------------------------------------------------------

FakeTask* FakeKernel::find(Tid tid) const {
  const auto found = tasks_.find(tid);
  return found == tasks_.end() ? nullptr : found->second.get();
}

FakeProcess* FakeKernel::find_process(Pid pid) const {
  const auto found = processes_.find(pid);
  return found == processes_.end() ? nullptr : found->second.get();
}

FakeProcess& FakeKernel::process(const FakeTask& task) const {
  return *processes_.at(task.pid);
}

std::vector<FakeTask*> FakeKernel::threads_of(const FakeProcess& process, const FakeTask* except) const {
  std::vector<FakeTask*> result;
  for (const Tid tid : process.threads) {
    if (FakeTask* task = find(tid); task != except) result.push_back(task);
  }
  return result;
}

std::vector<Tid> FakeKernel::tasks() const {
  std::vector<Tid> result;
  for (const auto& entry : tasks_) result.push_back(entry.first);
  return result;
}

std::optional<TaskState> FakeKernel::state_of(Tid tid) const {
  const FakeTask* task = find(tid);
  return task == nullptr ? std::nullopt : std::optional(task->state);
}

bool FakeKernel::is_traced(Tid tid) const {
  const FakeTask* task = find(tid);
  return task != nullptr && task->traced;
}

const GeneralRegisters& FakeKernel::registers_of(Tid tid) const {
  return tasks_.at(tid)->registers;
}

const std::array<std::uint64_t, 8>& FakeKernel::debug_registers_of(Tid tid) const {
  return tasks_.at(tid)->debug_registers;
}

Bytes FakeKernel::memory_of(Tid tid, Address from, std::size_t size) const {
  Bytes bytes(size);
  const auto& space = tasks_.at(tid)->space;
  bytes.resize(space ? space->memory.peek(from, bytes) : 0);
  return bytes;
}

std::uint64_t FakeKernel::quad_of(Tid tid, Address at) const {
  const Bytes bytes = memory_of(tid, at, sizeof(std::uint64_t));
  return bytes.size() == sizeof(std::uint64_t) ? load<std::uint64_t>(bytes) : 0;
}

// -- the scheduler -------------------------------------------------------------------------------------

std::uint64_t FakeKernel::random(std::uint64_t below) {
  return random_() % below;
}

bool FakeKernel::step_world() {
  ++ticks_;
  std::vector<FakeTask*> runnable;
  std::optional<std::uint64_t> next_visible;
  for (const auto& [tid, task] : tasks_) {
    if (is_runnable(*task)) runnable.push_back(task.get());
    if (can_wait(*task) && task->visible_at > ticks_) {
      next_visible = std::min(next_visible.value_or(task->visible_at), task->visible_at);
    }
  }
  if (runnable.empty() && next_visible) ticks_ = *next_visible;
  const bool quiet = runnable.empty() && !next_visible && !child_event_due_;
  if (!runnable.empty()) {
    const Tid tid = runnable[random(runnable.size())]->tid;
    yielded_ = false;
    for (std::uint64_t quantum = 1 + random(kMaxQuantum); quantum != 0 && !yielded_; --quantum) {
      FakeTask* task = find(tid);  // it may have died, or have become another one by an exec
      if (task == nullptr || !is_runnable(*task)) break;
      run_once(*task);
    }
  }
  show_child_events();
  return !quiet;
}

void FakeKernel::show_child_events() {
  bool due = false;
  bool later = false;
  for (const auto& [tid, task] : tasks_) {
    if (!task->announced || !can_wait(*task)) continue;
    if (task->visible_at <= ticks_) {
      task->announced = false;
      due = true;
    } else {
      later = true;
    }
  }
  child_event_due_ = later;
  if (due && on_child_event_) on_child_event_();
}

bool FakeKernel::run_until_quiet(std::size_t max_steps) {
  for (; max_steps != 0; --max_steps) {
    if (!step_world()) return true;
  }
  return false;
}

bool FakeKernel::run_until(const std::function<bool()>& done, std::size_t max_steps) {
  for (; max_steps != 0; --max_steps) {
    if (done()) return true;
    if (!step_world()) return done();
  }
  return done();
}

// -- one step of a task ----------------------------------------------------------------------------------

void FakeKernel::run_once(FakeTask& task) {
  if (task.path == KernelPath::Exit) return exit_task(task);
  if (task.killed) {
    handle_signals(task);
    return;
  }
  switch (task.path) {
    case KernelPath::User:
      return run_user(task);
    case KernelPath::SyscallEntry:
      task.path = KernelPath::SyscallBody;
      if (task.syscall_trace) notify_stop(task, StopKind::Syscall, WaitStatus::syscall(), kEntryMessage);
      return;
    case KernelPath::SyscallBody:
      return run_syscall(task);
    case KernelPath::PauseReturn:
      return sys_pause(task);
    case KernelPath::ForkEvent: {
      task.path = task.is_vfork ? KernelPath::VforkWait : KernelPath::SyscallExit;
      task.registers.rax = static_cast<std::uint64_t>(task.new_child.value);
      return event_stop(task, task.fork_event, static_cast<std::uint64_t>(task.new_child.value));
    }
    case KernelPath::VforkWait:
      if (task.vfork_done) {
        task.path = KernelPath::VforkDoneEvent;
      } else {
        task.state = TaskState::VforkWait;
      }
      return;
    case KernelPath::VforkDoneEvent:
      task.path = KernelPath::SyscallExit;
      return event_stop(task, PtraceEvent::VforkDone, static_cast<std::uint64_t>(task.new_child.value));
    case KernelPath::ExecWait:
      return continue_exec(task);
    case KernelPath::SyscallExit:
      return exit_syscall(task);
    case KernelPath::Signals:
      return handle_signals(task);
    case KernelPath::AfterSignalStop:
      return after_signal_stop(task);
    case KernelPath::Exit:
      return exit_task(task);
  }
}

void FakeKernel::run_user(FakeTask& task) {
  GeneralRegisters& registers = task.registers;
  if (task.signal_pending) {
    registers.orig_rax = ~0ull;  // not in a system call: there is nothing to restart
    return handle_signals(task);
  }
  if (hit_execute_breakpoint(task)) return;
  if (on_run_) on_run_(task.tid);
  ++counters_.instructions;
  const CpuOutcome outcome = execute_instruction(registers, task.space->memory);
  if (outcome.kind == CpuOutcome::Kind::Syscall) {
    ++counters_.syscalls;
    registers.orig_rax = registers.rax;
    registers.rax = static_cast<std::uint64_t>(-ENOSYS);
    task.path = KernelPath::SyscallEntry;
    return;
  }
  registers.orig_rax = ~0ull;
  if (outcome.kind != CpuOutcome::Kind::Done) return force(task, outcome.signal, outcome.code, outcome.where);
  const std::uint64_t hit = outcome.access ? watchpoints_hit(task, *outcome.access) : 0;
  const bool stepped = task.single_step && (!task.block_step || outcome.branched);
  if (hit == 0 && !stepped) return;
  task.debug_registers[6] = hit | (stepped ? kStepBit : 0);
  force(task, SIGTRAP, stepped ? TRAP_TRACE : TRAP_HWBKPT, Address{registers.rip});
}

bool FakeKernel::hit_execute_breakpoint(FakeTask& task) {
  if (task.armed_control == 0 || (task.registers.eflags & kResumeFlag) != 0) return false;
  std::uint64_t hit = 0;
  for (unsigned slot = 0; slot < 4; ++slot) {
    const Breakpoint point = breakpoint(task, slot);
    const bool matches = point.enabled && point.kind == Breakpoint::Kind::Execute &&
                         point.range.begin == Address{task.registers.rip};
    if (matches) hit |= 1u << slot;
  }
  if (hit == 0) return false;
  task.debug_registers[6] = hit;
  task.registers.orig_rax = ~0ull;
  task.registers.eflags |= kResumeFlag;
  force(task, SIGTRAP, TRAP_HWBKPT, Address{task.registers.rip});
  return true;
}

/// The hit bits of DR6.
std::uint64_t FakeKernel::watchpoints_hit(const FakeTask& task, const CpuOutcome::Access& access) const {
  if (task.armed_control == 0) return 0;
  std::uint64_t hit = 0;
  for (unsigned slot = 0; slot < 4; ++slot) {
    const Breakpoint point = breakpoint(task, slot);
    const bool matches =
        point.kind == Breakpoint::Kind::Access || (point.kind == Breakpoint::Kind::Write && access.is_write);
    if (point.enabled && matches && overlap(point.range, access.range)) hit |= 1u << slot;
  }
  return hit;
}

}  // namespace gdbhub::test
