// What the fake machine keeps of a process and of its tasks; named after the fields of the real kernel's
// structs.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "gdbhub/kernel.h"
#include "tests/support/fake_memory.h"

namespace gdbhub::test {

/// Whether a task can run, and what it waits for if not.
enum class TaskState {
  Running,
  Paused,      ///< in pause(2): an interruptible sleep
  VforkWait,   ///< until the vfork child execs or exits; only SIGKILL wakes it
  ExecWait,    ///< in execve(2), until the other threads are gone
  Traced,      ///< a ptrace-stop
  JobStopped,  ///< a group-stop without a tracer
  Zombie,
};

/// Where a task is on its way through the kernel, thus where it goes on when it runs next.
enum class KernelPath {
  User,
  SyscallEntry,
  SyscallBody,
  PauseReturn,
  ForkEvent,
  VforkWait,
  VforkDoneEvent,
  ExecWait,
  SyscallExit,
  Signals,          ///< the loop that handles signals and stops before the return to user mode
  AfterSignalStop,  ///< the tracer has chosen the signal
  Exit,             ///< past PTRACE_EVENT_EXIT
};

/// What kind of ptrace-stop a task is in: it decides what a signal given at the resume means.
enum class StopKind { SignalDelivery, Syscall, Event };

/// One address space; dies with its last user, while views of it may live on.
struct AddressSpace {
  FakeMemory memory;
  int users = 0;
};

/// Results of system calls that a signal broke off; user mode never sees them.
constexpr int kRestartSys = 512;
constexpr int kRestartNoHand = 514;

/// What the kernel pushes before it enters a handler; the handler's ret pops the first field.
struct SignalFrame {
  std::uint64_t restorer = 0;
  GeneralRegisters registers{};
  std::uint64_t blocked = 0;
};

struct FakeTask {
  Tid tid;
  Pid pid;
  TaskState state = TaskState::Running;
  KernelPath path = KernelPath::User;
  GeneralRegisters registers{};
  Bytes extended_state;
  std::array<std::uint64_t, 8> debug_registers{};
  std::uint64_t armed_control = 0;  ///< DR7 as the processor has it: a new task reads its parent's, unarmed
  std::shared_ptr<AddressSpace> space;  ///< null once dead

  // -- signals --
  std::vector<siginfo_t> pending;
  std::uint64_t blocked = 0;
  bool signal_pending =
      false;            ///< TIF_SIGPENDING: look at signals and stops before the next user instruction
  bool killed = false;  ///< SIGKILL is pending

  // -- job control (task_struct::jobctl) --
  bool stop_pending = false;
  bool stop_consume = false;   ///< counted in FakeProcess::group_stop_count
  bool stop_dequeued = false;  ///< no SIGCONT since the stop signal was dequeued
  int stop_signal = 0;
  bool trap_stop = false;    ///< PTRACE_INTERRUPT, or a group-stop to report
  bool trap_notify = false;  ///< job control has changed
  bool listening = false;

  // -- ptrace --
  bool traced = false;
  bool exit_stops = false;  ///< PTRACE_O_TRACEEXIT
  bool single_step = false;
  bool block_step = false;  ///< with `single_step`: only branches that are taken count (DEBUGCTL.BTF)
  bool exit_trap =
      false;  ///< SYSCALL_EXIT_TRAP: a step that began inside the kernel ends at the syscall's exit
  bool syscall_trace = false;
  StopKind stop_kind = StopKind::Event;
  WaitStatus stop_status{0};
  siginfo_t stop_info{};
  int injected = 0;
  std::uint64_t event_message = 0;

  // -- wait --
  bool reported = false;         ///< this stop has been waited for
  bool announced = false;        ///< its SIGCHLD is still to come
  std::uint64_t visible_at = 0;  ///< the tick from which wait sees it
  int exit_status = 0;

  // -- fork and exec --
  Tid vfork_parent;  ///< waits until this task leaves its address space
  bool vfork_done = false;
  Tid new_child;
  bool is_vfork = false;
  PtraceEvent fork_event = PtraceEvent::Fork;
  std::string exec_name;
};

/// A thread group.
struct FakeProcess {
  struct Action {
    Address handler;  ///< 0 default, 1 ignore
    std::uint64_t flags = 0;
    Address restorer;
    std::uint64_t mask = 0;
  };

  Pid pid;
  Pid parent;  ///< 0: nobody in the machine
  bool child_of_hub = false;
  std::string program;
  std::vector<std::string> arguments;
  std::vector<Tid> threads;
  std::array<Action, 65> actions{};
  std::vector<siginfo_t> pending;  ///< for whichever thread comes first

  bool stop_stopped = false;  ///< the group-stop is complete
  int group_stop_count = 0;
  bool group_exit = false;
  int group_exit_status = 0;
  int running_threads = 1;  ///< that have not begun to exit (signal_struct::quick_threads)
  Tid exec_task;            ///< kills the others
  Pid foreign_tracer;       ///< somebody else's tracee
};

}  // namespace gdbhub::test
