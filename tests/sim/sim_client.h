// A debugger as the explorer plays it: what gdb does to its server, with dice for its user.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/workload.h"
#include "tests/support/core_harness.h"
#include "tests/support/test_engine.h"

namespace gdbhub::test {

/// One line of what happened, formatted only when a schedule fails.
struct Step {
  std::string who;
  std::string_view what;
  Tid tid;
  std::uint64_t value = 0;
};

/// What the clients of one schedule share.
struct Scene {
  explicit Scene(std::uint64_t seed) : harness(seed), random(seed * 0x9e3779b97f4a7c15u + 1) {}

  std::uint64_t dice(std::uint64_t sides) { return random() % sides; }
  void note(std::string_view who, std::string_view what, Tid tid = {}, std::uint64_t value = 0) {
    if (steps.size() == kept) steps.pop_front();
    steps.push_back({std::string(who), what, tid, value});
  }

  CoreHarness harness;
  std::mt19937_64 random;
  Workload workload;
  Bytes text;  ///< of the workload, as it should be
  std::deque<Step> steps;
  std::size_t kept = 60;  ///< of them
  bool killed = false;  ///< by somebody: the program's results do not count
  bool child_killed = false;
};

class SimClient final : public TestEngine {
 public:
  struct Style {
    bool non_stop = false;
    bool resident = false;  ///< stays to the end with the breakpoints that it has from the start
    bool passes_signals = false;
    EventSet events;
  };

  SimClient(Scene& scene, std::string name, const Style& style);

  /// Attaches; all-stop: and holds.
  void join(Pid pid);
  /// Rolls the dice for what the user does now; with `finish` only what lets the program run. False: it can only wait.
  bool act(bool finish);
  bool idle() const { return state_ == State::Idle; }
  const Style& style() const { return style_; }
  const std::set<Address>& breakpoints() const { return breakpoints_; }
  std::uint64_t hits(Address at) const;
  const std::vector<Pid>& processes() const { return processes_; }
  std::string_view label() const { return name_; }
  /// Signals that are owed to it by thread (the explorer's account).
  std::map<Tid, int> owed_signals;

  Verdict report(const Event& event) override;
  void quiesced(Pid pid, Tid tid, bool uninterruptible) override;
  Action thread_started(Pid pid, Tid tid, Tid parent) override;
  void thread_gone(Pid pid, Tid tid, WaitStatus how) override;
  void process_gone(Pid pid, WaitStatus how) override;

 private:
  enum class State { Idle, Running, Stopping };

  Verdict on_event(const Event& event);
  void stop_all(Tid by);
  void look_whether_stopped();
  bool act_all_stop(bool finish);
  bool act_non_stop(bool finish);
  /// gdb's `continue`: threads at breakpoints that were reported are stepped off them first, one by one.
  void proceed();
  void step_alone(Tid tid);
  void resume_all(Tid stepping);
  void do_step(Tid tid, ControlOptions options);
  ControlOptions with_signal(Tid tid, ControlOptions options);
  std::vector<Pid> processes_with_breakpoints() const;
  void put_in();
  void take_out();
  void change_breakpoints();
  void check_memory();
  void change_watchpoint();
  void change_scratch();
  bool needs_step_over(Tid tid);
  /// Not so for a process that has died or called exec, of which the hub does not know yet.
  bool all_have_memory() const;
  /// After the exec, of which it may not have been told yet.
  bool runs_second() const;
  std::vector<Tid> threads() const;
  Tid pick();

  Scene& scene_;
  std::string name_;
  Style style_;
  State state_ = State::Running;
  std::vector<Pid> processes_;
  std::set<Address> breakpoints_;
  bool inserted_ = false;
  bool continues_ = false;  ///< the user's `continue` is under way, through step overs
  std::set<Pid> replaced_;  ///< run another program, in which it has no breakpoints
  Tid vfork_parent_;  ///< of the last vfork
  std::set<Tid> awaited_;
  std::map<Tid, Address> at_;               ///< reported at a breakpoint of its own, and not moved since
  std::map<Tid, int> told_signal_;
  std::map<Tid, AddressRange> ranges_;      ///< that a thread steps through
  std::map<Tid, Address> expected_;         ///< where a step ends, as far as that can be known
  std::map<Address, std::uint64_t> hits_;
  std::map<Tid, bool> in_call_;             ///< told of an entry, and not yet of the exit
  std::optional<HardwarePoint> watched_;    ///< by a debug register, in all processes that run the program
  bool in_scratch_ = false;                 ///< it has written to the bytes at the entry of its first process
  bool used_scratch_ = false;
  bool left_scratch_ = false;               ///< that process has ended; what a child has there depends on when it was forked
};

}  // namespace gdbhub::test
