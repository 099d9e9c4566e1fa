// The core as engines use it: attach, control, examine (contract §1–§6). engines/core/arbiter implements it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gdbhub/address.h"
#include "gdbhub/bytes.h"
#include "gdbhub/engine.h"
#include "gdbhub/ids.h"
#include "gdbhub/isa.h"
#include "gdbhub/journal.h"
#include "gdbhub/kernel.h"
#include "gdbhub/result.h"
#include "gdbhub/traffic.h"

namespace gdbhub {

/// Fine print of Hub::control.
struct ControlOptions {
  /// A signal choice: what the thread gets when it goes on, 0 suppresses. nullopt: no opinion.
  std::optional<int> signal = std::nullopt;
  HoldReason reason = HoldReason::Interrupt;  ///< with Action::Stop
  /// With Stop: an all-stop client that resumes other threads only (A45).
  bool weak = false;
  /// With SingleStep, Resume: one of some threads only, so the engine's parked claims do not hit this thread (A49).
  bool past_parked = false;
  /// With SingleStep, Resume: the engine's own breakpoint at the pc hits before the instruction runs, even if the engine has
  /// been told of it. That is how gdb means it (A12).
  bool ask_again = false;
  /// With SingleStep: steps are repeated until one ends outside of it; only that one is reported. Empty: one step. Loops in it
  /// run at full speed, and what else happens meanwhile is reported as ever; the rest follows when the thread goes on.
  AddressRange range = {};
};

/// One engine's breakpoint, as it is listed.
struct BreakpointInfo {
  EngineId owner;
  Pid pid;
  Address address;
  bool parked = false;
  std::uint64_t hits = 0;
  std::uint64_t stepped_in_line = 0;  ///< with all other threads stopped for it (A35), by whichever engine's threads
  std::string condition = {};         ///< Engine::condition
};

/// How often threads have executed the instruction under a breakpoint, since the hub began.
struct StepOverCounts {
  std::uint64_t all = 0;
  std::uint64_t in_line = 0;  ///< of them with all other threads stopped for it (A35)

  friend bool operator==(const StepOverCounts&, const StepOverCounts&) = default;
};

/// One engine, as it is listed.
struct EngineStatus {
  EngineId id;
  EngineInfo info;
  std::vector<Pid> processes;
  std::vector<Pid> controlled;  ///< those of them that it joined as a controller
  std::size_t holds = 0;
  std::size_t breakpoints = 0;
  Duration kept_waiting{};  ///< in total, by others' holds (A14)
  EngineActivity activity{};
};

/// An engine that wants a thread to run while others hold it (A14).
struct Wait {
  EngineId engine;
  Pid pid;
  Tid tid;
  TimePoint since;
};

/// One process of the hub, as it is listed.
struct ProcessStatus {
  Pid pid;
  EngineId owner;         ///< 0: none yet
  bool launched = false;  ///< by the hub, rather than attached to
  bool unclaimed = false;  ///< held for its first client (A51)
};

/// All calls on the tracer thread. Nothing reports back into the engine before the outermost call, or Batch, ends. What takes
/// an EngineId is done in that engine's name, with its rights. Errors common to all: NotFound for a process that the engine is
/// not attached to, or a thread that there is not; NotPermitted for what observers may not do; Gone when it died meanwhile.
class Hub {
 public:
  virtual ~Hub() = default;

  // -- engines -------------------------------------------------------------------------------------
  /// Makes `engine` known. It is attached to nothing yet. Not owned: it must stay until disconnect.
  virtual EngineId connect(Engine& engine, EngineInfo info) = 0;
  /// Ends everything the engine had: breakpoints, steps, holds, attachments (A26). No call to it follows.
  virtual void disconnect(EngineId engine) = 0;
  /// Instead of disconnect: the client is gone, and may be back within `time` (A39). Until then its holds and breakpoints stay as
  /// they are, and a thread that has a report for it waits. No call to the engine object follows. `given_up` is called if it is
  /// not back in time.
  virtual void linger(EngineId engine, Duration time, std::function<void()> given_up) = 0;
  /// The client is back, with the identity and kind that it had: it gets the engine's id, and the reports that have waited.
  /// NotFound when nobody of that name lingers. To know the id before the reports come, call it within a Batch.
  virtual Result<EngineId> take_over(Engine& engine, EngineInfo info) = 0;
  /// Takes all holds from an engine whose client does not read (A43), and tells it. `why` ends "as you have …".
  virtual void release_holds(EngineId engine, std::string_view why) = 0;
  /// Calls `done` when no report to the engine runs: at once, or at the end of the one from within which this is called (A25).
  virtual void barrier(EngineId engine, std::function<void()> done) = 0;

  // -- processes -----------------------------------------------------------------------------------
  /// Attaches to a running process, or joins the one that the hub has already (A44); one that is just being let go stays. Stops nothing.
  Result<> attach(EngineId engine, Pid pid, EventSet events) { return attach(engine, pid, events, Exclusive::No); }
  /// Busy, and who it is, when there is an engine that `exclusive` rules out (A24).
  virtual Result<> attach(EngineId engine, Pid pid, EventSet events, Exclusive exclusive) = 0;
  /// Attaches the engine to every process that the hub has and will have, children included; Engine::process_joined tells of
  /// each. It owns none, but keeps them traced. A process that it detaches from is left out.
  virtual void follow_all(EngineId engine, EventSet events) = 0;
  /// Starts a program; Engine::launched follows.
  virtual Result<Pid> launch(EngineId engine, const LaunchSpec& spec, EventSet events) = 0;
  /// This engine leaves the process. The last one to leave lets it go (A6). NotFound when there is no such attachment.
  virtual Result<EndOfReports> detach(EngineId engine, Pid pid) = 0;
  /// SIGKILL, when the engine may (A28) or `force`. The end is reported by process_gone.
  virtual Result<> kill(EngineId engine, Pid pid, bool force) = 0;
  /// What the engine is told of from now on (A18).
  virtual Result<EndOfReports> set_events(EngineId engine, Pid pid, EventSet events) = 0;
  /// The processes of the hub, in the order in which it got them.
  virtual std::vector<ProcessStatus> processes() const = 0;
  /// The live threads of a process, oldest first. Empty when the hub does not have it.
  virtual std::vector<Tid> threads(Pid pid) const = 0;
  /// The process that a live thread of the hub belongs to.
  virtual std::optional<Pid> process_of(Tid tid) const = 0;
  /// True when the process is here and the engine is attached to it.
  virtual bool attached(EngineId engine, Pid pid) const = 0;

  // -- control ---------------------------------------------------------------------------------------
  /// Sets this engine's action on a thread. A new minimum is applied as soon as the batch ends.
  virtual Result<> control(EngineId engine, Tid tid, Action action, const ControlOptions& options) = 0;
  /// The engine's hold on the thread is in force, or cannot be for a while (A46): nobody needs to wait for it.
  virtual bool held(EngineId engine, Tid tid) const = 0;
  /// Asks the other engines to let go of the threads of a process that they hold for somebody to look at them. Returns how
  /// many threads were let go. People are not asked: their holds are theirs.
  virtual std::size_t request_release(EngineId by, Pid pid) = 0;
  /// Sends a signal to the thread, from the hub.
  virtual Result<> send_signal(EngineId engine, Tid tid, int signal) = 0;

  // -- examine ---------------------------------------------------------------------------------------
  /// NotStopped unless the engine's own hold is in force, or it is just being told of the thread (A3).
  virtual Result<RegisterState> registers(EngineId engine, Tid tid, bool extended) = 0;
  /// Under the same condition, for controllers. A written pc is a new arrival (A12).
  virtual Result<> set_registers(EngineId engine, Tid tid, const RegisterState& state) = 0;
  /// The signal that the thread has stopped for or last got. NotStopped as for registers().
  virtual Result<siginfo_t> signal_info(EngineId engine, Tid tid) = 0;
  virtual Result<> set_signal_info(EngineId engine, Tid tid, const siginfo_t& info) = 0;
  /// Up to to.size() bytes, never a trap byte (A4); the count is short where the mapping ends.
  virtual Result<std::size_t> read_memory(EngineId engine, Pid pid, Address from, MutableByteSpan to) = 0;
  /// All or an error. Traps under it stay (A4, §7).
  virtual Result<> write_memory(EngineId engine, Pid pid, Address to, ByteSpan from) = 0;

  // -- breakpoints ------------------------------------------------------------------------------------
  /// Claims the address for the engine. Idempotent; a parked claim comes back into force.
  virtual Result<> insert_breakpoint(EngineId engine, Pid pid, Address at) = 0;
  /// Ends the claim; with `park` it is only put aside (A49). Idempotent.
  virtual Result<> remove_breakpoint(EngineId engine, Pid pid, Address at, bool park) = 0;
  /// The same over the debug registers. Busy when all are in use (A36).
  virtual Result<> insert_hardware(EngineId engine, Pid pid, const HardwarePoint& point) = 0;
  virtual Result<> remove_hardware(EngineId engine, Pid pid, const HardwarePoint& point, bool park) = 0;
  /// The engine's process-wide resume: what is still parked goes for good.
  virtual void drop_parked(EngineId engine, Pid pid) = 0;
  /// The software breakpoints of all engines.
  virtual std::vector<BreakpointInfo> breakpoints() const = 0;
  virtual StepOverCounts step_overs() const = 0;

  // -- who holds what ----------------------------------------------------------------------------------
  virtual std::vector<Hold> holds() const = 0;
  virtual std::vector<Wait> waits() const = 0;
  /// Where a thread stands that has stopped, whoever stopped it; for lists. nullopt while it runs.
  virtual std::optional<Address> stopped_at(Tid tid) const = 0;
  virtual std::vector<EngineStatus> engines() const = 0;
  /// "gdb#2 (127.0.0.1:40312)", or "the hub" for 0.
  virtual std::string name_of(EngineId engine) const = 0;

  // -- between engines: for controllers, and each in the log under the name of who did it ---------------
  /// Ends the hold that `holder` has on the thread (0: the hub's own). The holder is told.
  virtual Result<> end_hold(EngineId engine, EngineId holder, Tid tid) = 0;
  /// Asks `holder` to let the thread run: true when it does so at once; who sits at it gets a message otherwise.
  virtual Result<bool> request_release(EngineId engine, EngineId holder, Tid tid) = 0;
  /// Gives the people at another engine a message.
  virtual Result<> tell(EngineId engine, EngineId whom, std::string_view text) = 0;
  /// Engine::configure of all engines of a kind ("syscalls"). NotFound when there is none; else the first answer that is no error.
  virtual Result<std::string> configure(EngineId engine, std::string_view kind, Pid pid, std::string_view what) = 0;
  /// Ends another client's connection.
  virtual Result<> dismiss(EngineId engine, EngineId whom) = 0;

  // -- what the hub stands on; all of it outlives the engines ------------------------------------------
  virtual Journal& journal() = 0;
  virtual Traffic& traffic() = 0;
  /// For reading only (/proc, say): who resumes or attaches by it breaks the hub.
  virtual Kernel& kernel() = 0;
  virtual const Isa& isa() const = 0;
  virtual EventLoop& loop() = 0;

  /// Delays all effects on threads, and so all reports, until the outermost batch ends.
  class Batch {
   public:
    explicit Batch(Hub& hub) : hub_(hub) { hub_.begin(); }
    ~Batch() { hub_.end(); }
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

   private:
    Hub& hub_;
  };

 protected:
  virtual void begin() = 0;
  virtual void end() = 0;
};

}  // namespace gdbhub
