// Birth, exec and death of the fake machine's tasks.
#include <sched.h>

#include <algorithm>
#include <cassert>

#include "tests/support/fake_kernel.h"
#include "tests/support/fake_layout.h"

namespace gdbhub::test {
namespace {

constexpr std::uint64_t kInitialFlags = 0x202;
constexpr std::uint64_t kUserCode = 0x33, kUserStack = 0x2b;

/// x87, SSE and AVX in the XSAVE layout, all in their initial state.
Bytes initial_extended_state() {
  constexpr std::size_t kSize = 832, kControl = 0, kMxcsr = 24, kMxcsrMask = 28, kFeatures = 464;
  Bytes state(kSize);
  store(MutableByteSpan(state).subspan(kControl), std::uint16_t{0x37f});
  store(MutableByteSpan(state).subspan(kMxcsr), std::uint32_t{0x1f80});
  store(MutableByteSpan(state).subspan(kMxcsrMask), std::uint32_t{0xffff});
  store(MutableByteSpan(state).subspan(kFeatures), std::uint64_t{7});
  return state;
}

}  // namespace

void FakeKernel::add_program(const std::string& name, const FakeProgram& program) {
  const auto found =
      std::find_if(programs_.begin(), programs_.end(), [&](auto& entry) { return entry.first == name; });
  if (found != programs_.end()) {
    found->second = program;
  } else {
    programs_.emplace_back(name, program);
  }
}

const FakeProgram* FakeKernel::find_program(const std::string& name) const {
  const auto found =
      std::find_if(programs_.begin(), programs_.end(), [&](auto& entry) { return entry.first == name; });
  return found == programs_.end() ? nullptr : &found->second;
}

// -- birth ---------------------------------------------------------------------------------------------

FakeTask& FakeKernel::new_task(Pid pid) {
  const Tid tid{next_tid_++};
  auto task = std::make_unique<FakeTask>();
  task->tid = tid;
  task->pid = pid ? pid : Pid{tid.value};
  return *(tasks_[tid] = std::move(task));
}

FakeTask& FakeKernel::new_process(const std::string& program, Pid parent) {
  FakeTask& task = new_task(Pid{});
  auto group = std::make_unique<FakeProcess>();
  group->pid = task.pid;
  group->parent = parent;
  group->program = program;
  group->arguments = {program};
  group->threads = {task.tid};
  processes_[task.pid] = std::move(group);
  return task;
}

/// Gives the task a new address space with the program in it.
void FakeKernel::load_program(FakeTask& task, const FakeProgram& program) {
  leave_space(task);
  task.space = std::make_shared<AddressSpace>();
  task.space->users = 1;
  FakeMemory& memory = task.space->memory;
  const std::string& name = process(task).program;
  const Bytes text = program.text(), data = program.data();
  memory.map({FakeProgram::kTextBase, text.size()}, {true, false, true}, name);
  memory.poke(FakeProgram::kTextBase, text);
  if (!data.empty()) {
    memory.map({FakeProgram::kDataBase, data.size()}, {true, true, false}, name);
    memory.poke(FakeProgram::kDataBase, data);
  }
  memory.map({kStackTop - kStackSize, kStackSize}, {true, true, false}, "[stack]");
  memory.map({kVdsoBase, kPageSize}, {true, false, true}, "[vdso]");
  memory.poke(kVdsoBase, bytes_of("\x7f"
                                  "ELF"));
  memory.poke(kVdsoBase + kVdsoSyscallOffset, Bytes{0x0f, 0x05, 0xc3});

  GeneralRegisters& registers = task.registers;
  const auto in_call = registers.orig_rax;
  registers = {};
  registers.orig_rax = in_call;
  registers.rip = FakeProgram::kTextBase.value;
  registers.rsp = (kStackTop - 64).value;  // argc is 0, and argv, envp, auxv are empty
  registers.eflags = kInitialFlags;
  registers.cs = kUserCode;
  registers.ss = kUserStack;
  task.extended_state = initial_extended_state();
  task.debug_registers = {};
  task.armed_control = 0;
}

Pid FakeKernel::create_process(const std::string& name) {
  const FakeProgram* program = find_program(name);
  assert(program != nullptr);
  FakeTask& task = new_process(name, Pid{});
  load_program(task, *program);
  task.registers.orig_rax = ~0ull;
  return task.pid;
}

Result<Pid> FakeKernel::spawn(const LaunchSpec& spec) {
  if (spec.argv.empty() || spec.argv[0].empty()) {
    return Error{ErrorCode::InvalidArgument, 0, "there is no program to run"};
  }
  // Each program but the last execs the next one, as a shell does with "exec".
  std::vector<std::string> chain;
  if (spec.with_shell) chain.push_back("/bin/sh");
  if (!spec.wrapper.empty()) chain.push_back(spec.wrapper[0]);
  chain.push_back(spec.argv[0]);
  const auto launcher = [](const std::string& next) {
    FakeProgram program;
    program.execve(next);
    program.exit_group(127);
    return program;
  };
  std::string next = chain.back();
  for (std::size_t i = chain.size() - 1; i-- != 0;) {
    const std::string name = chain[i] + " exec " + next;
    add_program(name, launcher(next));
    next = name;
  }
  FakeTask& task = new_process("gdbhub", Pid{});
  FakeProcess& group = process(task);
  group.child_of_hub = true;
  group.arguments = spec.argv;
  load_program(task, launcher(next));
  task.registers.orig_rax = ~0ull;
  task.traced = true;
  return task.pid;
}

/// fork, vfork and clone: kernel_clone() with its ptrace events.
void FakeKernel::make_child(FakeTask& parent, std::uint64_t flags, std::uint64_t stack) {
  const bool is_thread = (flags & CLONE_THREAD) != 0;
  FakeProcess& group = process(parent);
  FakeTask& child = is_thread ? new_task(parent.pid) : new_process(group.program, parent.pid);
  if (is_thread) {
    group.threads.push_back(child.tid);
    ++group.running_threads;
    if (group.group_stop_count != 0 || group.stop_stopped) {  // joins the group-stop
      child.stop_signal = parent.stop_signal;
      child.stop_pending = true;
      child.stop_consume = group.group_stop_count != 0;
      if (child.stop_consume) ++group.group_stop_count;
    }
  } else {
    process(child).actions = group.actions;
    process(child).arguments = group.arguments;
  }
  child.registers = parent.registers;
  child.registers.rax = 0;
  if (stack != 0) child.registers.rsp = stack;
  child.extended_state = parent.extended_state;
  child.debug_registers[7] = parent.debug_registers[7];
  child.blocked = parent.blocked;
  child.space = (flags & CLONE_VM) != 0 ? parent.space : std::make_shared<AddressSpace>(*parent.space);
  child.space->users = (flags & CLONE_VM) != 0 ? parent.space->users + 1 : 1;
  child.path = KernelPath::Signals;
  child.traced = child.trap_stop = parent.traced;
  child.exit_stops = parent.exit_stops;
  parent.new_child = child.tid;
  parent.is_vfork = (flags & CLONE_VFORK) != 0;
  parent.vfork_done = false;
  parent.fork_event = parent.is_vfork                ? PtraceEvent::Vfork
                      : (flags & CSIGNAL) == SIGCHLD ? PtraceEvent::Fork
                                                     : PtraceEvent::Clone;
  if (parent.is_vfork) child.vfork_parent = parent.tid;
  parent.path = KernelPath::ForkEvent;
  recalculate_signal_pending(child);
}

// -- exec ------------------------------------------------------------------------------------------------

/// Gives up the address space, which frees a vfork parent.
void FakeKernel::leave_space(FakeTask& task) {
  if (task.space && --task.space->users == 0) task.space->memory.clear();
  task.space.reset();
  FakeTask* parent = task.vfork_parent ? find(task.vfork_parent) : nullptr;
  if (parent != nullptr) {
    parent->vfork_done = true;
    if (parent->state == TaskState::VforkWait) parent->state = TaskState::Running;
  }
  task.vfork_parent = {};
}

/// Waits until only the leader is left beside this task, and dead; then becomes it.
void FakeKernel::continue_exec(FakeTask& task) {
  FakeProcess& group = process(task);
  const FakeTask* leader = find(leader_of(task.pid));
  const auto others = threads_of(group, &task);
  const bool ready = std::all_of(others.begin(), others.end(), [&](const FakeTask* other) {
    return other == leader && other->state == TaskState::Zombie;
  });
  if (!ready) {
    task.state = TaskState::ExecWait;
    return;
  }
  const std::uint64_t former = static_cast<std::uint64_t>(task.tid.value);
  if (&task != leader) become_leader(task);
  group.exec_task = {};
  group.running_threads = 1;
  group.program = task.exec_name;
  for (auto& action : group.actions) {
    if (action.handler != Address{1}) action = {};
  }
  load_program(task, *find_program(task.exec_name));
  task.path = KernelPath::SyscallExit;
  event_stop(task, PtraceEvent::Exec, former);
}

void FakeKernel::become_leader(FakeTask& task) {
  auto self = std::move(tasks_.extract(task.tid).mapped());
  task.tid = leader_of(task.pid);
  tasks_[task.tid] = std::move(self);  // the old leader vanishes without a word
  process(task).threads = {task.tid};
}

// -- death -----------------------------------------------------------------------------------------------

/// do_exit() up to its ptrace event.
void FakeKernel::begin_exit(FakeTask& task, int status) {
  FakeProcess& group = process(task);
  if (--group.running_threads == 0 && !group.group_exit) {
    group.group_exit = true;  // the last thread's code becomes the process's
    group.group_exit_status = status;
  }
  task.exit_status = status;
  task.path = KernelPath::Exit;
  task.killed = false;  // get_signal() has taken the SIGKILL
  if (task.traced && task.exit_stops)
    notify_stop(task, StopKind::Event, WaitStatus::event(PtraceEvent::Exit), static_cast<std::uint64_t>(status));
}

void FakeKernel::exit_task(FakeTask& task) {
  FakeProcess& group = process(task);
  if (task.stop_pending) participate_in_group_stop(task);
  leave_space(task);
  task.state = TaskState::Zombie;
  for (FakeTask* other : threads_of(group, &task)) recalculate_signal_pending(*other);
  if (FakeTask* waiter = find(group.exec_task); waiter != nullptr && waiter->state == TaskState::ExecWait) {
    waiter->state = TaskState::Running;
  }
  if (can_wait(task)) {
    announce(task);
  } else if (task.tid != leader_of(task.pid)) {
    release(task);
  } else if (group.threads.size() == 1) {
    notify_parent(group);
    release(task);
  }
}

/// The task is gone for good.
void FakeKernel::release(FakeTask& task) {
  const Pid pid = task.pid;
  const Tid tid = task.tid;
  FakeProcess& group = process(task);
  std::erase(group.threads, tid);
  tasks_.erase(tid);
  if (group.threads.empty()) {
    processes_.erase(pid);
    return;
  }
  if (FakeTask* waiter = find(group.exec_task); waiter != nullptr && waiter->state == TaskState::ExecWait) {
    waiter->state = TaskState::Running;
  }
  FakeTask* leader = find(leader_of(pid));
  if (group.threads.size() != 1 || leader == nullptr || leader->state != TaskState::Zombie) return;
  if (can_wait(*leader)) {
    announce(*leader);
  } else {
    notify_parent(group);
    release(*leader);
  }
}

/// SIGCHLD to the parent. Nobody in this machine waits for children, so they are then gone.
void FakeKernel::notify_parent(const FakeProcess& group) {
  const FakeProcess* parent = group.parent ? find_process(group.parent) : nullptr;
  if (parent == nullptr) return;
  siginfo_t info{};
  info.si_signo = SIGCHLD;
  info.si_code = CLD_EXITED;
  info.si_pid = group.pid.value;
  send(info, *find(leader_of(parent->pid)), true);
}

}  // namespace gdbhub::test
