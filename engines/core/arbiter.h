// The virtual side of the core: many engines on the threads of one Machine (contract §1–§6).
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engines/core/machine.h"
#include "gdbhub/check.h"
#include "gdbhub/hub.h"

namespace gdbhub::core {

/// The one place where engines' wishes meet. Tracer thread only, asserted at each public entry.
///
/// Every change marks the threads that it touches; settle() then applies the most constrained action of all engines to
/// each. Reports to engines are made from settle() only, so an engine is never called from within its own call.
class Arbiter final : public Hub, private Machine::Observer {
 public:
  /// None of the arguments is owned; all must outlive the arbiter.
  Arbiter(Kernel& kernel, const Isa& isa, EventLoop& loop);
  ~Arbiter() override;

  /// Handles what the kernel reports, within a bound so that no busy thread starves a client. True: call again.
  bool pump();
  /// Holds a process for its first client (A51), until a controller resumes it.
  void hold_for_first_client(Pid pid);
  /// Lets a process run on, or go, that has no client left (--on-last-drop).
  void resume_unclaimed(Pid pid);
  void let_go_unclaimed(Pid pid);
  /// Any controller may kill (--kill any), not only the owner and the last one (A28).
  void let_any_kill() { any_may_kill_ = true; }
  /// The end of the hub: kills what it launched, lets go of the rest. Pump until has_tracees() is false.
  void shut_down();
  bool has_tracees() const { return !machine_.tasks().processes().empty(); }

  EngineId connect(Engine& engine, EngineInfo info) override;
  void disconnect(EngineId engine) override;
  void linger(EngineId engine, Duration time, std::function<void()> given_up) override;
  Result<EngineId> take_over(Engine& engine, EngineInfo info) override;
  void release_holds(EngineId engine, std::string_view why) override;
  void barrier(EngineId engine, std::function<void()> done) override;

  using Hub::attach;
  Result<> attach(EngineId engine, Pid pid, EventSet events, Exclusive exclusive) override;
  void follow_all(EngineId engine, EventSet events) override;
  Result<Pid> launch(EngineId engine, const LaunchSpec& spec, EventSet events) override;
  Result<EndOfReports> detach(EngineId engine, Pid pid) override;
  Result<> kill(EngineId engine, Pid pid, bool force) override;
  Result<EndOfReports> set_events(EngineId engine, Pid pid, EventSet events) override;
  std::vector<ProcessStatus> processes() const override;
  std::vector<Tid> threads(Pid pid) const override;
  std::optional<Pid> process_of(Tid tid) const override;
  bool attached(EngineId engine, Pid pid) const override;

  Result<> control(EngineId engine, Tid tid, Action action, const ControlOptions& options) override;
  bool held(EngineId engine, Tid tid) const override;
  std::size_t request_release(EngineId by, Pid pid) override;
  Result<bool> request_release(EngineId engine, EngineId holder, Tid tid) override;
  Result<> send_signal(EngineId engine, Tid tid, int signal) override;

  Result<RegisterState> registers(EngineId engine, Tid tid, bool extended) override;
  Result<> set_registers(EngineId engine, Tid tid, const RegisterState& state) override;
  Result<siginfo_t> signal_info(EngineId engine, Tid tid) override;
  Result<> set_signal_info(EngineId engine, Tid tid, const siginfo_t& info) override;
  Result<std::size_t> read_memory(EngineId engine, Pid pid, Address from, MutableByteSpan to) override;
  Result<> write_memory(EngineId engine, Pid pid, Address to, ByteSpan from) override;

  Result<> insert_breakpoint(EngineId engine, Pid pid, Address at) override;
  Result<> remove_breakpoint(EngineId engine, Pid pid, Address at, bool park) override;
  Result<> insert_hardware(EngineId engine, Pid pid, const HardwarePoint& point) override;
  Result<> remove_hardware(EngineId engine, Pid pid, const HardwarePoint& point, bool park) override;
  void drop_parked(EngineId engine, Pid pid) override;
  std::vector<BreakpointInfo> breakpoints() const override;
  StepOverCounts step_overs() const override { return machine_.step_overs(); }

  std::vector<Hold> holds() const override;
  std::vector<Wait> waits() const override;
  std::optional<Address> stopped_at(Tid tid) const override;
  std::vector<EngineStatus> engines() const override;
  std::string name_of(EngineId engine) const override;

  Result<> end_hold(EngineId engine, EngineId holder, Tid tid) override;
  Result<> tell(EngineId engine, EngineId whom, std::string_view text) override;
  Result<std::string> configure(EngineId engine, std::string_view kind, Pid pid, std::string_view what) override;
  Result<> dismiss(EngineId engine, EngineId whom) override;

  Journal& journal() override { return journal_; }
  Traffic& traffic() override { return traffic_; }
  Kernel& kernel() override { return kernel_; }
  const Isa& isa() const override { return isa_; }
  EventLoop& loop() override { return loop_; }

 private:
  struct EngineRecord {
    Engine* client = nullptr;  ///< not owned
    EngineInfo info;
    std::shared_ptr<const std::string> name;  ///< as people see it, for the journal
    std::optional<EventSet> follows_all;  ///< what it wants of all processes
    std::vector<Tid> resumed_alone;  ///< the threads of its outstanding partial resume (A45)
    Duration kept_waiting{};     ///< in total, while at least one of its threads waited
    int threads_waiting = 0;
    TimePoint waiting_since{};
    EventLoop::TimerId linger_timer = 0;    ///< 0: its client is there (A39)
  };

  void begin() override {
    check_thread();
    ++batches_;
  }
  void end() override;

  /// The kernel ties tracees to one thread.
  void check_thread() const { GDBHUB_CHECK(loop_.is_current()); }

  // Machine::Observer
  void occurred(Thread& thread, const Occurrence& what) override;
  void thread_started(Thread& child, Thread& parent) override;
  void thread_gone(Thread& thread, WaitStatus how) override;
  void thread_reaped(Thread& thread) override;
  void process_gone(Process& process, WaitStatus how) override;
  void space_left(AddressSpace& space) override;

  // arbiter_occurrences.cc: who is owed a report
  void take(Thread&, const occurrence::Quiet&) {}
  void take(Thread&, const occurrence::Started&) {}
  void take(Thread& thread, const occurrence::Trapped& trapped);
  void take(Thread& thread, const occurrence::Stepped& stepped);
  void take(Thread& thread, const occurrence::HardwareHit& hit);
  void take(Thread& thread, const occurrence::SyscallEntry& entry);
  void take(Thread& thread, const occurrence::SyscallExit& exit);
  void take(Thread& thread, const occurrence::Signalled& signalled);
  void take(Thread& thread, const occurrence::Forked& forked);
  void take(Thread& thread, const occurrence::VforkDone& done);
  void take(Thread& thread, const occurrence::Execed& execed);
  void take(Thread& thread, const occurrence::Exiting& exiting);
  void take(Thread& thread, const occurrence::JobStopped& stopped);
  void take(Thread& thread, const occurrence::JobContinued& continued);
  /// Members for whom `wants` holds are to be told.
  template <class Wants>
  void owe(Thread& thread, EventDetail detail, Wants wants);
  void owe_hardware(Thread& thread, unsigned registers);
  void owe_step(Thread& thread);
  void owe_entry(Thread& thread, bool repeated);
  /// Holding a thread that is about to end would delay nobody else.
  bool may_be_held_exiting(const Thread& thread) const;

  // arbiter_settle.cc: the decision
  void mark(Thread& thread);
  void mark_all(Process& process);
  void settle();
  void settle(Thread& thread);
  /// The smallest action of all attachments, weak holds taken into account (A7, A45).
  Action most_constrained(Thread& thread);
  bool is_starved(EngineId engine);
  /// The range that all who step the thread step through; empty where one wants each instruction.
  static AddressRange range_of(const Thread& thread);
  /// Somebody still steps the thread through that range.
  static bool is_wanted(const RangeRun& run, const Thread& thread);
  void run(Thread& thread, Action action);
  /// A hold takes effect: tells those who have not been told.
  void hold(Thread& thread);
  /// The steps that wait for weak holds are looked at again (A45).
  void mark_blocked_steps(const Thread& but);
  /// Whose hold is the only one now that others have let go; null if nothing has changed.
  const Attachment* last_holder(Thread& thread);
  void expect_stop(Thread& thread);
  void look_at_late_stops();
  /// Somebody wants a report of a running thread, soon (A18): once it is not asleep.
  void expect_report(Thread& thread);
  void look_at_sleepers();
  /// True when an engine has begun to wait.
  bool note_waiting(Thread& thread);
  /// Who keeps the thread from running.
  std::vector<Hold> holders_of(Thread& thread);
  void explain_job_control(Thread& thread);
  void explain_waiting();
  bool begin_wait(Attachment& attachment);
  void end_wait(Attachment& attachment);
  void explain(EngineId engine, const std::vector<Hold>& by);

  // arbiter_reports.cc: asking engines
  /// Asks all that may be asked now. True when somebody was.
  bool report(Thread& thread);
  bool report_pending(Thread& thread);
  bool report_breakpoints(Thread& thread);
  bool report_looks(Thread& thread);
  /// Tells the engine, and does what it says.
  void ask(Thread& thread, EngineId engine, EventDetail detail);
  void apply(Thread& thread, EngineId engine, const Verdict& verdict, const EventDetail& detail);
  /// The owner is to be asked about its breakpoint at the thread's pc, before the instruction runs.
  bool owes_hit(const Thread& thread, const Attachment& attachment, const Claim& claim) const;
  bool owes_report(Thread& thread, const Attachment& attachment);
  /// A follower is about to be told of a fork: what it has in the child is what it has in the parent now (A22).
  void tell_of_child(Thread& parent, EngineId engine, Pid child);
  bool is_owed(const Thread& thread, EngineId engine) const;
  /// What the engine is owed of this thread may be told now.
  bool may_hear(const Thread& thread, const Attachment& attachment);
  void renew_arrival(Thread& thread);

  // arbiter_deeds.cc: what engines do, in the journal
  void note(EngineId by, Pid pid, Tid tid, std::string_view kind, decltype(Deed::what) what);
  void note_point(EngineId by, Pid pid, const Deed::Point& point, bool comes);
  /// Of what a batch lets run, one line for all threads of a process.
  void note_resumed(EngineId by, const Thread& thread, Action action, int signal);
  void flush_resumed();

  // arbiter_engines.cc: clients that come, go, and come back
  /// From now on this client speaks for the engine, or nobody does.
  void replace_client(EngineId engine, Engine& client, bool absent);

  // arbiter_processes.cc: who is attached to what
  void add_member(Process& process, EngineId engine, EventSet events);
  /// Ends one membership; the process goes when no controller is left.
  void remove_member(Process& process, EngineId engine);
  void drop_member(Process& process, EngineId engine);
  void adopt_child(Thread& parent, Process& child, const std::vector<EngineId>& followers);
  void leave(Process& process);
  /// Attaches all engines of follow_all.
  void add_followers(Process& process);
  void tell_followers();
  /// Somebody is attached who keeps the process traced (A6).
  bool is_wanted(const Process& process) const;
  /// A signal that waits for a debugger is told to one that joins.
  void owe_awaited_signals(Process& process, EngineId engine);
  void started(Thread& thread);
  Result<Process*> require_member(EngineId engine, Pid pid) const;
  Result<Thread*> require_hold(EngineId engine, Tid tid) const;
  Result<> require_controller(EngineId engine) const;
  bool touches_scratch(const Process& process, Address at, std::uint64_t length);
  Bytes scratch_bytes(const AddressSpace& space) const;
  /// The threads of a space must write their debug registers anew: those that run, after a short stop.
  void rearm_hardware(const Process& process);
  /// The stops that the process's threads make are those that somebody wants (A6).
  void update_tracing(Process& process);
  Attachment make_attachment(EngineId engine) const;
  std::optional<Error> find_rival(const Process& process, EngineId engine, Exclusive exclusive) const;
  EndOfReports end_of_reports(EngineId engine, const Process& process) const;
  /// `by` decides what the thread gets when it goes on (A19).
  void choose_signal(Thread& thread, EngineId by, int signal);
  void give_or_send(Thread& thread, EngineId by, int signal);
  void release_first_client_hold(Process& process);
  /// A controller that has not joined the process to observe it only.
  bool controls(const Member& member) const;
  bool has_controller(const Process& process) const;
  void set_hold(Attachment& attachment, HoldReason reason, bool weak);

  Kernel& kernel_;
  const Isa& isa_;
  EventLoop& loop_;
  Journal journal_;
  Traffic traffic_;
  Machine machine_;
  std::unordered_map<EngineId, EngineRecord> engines_;
  EngineId last_engine_;

  EngineId asked_;  ///< while an engine is told of a thread: which engine, and which thread
  Tid asked_about_;
  bool any_may_kill_ = false;
  int batches_ = 0;
  bool settling_ = false;
  std::deque<std::function<void()>> afterwards_;  ///< calls to engines that are made when all threads are settled
  std::vector<std::function<void()>> barriers_;   ///< wait for the report that runs
  struct Resumption {
    EngineId by;
    Pid pid;
    Tid first;
    Deed::Resumed deed;
  };
  std::optional<Resumption> resumption_;  ///< is not in the journal yet
  std::deque<Tid> marked_;
  std::vector<std::pair<EngineId, Pid>> joined_;  ///< Engine::process_joined is still to be called
  std::unordered_set<Tid> late_;           ///< asked to stop, no report yet
  EventLoop::TimerId late_timer_ = 0;      ///< 0: not armed
  std::unordered_set<Tid> sleepers_;       ///< a report of them is wanted, and they were asleep when last looked at
  EventLoop::TimerId sleepers_timer_ = 0;
  Duration sleepers_pause_{};
  std::unordered_set<Tid> waiting_;        ///< somebody wants them to run, somebody else holds them (A14)
  std::unordered_set<Tid> blocked_steps_;  ///< those of waiting_ that somebody wants to step (A45)
  EventLoop::TimerId waiting_timer_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< timers look whether the arbiter is still there
};

}  // namespace gdbhub::core
