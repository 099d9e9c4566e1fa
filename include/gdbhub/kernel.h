// The seam between the core and the operating system: everything that ptrace(2), waitpid(2) and /proc do for
// the hub. arch/linux_kernel is the real one, tests/support/fake_kernel a small behaving machine.
#pragma once

#include <signal.h>
#include <sys/user.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gdbhub/address.h"
#include "gdbhub/bytes.h"
#include "gdbhub/ids.h"
#include "gdbhub/result.h"
#include "gdbhub/wait_status.h"

namespace gdbhub {

/// NT_PRSTATUS of x86-64 Linux: the general registers.
using GeneralRegisters = user_regs_struct;

/// How a stopped thread goes on.
enum class ResumeMode {
  Continue,
  Step,       ///< one instruction, then SIGTRAP (PTRACE_SINGLESTEP)
  BlockStep,  ///< to the next branch that is taken, then SIGTRAP (PTRACE_SINGLEBLOCK); one instruction where there is no such thing
  Syscall,    ///< to the next system call entry or exit (PTRACE_SYSCALL)
  Listen,     ///< stays in its group-stop, wakes up for SIGCONT (PTRACE_LISTEN)
};

/// A state change of one traced task, as waitpid told it.
struct WaitResult {
  Tid tid;
  WaitStatus status;
};

/// What to run and how. Strings are bytes as execve(2) takes them.
struct LaunchSpec {
  std::vector<std::string> argv;     ///< the program and its arguments; not empty
  std::vector<std::string> wrapper;  ///< gdbserver's --wrapper; execs argv in the end
  bool with_shell = true;            ///< `$SHELL -c exec …`, so that globs and redirections work
  bool disable_randomization = true;
  std::string working_directory;  ///< empty: the hub's
  /// Changes to the hub's environment, in order: a value sets, nullopt unsets.
  std::vector<std::pair<std::string, std::optional<std::string>>> environment;
  /// The tracee's stdin, stdout, stderr as descriptors of the hub; -1 inherits. Not owned.
  int stdio[3] = {-1, -1, -1};
  bool exit_kill = true;  ///< PTRACE_O_EXITKILL: the tracee dies with the hub

  /// How many execs happen before the program itself runs.
  int expected_execs() const { return 1 + (with_shell ? 1 : 0) + (wrapper.empty() ? 0 : 1); }
};

/// The memory of one address space. Stays valid until the address space is gone, also when the thread through
/// which it was opened dies; after an exec it must be opened anew.
class TraceeMemory {
 public:
  virtual ~TraceeMemory() = default;
  /// Reads up to to.size() bytes; stops at the first unmapped page. Returns the count, 0 if none.
  virtual std::size_t read(Address from, MutableByteSpan to) const = 0;
  /// Writes, also to read-only text. Returns the count written before the first unmapped page.
  virtual std::size_t write(Address to, ByteSpan from) = 0;
};

/// All of it is called on the tracer thread only, since the kernel ties a tracee to one tracer *thread*. No call blocks on a
/// tracee. A call on a thread that is not in a ptrace-stop (or is gone) fails with Gone (ESRCH).
class Kernel {
 public:
  virtual ~Kernel() = default;

  // -- attach, run, stop ---------------------------------------------------------------------------
  /// PTRACE_SEIZE with the options of the hub (fork, vfork, vfork-done, clone, exec, sysgood; exit_kill when
  /// asked). Does not stop the thread. NotPermitted names yama or the other tracer (A44).
  virtual Result<> seize(Tid tid, bool exit_kill) = 0;
  /// PTRACE_INTERRUPT: the thread will report PtraceEvent::Stop, unless another stop comes first.
  virtual Result<> interrupt(Tid tid) = 0;
  /// PTRACE_O_TRACEEXIT: whether the stopped thread, and threads that it makes, report PtraceEvent::Exit. `exit_kill` as
  /// for seize.
  virtual Result<> set_exit_stops(Tid tid, bool on, bool exit_kill) = 0;
  /// Lets a stopped thread go on, giving it `signal` (0: none) where the stop allows that.
  virtual Result<> resume(Tid tid, ResumeMode mode, int signal) = 0;
  /// Lets a stopped thread go for good.
  virtual Result<> detach(Tid tid, int signal) = 0;
  /// The next state change, if there is one now. Never blocks.
  virtual std::optional<WaitResult> wait_next() = 0;
  /// Like wait_next, for one thread only: cheaper where thousands are traced.
  virtual std::optional<WaitStatus> wait_thread(Tid tid) = 0;
  /// tgkill(2).
  virtual Result<> send_signal(Pid pid, Tid tid, int signal) = 0;
  /// kill(2) of the process with SIGKILL. Works at any moment (A27).
  virtual Result<> kill_process(Pid pid) = 0;
  /// Forks, seizes the child and lets it exec; its first report is PtraceEvent::Exec, or its death with code 127.
  virtual Result<Pid> spawn(const LaunchSpec& spec) = 0;

  // -- state of a stopped thread ------------------------------------------------------------------
  virtual Result<GeneralRegisters> registers(Tid tid) = 0;
  virtual Result<> set_registers(Tid tid, const GeneralRegisters& registers) = 0;
  /// Only the program counter: cheaper than set_registers.
  virtual Result<> set_pc(Tid tid, Address pc) = 0;
  /// NT_X86_XSTATE: x87, SSE, AVX, … in the processor's XSAVE layout.
  virtual Result<Bytes> extended_state(Tid tid) = 0;
  virtual Result<> set_extended_state(Tid tid, ByteSpan state) = 0;
  /// DR0–DR3, DR6, DR7.
  virtual Result<std::uint64_t> debug_register(Tid tid, int number) = 0;
  virtual Result<> set_debug_register(Tid tid, int number, std::uint64_t value) = 0;
  virtual Result<siginfo_t> signal_info(Tid tid) = 0;
  virtual Result<> set_signal_info(Tid tid, const siginfo_t& info) = 0;
  /// PTRACE_GETEVENTMSG: the child of a fork or clone, the former tid of an exec, the wait status of an exit.
  virtual Result<std::uint64_t> event_message(Tid tid) = 0;
  /// Of a system call stop: it is the entry, not the exit.
  virtual bool enters_syscall(Tid tid) = 0;
  /// A SIGTRAP is queued for this thread. At a PtraceEvent::Stop that is the trap of its last instruction: the kernel makes
  /// the stop first, and delivers the trap before the thread runs on.
  virtual bool trap_pending(Tid tid) = 0;

  // -- processes ------------------------------------------------------------------------------------
  /// Opens the memory of the address space that `tid` uses now.
  virtual Result<std::unique_ptr<TraceeMemory>> open_memory(Tid tid) = 0;
  /// Writes as an instruction of the stopped thread would: not to memory that the program itself may not write.
  /// BadMemory then, or where nothing is mapped; a part may have been written.
  virtual Result<> write_as_program(Tid tid, Address to, ByteSpan from) = 0;
  /// All processes that this one can see, in no order.
  virtual std::vector<Pid> processes() = 0;
  /// The threads of a process, zombies included. NotFound when there is no such process.
  virtual Result<std::vector<Tid>> threads(Pid pid) = 0;
  /// The thread group that a thread belongs to.
  virtual Result<Pid> process_of(Tid tid) = 0;
  /// /proc/PID/NAME ("maps", "auxv", "status", "task/TID/stat" …), whole.
  virtual Result<Bytes> proc_file(Pid pid, const std::string& name) = 0;
  /// readlink of /proc/PID/NAME ("exe", "cwd").
  virtual Result<std::string> proc_link(Pid pid, const std::string& name) = 0;
};

}  // namespace gdbhub
