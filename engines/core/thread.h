// A traced thread: its physical state, and what each engine wants of it.
#pragma once

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

#include "engines/core/range_run.h"
#include "gdbhub/engine.h"
#include "gdbhub/kernel.h"

namespace gdbhub::core {

struct Process;

/// One engine on one thread (contract: "attachment").
struct Attachment {
  EngineId engine;
  Engine* client = nullptr;  ///< not owned; null for the hub's own holds
  bool absent = false;       ///< the client lingers: it is told nothing, and what it is owed keeps the thread (A39)
  Action action = Action::Resume;
  AddressRange range{};          ///< with SingleStep: ControlOptions::range
  HoldReason reason = HoldReason::Attach;
  bool weak = false;             ///< A45
  bool past_parked = false;      ///< ControlOptions::past_parked
  bool in_force = false;         ///< the hold has taken effect and the engine was told
  bool uninterruptible = false;  ///< it was told that this one cannot take effect yet (A46)
  int passed_signal = 0;         ///< the thread took it while this engine's weak hold was passed (A45)
  TimePoint since{};             ///< of the hold
  TimePoint waiting_since{};     ///< it wants to run and others hold it; zero: it does not wait (A14)
  bool told_waiting = false;
  bool accompanied = false;  ///< it holds, and so do others
  bool resumed_in_job_stop = false;  ///< and is to be told why the thread does not run (A47)

  bool holds() const { return action == Action::Stop; }
  bool steps() const { return is_step(action); }
};

/// What the hub makes a thread do between two stops that anybody hears of.
namespace errand {
/// Executes a copy of the instruction at `original`, and runs on from it unless `stepped`.
struct OutOfLine {
  Address original;
  Address slot;
  unsigned length = 0;  ///< of the instruction
  bool stepped = false;
};
/// Enters the system call at `original` from a copy; at the entry stop the pc moves back.
struct EnterSyscall {
  Address original;
  Address slot;
};
/// Waits, stopped, until no other thread of the address space runs. Then InLine.
struct AwaitOthers {};
/// Steps the original instruction with the trap taken out.
struct InLine {
  Address site;
};
/// Takes a signal at a breakpoint's address before the instruction there runs (A33).
struct DeliverSignal {
  Address at;
};
/// Calls mmap for the address space's scratch memory.
struct MapScratch {
  GeneralRegisters saved{};
  Address call;
};
/// Waits, stopped, for another thread's MapScratch.
struct AwaitScratch {};
/// Returns from the exec that started the program: a step from an exec stop ends there, before the first instruction.
struct LeaveExec {};
}  // namespace errand
using Errand = std::variant<std::monostate, errand::OutOfLine, errand::EnterSyscall, errand::AwaitOthers,
                            errand::InLine, errand::DeliverSignal, errand::MapScratch, errand::AwaitScratch, errand::LeaveExec>;

/// Who has been asked about the breakpoints at a pc (A12). Ends when the thread moves or its pc is written.
struct Arrival {
  Address pc;
  std::vector<EngineId> asked;
  bool valid = false;
  bool by_step = false;  ///< a step has ended here: owners are asked when the thread is next resumed (A11)

  bool has_asked(EngineId engine) const { return std::find(asked.begin(), asked.end(), engine) != asked.end(); }
};

/// An event of the present stop, and the engines that are still to be told, in the order of attaching (A16, A17).
struct Pending {
  EventDetail detail;
  std::vector<EngineId> owed;
  bool for_holder = false;  ///< to be told as soon as the engine holds the thread, and not otherwise
};

/// The system call that a thread is in, as far as PTRACE_SYSCALL has shown it.
struct SystemCall {
  long number = -1;
  bool at_entry = false;  ///< stopped at its entry
  bool held = false;      ///< somebody has held it there, so the entry is to be reported again (A20)
  /// The hub's interrupt has broken it off, and the kernel will restart it: engines are told neither of that end nor of the
  /// new entry (A2), unless a signal comes between.
  bool broken_off = false;
  long result = 0;  ///< with `broken_off`
  Address after;    ///< with `broken_off`: where the pc was
};

/// A thread that has stopped on its way out (PTRACE_EVENT_EXIT).
struct Exit {
  WaitStatus how;
  bool by_itself = false;  ///< exit(2), rather than a death of the whole process or of its other threads by an exec
};

struct Thread {
  enum class State { Running, Stopped, Zombie };

  Tid tid;
  Process* process = nullptr;  ///< not owned, outlives the thread
  State state = State::Running;

  // -- of the present stop -----------------------------------------------------------------------
  WaitStatus status{0};
  GeneralRegisters general{};
  bool general_dirty = false;     ///< the kernel has other ones
  bool pc_dirty = false;          ///< the kernel has another pc
  int emulated = 0;               ///< instructions since it last ran
  std::optional<Bytes> extended;  ///< fetched when asked for
  int signal = 0;                 ///< to be given on resuming
  EngineId signal_by;             ///< who chose it; 0: it came so (A19)
  int group_stop = 0;             ///< job control's signal, 0: not group-stopped (A47)
  bool rejoins_group_stop = false;  ///< has left it only to take the trap that was pending
  bool inside_syscall = false;    ///< stopped between a system call's entry and its return
  SystemCall call;
  std::optional<Exit> exit;
  std::vector<Pending> pending;   ///< in the order in which an engine is told of them
  Arrival arrival;

  // -- while running -----------------------------------------------------------------------------
  bool stop_requested = false;  ///< PTRACE_INTERRUPT is on its way
  bool stepping = false;        ///< resumed for one instruction
  std::optional<Address> restarts_at;  ///< a site at a system call that the kernel makes again: no new arrival (A2, A12)
  bool syscall_stops = false;   ///< resumed by PTRACE_SYSCALL
  bool exit_stops = false;      ///< PTRACE_O_TRACEEXIT is set
  bool exit_kill = false;       ///< and so is PTRACE_O_EXITKILL
  bool vfork_wait = false;      ///< in vfork(2) until the child execs or exits
  std::vector<int> injected;    ///< signals that the hub sent for an engine; they go through unreported

  std::optional<RangeRun> range_run;  ///< it steps, or runs, through a range of code
  std::uint64_t hardware_version = 0;  ///< of HardwareTable, as the thread's debug registers are now
  Errand errand;
  std::vector<Attachment> attachments;  ///< in the order of attaching
  bool marked = false;                  ///< waits in the arbiter's queue

  bool stopped() const { return state == State::Stopped; }
  Address pc() const { return {general.rip}; }
  template <class E>
  bool busy_with() const { return std::holds_alternative<E>(errand); }
  /// Stopped, but waiting to go on with an errand of the hub's.
  bool awaits_errand() const { return busy_with<errand::AwaitOthers>() || busy_with<errand::AwaitScratch>(); }
  /// True when the next thing that the thread does is to execute the instruction at its pc. Not so inside a system call or
  /// when one is to be restarted.
  bool at_instruction() const { return stopped() && !inside_syscall && !is_to_restart(); }
  /// A system call was interrupted, and the kernel has not yet moved the pc back to restart it (ERESTART*).
  bool is_to_restart() const {
    const auto result = static_cast<long>(general.rax);
    return static_cast<long>(general.orig_rax) >= 0 &&
           (result == -512 || result == -513 || result == -514 || result == -516);
  }
  void set_pc(Address pc) {
    general.rip = pc.value;
    pc_dirty = true;
  }
  Attachment* attachment(EngineId engine) {
    for (Attachment& a : attachments)
      if (a.engine == engine) return &a;
    return nullptr;
  }
};

}  // namespace gdbhub::core
