// One gdb's view of what runs and what has stopped, in all-stop and in non-stop mode.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "engines/gdb/agent_breakpoints.h"
#include "engines/gdb/client.h"
#include "engines/gdb/reply.h"
#include "gdbhub/hub.h"
#include "rsp/notification.h"
#include "rsp/vcont.h"

namespace gdbhub::gdb {

/// Stopped because the client asked. `signal` is what it is told: SIGINT for ^C, 0 for vCont;t, SIGTRAP after a start.
struct StoppedOnRequest {
  int signal = 0;
};
/// The process ended.
struct ProcessEnded {
  WaitStatus how{0};
};
/// A thread that has not run yet; only for QThreadEvents.
struct ThreadCreated {};
/// A thread ended, and its process has others; only for QThreadEvents.
struct ThreadEnded {
  WaitStatus how{0};
};
using StopDetail = std::variant<StoppedOnRequest, ProcessEnded, ThreadCreated, ThreadEnded, EventDetail>;

/// Something that the client is to be told, or has been told, as a stop.
struct Stop {
  Pid pid;
  Tid tid;
  StopDetail detail;
  bool rewound = false;  ///< the pc has been set back to a trap instruction of the program's own
};

/// Turns the core's reports into stop replies, and resume packets into control.
///
/// All-stop: Idle -> (resume) Running -> (first event) Stopping: all threads are held -> (all quiescent) the reply, Idle.
/// Non-stop: each thread by itself; what has stopped and is quiescent becomes a notification.
class RunControl {
 public:
  /// How stop replies and console lines leave.
  struct Output {
    std::function<void(std::string)> reply;
    std::function<void(std::string)> notify;
    std::function<void(std::string)> console;  ///< only while the client waits for a stop
  };

  RunControl(Hub& hub, const EngineId& engine, Client& client, AgentBreakpoints& breakpoints, Role role, JoinPolicy join,
             Output output)
      : hub_(hub),
        engine_(engine),
        client_(client),
        breakpoints_(breakpoints),
        role_(role),
        join_(join),
        output_(std::move(output)) {}

  // -- Engine's calls, passed on --------------------------------------------------------------------
  Verdict report(const Event& event);
  void quiesced(Tid tid);
  Action thread_started(Pid pid, Tid tid);
  void thread_gone(Pid pid, Tid tid, WaitStatus how);
  void process_gone(Pid pid, WaitStatus how);
  void kept_waiting(const std::vector<Hold>& by);

  // -- packets ----------------------------------------------------------------------------------------
  /// An all-stop client may not join: its `?` has no truthful answer but a stop, which its listener forbids (A41).
  bool refuses_join() const { return join_ == JoinPolicy::Refuse && !client_.non_stop && runs_without_us(); }
  /// `?`
  Reply status();
  Reply resume(std::span<const rsp::ResumeItem> items);
  /// vStopped
  Reply acknowledge();
  /// ^C, or vCtrlC.
  void interrupt();

  /// The process is attached, and its threads run. All-stop: they are stopped, and a stop reply of `signal` follows as the answer to
  /// the packet under way. Non-stop: `stop` says whether they are stopped at all.
  void joined(Pid pid, int signal, bool stop);
  /// vRun: the process is there and held. In both modes a stop reply follows, as the answer.
  void launched(Pid pid);
  /// The engine has been taken over from a client that was away, with all that it had (A39): `?` will tell how it stands.
  void taken_over();
  /// The client is about to detach: of the signals that it was told of, the program gets those that it is to get
  /// (QProgramSignals); never the SIGTRAP or SIGINT of the debugging itself.
  void settle_signals(Pid pid);
  /// The client has left the process, or has killed it itself.
  void left(Pid pid);
  /// From all-stop to non-stop and back; only before anything is joined or while idle.
  void mode_changed();

  /// The processes that the client knows, ended ones that it has not been told of included (A48).
  const std::vector<Pid>& processes() const { return processes_; }
  bool knows(Pid pid) const;
  /// The threads of a process as the client is to see them (A48).
  std::vector<Tid> threads(Pid pid) const;
  /// The thread that the last stop reply was about; 0: none.
  Tid last_stopped() const { return last_stopped_; }
  /// The registers that the client may see of a thread: those of its own stop, or of its snapshot (A3, A41).
  Result<RegisterState> registers(Tid tid, bool extended);
  /// All-stop, and at its prompt: a removed breakpoint is only put aside (A49).
  bool at_prompt() const { return !client_.non_stop && state_ == State::Idle; }
  /// All-stop, and its resume is under way: console packets are in place. Not so before the answer to `?`, vRun or vAttach.
  bool running() const { return !client_.non_stop && state_ == State::Running; }
  /// Text for the user, sent when the client next waits or asks for monitor output (A52). Bounded: what is too much, is counted.
  void explain(std::string text);
  /// The same, sent at once where the protocol has a place for it now.
  void tell(std::string text);
  /// Sends what explain() has kept. Only where console packets are in place.
  void say_explanations();

 private:
  enum class State { Idle, Running, Stopping };
  struct View {
    Pid pid;
    bool running = false;
    bool gone = false;          ///< died while the client was at its prompt (A48)
    std::optional<Stop> stop;   ///< what the client was told last, or (non-stop) is to be told once it is quiescent
    bool told = false;
    int overtaken_signal = 0;   ///< GDB's number: came with a resume that was answered by an end before the thread ran
    std::optional<RegisterState> snapshot;  ///< A41
  };

  Reply status_non_stop();
  /// Non-stop, taken over: several stops at the beginning are too many for gdb 13, so one thread stays, and the others run.
  void let_go_but_one();
  Reply resume_all_stop(std::span<const rsp::ResumeItem> items);
  Reply resume_non_stop(std::span<const rsp::ResumeItem> items);
  /// Answers a resume by an end, before anything has run.
  Reply tell_end_instead(std::vector<Stop>::iterator ended);
  void resume_thread(Tid tid, const rsp::ResumeItem& item, bool alone);
  /// All-stop: whether the client's latest resume was also for what has ended. While gdb steps one thread alone (over its
  /// breakpoint) it takes no other process's end: it would wait for that step for ever.
  bool was_resumed(const Stop& ended) const;
  /// All-stop: holds every thread and reports `because` when all are quiescent.
  void stop_all(Stop because, HoldReason reason);
  void finish_stop();
  void finish_stop_soon();
  /// Non-stop: the client has not seen the thread's stop, or the fork that made its process: to it, it runs or does not exist.
  bool is_unseen(Tid tid, const View& of) const;
  /// Lets go of the child whose fork the client will not hear of, now that the parent's thread is gone.
  void leave_unseen_child(Pid parent, Tid tid);
  void stop_one(Tid tid, int signal, HoldReason reason);
  /// All-stop, but holding nobody: samples every thread's registers, and shows that as a stop of `signal` (A41).
  Reply take_snapshot(int signal);
  bool runs_without_us() const;
  void drop_gone_threads();
  void expect_no_resumed();
  Tid pick_thread() const;
  std::string reply_for(Stop& stop);
  /// The end of a process, and nothing more of it; or that of a thread.
  std::string end_reply(const Stop& stop);
  /// QThreadEvents. False when the client did not ask for it, or the process ends with its last thread.
  bool tell_of_thread_end(Pid pid, Tid tid, WaitStatus how);
  void push_notification(Stop& stop);
  void announce();
  View& view(Pid pid, Tid tid);
  void forget(Pid pid);
  bool is_alive(Tid tid) const { return hub_.process_of(tid).has_value(); }

  Hub& hub_;
  const EngineId& engine_;
  Client& client_;
  AgentBreakpoints& breakpoints_;
  Role role_;
  JoinPolicy join_;
  Output output_;

  State state_ = State::Idle;
  std::vector<Pid> processes_;
  std::unordered_map<Tid, View> views_;
  std::optional<Stop> stop_;                 ///< all-stop: the one to be reported
  std::unordered_set<Tid> awaited_;          ///< not yet quiescent; the reply is sent when it is empty
  bool answering_status_ = false;            ///< non-stop: that reply is the one to `?`
  bool unasked_ = false;                     ///< a client that has taken over has not asked how it stands yet
  bool sampling_ = false;                    ///< the stop under way is a snapshot
  Tid starting_;                             ///< non-stop: that reply is the one to vRun
  bool interrupt_again_ = false;             ///< ^C came too late for the stop it was meant for: the next resume gets it
  std::vector<rsp::ResumeItem> resumed_;     ///< all-stop: the client's latest resume
  std::vector<Stop> ended_;                  ///< processes and threads whose end is told at the next resume that is for them
  rsp::NotificationQueue notifications_;
  std::unordered_map<Tid, Pid> unseen_children_;  ///< by the thread whose fork the client has not seen yet
  Tid last_stopped_;
  std::string explanations_;
  std::size_t left_out_ = 0;                 ///< texts that found no room in it
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gdbhub::gdb
