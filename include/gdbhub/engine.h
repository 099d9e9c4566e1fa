// What an engine is to the core: one client's stake in the tracees.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gdbhub/address.h"
#include "gdbhub/event.h"
#include "gdbhub/event_loop.h"
#include "gdbhub/ids.h"
#include "gdbhub/result.h"

namespace gdbhub {

/// What an engine wants of a thread, most constrained first; a thread does the smallest of all engines' (A7).
enum class Action {
  Stop,        ///< held until this engine changes its mind; the only sticky one (A8)
  Interrupt,   ///< leave even a blocking system call, report event::Interrupted, then go on (A13)
  Report,      ///< event::Reported as soon as the thread runs or stops, without breaking off a call that it sleeps in (A18)
  SingleStep,  ///< one instruction, then event::StepDone
  BlockStep,   ///< event::StepDone after the next branch that is taken; earlier where the machine or others make it so
  Resume,      ///< runs, as far as this engine is concerned
};
constexpr bool is_step(Action action) { return action == Action::SingleStep || action == Action::BlockStep; }
/// Makes a report, and changes nothing else.
constexpr bool is_look(Action action) { return action == Action::Interrupt || action == Action::Report; }

/// Why a thread is held; the text is for people ("monitor holds").
enum class HoldReason {
  Start,        ///< waits for its first client (A51)
  Attach,       ///< the engine attached or joined
  Breakpoint,
  Watchpoint,
  Step,
  Signal,
  Interrupt,    ///< the user asked (^C, vCont;t)
  Fork,
  Exec,
  AllStop,      ///< another thread of the all-stop engine has an event
  NotResumed,   ///< the all-stop engine resumed only other threads (A45)
  Syscall,
  Thread,       ///< a thread has begun
  Exit,         ///< a thread is about to end
  JobControl,   ///< a stop signal has stopped the process, until SIGCONT (A47)
  Crash,        ///< about to die; waits for a debugger, which is told of the signal when it first holds the thread
  Absent,       ///< the engine's client is expected back, and has a report to come (A39)
  Symbols,      ///< a logger's own process: places of logpoints are looked up
};
std::string_view describe(HoldReason reason);

/// An engine's answer to a report.
struct Verdict {
  std::optional<Action> action;    ///< nullopt: as it was
  HoldReason reason = HoldReason::Signal;  ///< with Action::Stop
  std::optional<int> signal;       ///< of event::Signal: what the thread gets instead (0: nothing); nullopt: no opinion (A19)
  /// Of event::SyscallEntry: the call is not made, and this is what it returns (A20).
  std::optional<long> aborted_with = std::nullopt;

  static Verdict keep() { return {}; }
  static Verdict stop(HoldReason why) { return {Action::Stop, why, std::nullopt}; }
  static Verdict go(Action action) { return {action, HoldReason::Signal, std::nullopt}; }
};

/// Somebody's hold on a thread.
struct Hold {
  EngineId engine;
  Pid pid;
  Tid tid;
  HoldReason reason = HoldReason::Interrupt;
  TimePoint since;
  bool weak = false;             ///< A45
  bool in_force = false;         ///< the thread is quiescent
  bool uninterruptible = false;  ///< A46: held before its next user instruction, registers not to be had
};

/// What a client may do, decided when it connects (A38).
enum class Role { Observer, Controller };

/// What happens when an all-stop client connects while the tracee runs (A41).
enum class JoinPolicy {
  Hold,      ///< it gets a stop of its own and holds
  Refuse,
  Snapshot,  ///< it is shown a stop of milliseconds; the tracee runs on
};

/// How the hub shows an engine to people.
struct EngineInfo {
  std::string kind;  ///< "gdb", "log", …
  std::string peer;  ///< "127.0.0.1:40312", "stdio", …
  Role role = Role::Controller;
  /// Who the client is across connections (A24, A39); empty: nobody in particular.
  std::string identity = {};
};

/// Which other engines of a process stand in the way of an attach (A24).
enum class Exclusive {
  No,
  SameKind,      ///< those with the same EngineInfo::kind
  SameIdentity,  ///< those with the same EngineInfo::identity
};

/// What may still come after an engine has given up an attachment or some events (A25).
enum class EndOfReports {
  Done,          ///< nothing
  InProgress,    ///< the report within which it was given up is the last one; see Hub::barrier
  AlreadyDying,  ///< the process has begun to end, which would have been told; now nothing comes
};

/// What a client does at the moment, for lists.
struct EngineActivity {
  std::string mode;   ///< "all-stop", "non-stop"; empty: it has none
  std::string doing;  ///< "at its prompt", "waits for a stop"
  std::uint64_t requests = 0;  ///< that it has made so far
  std::size_t unread = 0;      ///< bytes of answers and reports that wait for it to read

  friend bool operator==(const EngineActivity&, const EngineActivity&) = default;
};

/// One client. The core calls it on the tracer thread; it may call the Hub from within any of these. Must outlive its
/// connection (Hub::disconnect).
class Engine {
 public:
  virtual ~Engine() = default;

  /// A thread has stopped for something that this engine asked to see. Never blocks; to wait, return Stop and
  /// change the action later (A23).
  virtual Verdict report(const Event& event) = 0;
  /// A hold that this engine asked for has come into force; with `uninterruptible` it cannot yet, and nobody
  /// should wait for it (A46).
  virtual void quiesced(Pid pid, Tid tid, bool uninterruptible) = 0;
  /// The parent, to which this engine is attached, made a thread. It has not run; the answer says whether it may (A21).
  virtual Action thread_started(Pid pid, Tid tid, Tid parent) = 0;
  /// The thread has died, or an exec has taken it away.
  virtual void thread_gone(Pid pid, Tid tid, WaitStatus how) = 0;
  /// After the last thread_gone of the process. The engine's attachment to it has ended.
  virtual void process_gone(Pid pid, WaitStatus how) = 0;
  /// A launch that this engine asked for has reached the program's first instruction, or failed. The
  /// engine is attached and holds the thread.
  virtual void launched(Pid pid, const Result<>& result) = 0;
  /// What this engine resumed has not run for a while, because of others (A14), or does not run, because of job control (A47).
  virtual void kept_waiting(const std::vector<Hold>& by) = 0;
  /// A message from somebody at another engine for who sits at this one. An engine that nobody sits at ignores it.
  virtual void told(std::string_view) {}
  /// A controller wants this client gone: its connection is to end, as if it had dropped (A26).
  virtual void dismissed() {}
  virtual EngineActivity activity() const { return {}; }
  /// What its breakpoint there depends on, or does instead of stopping anything; for lists. Empty: it always counts.
  virtual std::string condition(Pid, Address) const { return {}; }

  // For some engines only:
  /// With EventSet::reaps: nothing is left of a thread that has gone, and its id may be used again. The first thread of a
  /// process leaves its id only with the last one; of all others this follows thread_gone at once.
  virtual void thread_reaped(Pid, Tid) {}
  /// A process that an engine of Hub::follow_all is attached to from now on. Threads that the hub has stopped for that wait
  /// for the end of the call.
  virtual void process_joined(Pid) {}
  /// Somebody at a debugger sets the engine up for one process ("monitor engine KIND WHAT"). Returns what to show there.
  virtual Result<std::string> configure(Pid, [[maybe_unused]] std::string_view what) {
    return Error{ErrorCode::Unsupported, 0, "it has nothing to set"};
  }
  /// Others held the thread, too, and the last of them has let go of it, or has left.
  virtual void holds_alone(Pid, Tid) {}
  /// Somebody asks this engine to let go of a thread that it holds. True when it does; false: its people decide, and are told.
  virtual bool release_requested(Pid, Tid, [[maybe_unused]] EngineId by) { return false; }
};

}  // namespace gdbhub
