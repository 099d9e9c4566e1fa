// The system calls of the fake machine.
#include <linux/mman.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>

#include "tests/support/fake_kernel.h"

namespace gdbhub::test {
namespace {

constexpr Address kMapBase{0x7ffff7d00000};
constexpr std::uint64_t kExitMessage = 2;  // PTRACE_EVENTMSG_SYSCALL_EXIT

int as_int(std::uint64_t value) {
  return static_cast<int>(value);
}

}  // namespace

void FakeKernel::run_syscall(FakeTask& task) {
  struct Entry {
    long number;
    void (FakeKernel::*run)(FakeTask&);
  };
  static constexpr std::array kTable = {
      Entry{SYS_write, &FakeKernel::sys_write},
      Entry{SYS_mmap, &FakeKernel::sys_mmap},
      Entry{SYS_munmap, &FakeKernel::sys_munmap},
      Entry{SYS_rt_sigaction, &FakeKernel::sys_rt_sigaction},
      Entry{SYS_rt_sigreturn, &FakeKernel::sys_rt_sigreturn},
      Entry{SYS_sched_yield, &FakeKernel::sys_sched_yield},
      Entry{SYS_pause, &FakeKernel::sys_pause},
      Entry{SYS_getpid, &FakeKernel::sys_getpid},
      Entry{SYS_gettid, &FakeKernel::sys_gettid},
      Entry{SYS_clone, &FakeKernel::sys_clone},
      Entry{SYS_fork, &FakeKernel::sys_fork},
      Entry{SYS_vfork, &FakeKernel::sys_vfork},
      Entry{SYS_execve, &FakeKernel::sys_execve},
      Entry{SYS_exit, &FakeKernel::sys_exit},
      Entry{SYS_exit_group, &FakeKernel::sys_exit_group},
      Entry{SYS_kill, &FakeKernel::sys_kill},
      Entry{SYS_tgkill, &FakeKernel::sys_tgkill},
  };
  const auto number = static_cast<long>(task.registers.orig_rax);
  if (number == -1) {  // the tracer has cancelled the call, and chosen the result
    task.path = KernelPath::SyscallExit;
    return;
  }
  for (const Entry& entry : kTable) {
    if (entry.number == number) return (this->*entry.run)(task);
  }
  finish_syscall(task, -ENOSYS);
}

void FakeKernel::finish_syscall(FakeTask& task, long result) {
  task.registers.rax = static_cast<std::uint64_t>(result);
  task.path = KernelPath::SyscallExit;
}

void FakeKernel::exit_syscall(FakeTask& task) {
  // The loop below restarts or delivers; with nothing pending it goes straight to user mode.
  task.path = task.signal_pending || task.exit_trap ? KernelPath::Signals : KernelPath::User;
  if (task.exit_trap) {
    force(task, SIGTRAP, TRAP_BRKPT, Address{task.registers.rip});
  } else if (task.syscall_trace) {
    task.path = KernelPath::Signals;
    notify_stop(task, StopKind::Syscall, WaitStatus::syscall(), kExitMessage);
  }
}

void FakeKernel::sys_exit(FakeTask& task) {
  begin_exit(task, WaitStatus::exited(as_int(task.registers.rdi)).raw());
}

void FakeKernel::sys_exit_group(FakeTask& task) {
  begin_group_exit(process(task), WaitStatus::exited(as_int(task.registers.rdi)).raw());
}

void FakeKernel::sys_getpid(FakeTask& task) {
  finish_syscall(task, task.pid.value);
}
void FakeKernel::sys_gettid(FakeTask& task) {
  finish_syscall(task, task.tid.value);
}

void FakeKernel::sys_sched_yield(FakeTask& task) {
  yielded_ = true;
  finish_syscall(task, 0);
}

void FakeKernel::sys_write(FakeTask& task) {
  finish_syscall(task, static_cast<long>(task.registers.rdx));
}

void FakeKernel::sys_mmap(FakeTask& task) {
  const GeneralRegisters& registers = task.registers;
  FakeMemory& memory = task.space->memory;
  const std::uint64_t size = (registers.rsi + kPageSize - 1) / kPageSize * kPageSize;
  const std::uint64_t flags = registers.r10;
  const bool is_fixed = (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0;
  Address at{registers.rdi};
  if (size == 0 || (is_fixed && at.value % kPageSize != 0)) return finish_syscall(task, -EINVAL);
  const bool is_taken = memory.any_mapped({at, size});
  if ((flags & MAP_FIXED_NOREPLACE) != 0 && is_taken) return finish_syscall(task, -EEXIST);
  if (!is_fixed) {
    at = Address{at.value / kPageSize * kPageSize};
    if (at.value == 0 || is_taken) at = memory.find_free(kMapBase, size);
  }
  const std::uint64_t protection = registers.rdx;
  memory.map({at, size},
             {(protection & PROT_READ) != 0, (protection & PROT_WRITE) != 0, (protection & PROT_EXEC) != 0},
             "");
  finish_syscall(task, static_cast<long>(at.value));
}

void FakeKernel::sys_munmap(FakeTask& task) {
  if (task.registers.rdi % kPageSize != 0 || task.registers.rsi == 0) return finish_syscall(task, -EINVAL);
  task.space->memory.unmap({Address{task.registers.rdi}, task.registers.rsi});
  finish_syscall(task, 0);
}

void FakeKernel::sys_fork(FakeTask& task) {
  make_child(task, SIGCHLD, 0);
}
void FakeKernel::sys_vfork(FakeTask& task) {
  make_child(task, CLONE_VFORK | CLONE_VM | SIGCHLD, 0);
}
void FakeKernel::sys_clone(FakeTask& task) {
  make_child(task, task.registers.rdi, task.registers.rsi);
}

void FakeKernel::sys_execve(FakeTask& task) {
  std::string name;
  const std::uint64_t path = task.registers.rdi;
  if (path < programs_.size()) {
    name = programs_[path].first;
  } else {
    for (Byte byte = 0; task.space->memory.peek(Address{path} + name.size(), {&byte, 1}) == 1 && byte != 0;) {
      name.push_back(static_cast<char>(byte));
    }
  }
  if (find_program(name) == nullptr) return finish_syscall(task, -ENOENT);
  FakeProcess& group = process(task);
  group.exec_task = task.tid;
  group.group_stop_count = 0;
  for (FakeTask* other : threads_of(group, &task)) wake_for_kill(*other);
  task.exec_name = name;
  task.path = KernelPath::ExecWait;
}

void FakeKernel::sys_kill(FakeTask& task) {
  const FakeProcess* target = find_process(Pid{as_int(task.registers.rdi)});
  const int signal = as_int(task.registers.rsi);
  if (target == nullptr) return finish_syscall(task, -ESRCH);
  siginfo_t info{};
  info.si_signo = signal;
  info.si_code = SI_USER;
  info.si_pid = task.pid.value;
  finish_syscall(task, 0);
  if (signal != 0) send(info, *find(leader_of(target->pid)), true);
}

void FakeKernel::sys_tgkill(FakeTask& task) {
  FakeTask* target = find(Tid{as_int(task.registers.rsi)});
  const int signal = as_int(task.registers.rdx);
  if (target == nullptr || target->pid.value != as_int(task.registers.rdi))
    return finish_syscall(task, -ESRCH);
  siginfo_t info{};
  info.si_signo = signal;
  info.si_code = SI_TKILL;
  info.si_pid = task.pid.value;
  finish_syscall(task, 0);
  if (signal != 0 && target->state != TaskState::Zombie) send(info, *target, false);
}

/// Sleeps until there is something to look at, then has itself restarted.
void FakeKernel::sys_pause(FakeTask& task) {
  if (task.signal_pending) return finish_syscall(task, -kRestartNoHand);
  task.path = KernelPath::PauseReturn;
  task.state = TaskState::Paused;
}

void FakeKernel::sys_rt_sigaction(FakeTask& task) {
  const int signal = as_int(task.registers.rdi);
  std::array<std::uint64_t, 4> raw{};
  if (signal < 1 || signal > 64 || signal == SIGKILL || signal == SIGSTOP)
    return finish_syscall(task, -EINVAL);
  if (task.registers.rsi != 0) {
    if (task.space->memory.peek(Address{task.registers.rsi}, writable_bytes_of(raw)) != sizeof raw) {
      return finish_syscall(task, -EFAULT);
    }
    process(task).actions[static_cast<std::size_t>(signal)] = {Address{raw[0]}, raw[1], Address{raw[2]},
                                                               raw[3]};
  }
  finish_syscall(task, 0);
}

void FakeKernel::sys_rt_sigreturn(FakeTask& task) {
  SignalFrame frame;
  // The handler's ret has popped the frame's first field.
  const Address at = Address{task.registers.rsp} - sizeof frame.restorer;
  if (task.space->memory.peek(at, writable_bytes_of(frame)) != sizeof frame) {
    task.path = KernelPath::SyscallExit;
    return force(task, SIGSEGV, SI_KERNEL, {});
  }
  task.registers = frame.registers;
  task.registers.orig_rax = ~0ull;  // whatever was restarted has been settled
  task.blocked = frame.blocked;
  recalculate_signal_pending(task);
  task.path = KernelPath::SyscallExit;
}

}  // namespace gdbhub::test
