// An engine that does what a test says, writes down what it is told, and checks that it should have been.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gdbhub/hub.h"

namespace gdbhub::test {

/// By default it wants all events and stops at each. Each wrong call to it is a failure of the test: a report while it holds
/// the thread, of a breakpoint or step that it has not asked for, of a process that it is not attached to.
class TestEngine : public Engine {
 public:
  static constexpr EventSet kAll{.signals = true, .forks = true, .execs = true};

  TestEngine(Hub& hub, const std::string& name, Role role = Role::Controller, const std::string& identity = {});
  /// The client of `former`, which lingers, is back.
  TestEngine(Hub& hub, TestEngine& former);
  ~TestEngine() override { disconnect(); }
  TestEngine(const TestEngine&) = delete;
  TestEngine& operator=(const TestEngine&) = delete;

  EngineId id() const { return id_; }
  bool connected() const { return connected_; }

  // -- acting: as Hub, with the engine's id; what goes wrong is a failure of the test --------------------
  void disconnect();
  void attach(Pid pid, EventSet events = kAll);
  void detach(Pid pid);
  void set_events(Pid pid, EventSet events);
  /// Its connection is gone, and may be back within that time.
  void linger(Duration time);
  void release_holds(std::string_view why);
  void hold(Tid tid, HoldReason reason = HoldReason::Interrupt, bool weak = false);
  void go(Tid tid, ControlOptions options = {}) { control(tid, Action::Resume, options); }
  void step(Tid tid, ControlOptions options = {}) { control(tid, Action::SingleStep, options); }
  void control(Tid tid, Action action, const ControlOptions& options = {});
  void hold_all(Pid pid);
  void go_all(Pid pid);
  void insert(Pid pid, Address at);
  void remove(Pid pid, Address at, bool park = false);
  void drop_parked(Pid pid);
  /// Fails the test when there are none to be had.
  RegisterState registers(Tid tid);
  Address pc(Tid tid) { return Address{registers(tid).general.rip}; }
  void set_pc(Tid tid, Address pc);
  Bytes memory(Pid pid, Address from, std::size_t size);
  void write(Pid pid, Address to, ByteSpan bytes);
  bool held(Tid tid) const { return hub_.held(id_, tid); }

  /// Clear it where the process may die at any moment, so that what it does may fail.
  bool must_succeed = true;

  // -- the script ------------------------------------------------------------------------------------
  std::function<Verdict(const Event&)> answer;  ///< unset: stops
  std::function<Action(Tid)> answer_birth;      ///< unset: resumes

  // -- the record ------------------------------------------------------------------------------------
  template <class E>
  int count() const {
    return count_if<E>([](const Event&) { return true; });
  }
  template <class E>
  int count(Tid tid) const {
    return count_if<E>([tid](const Event& event) { return event.tid == tid; });
  }
  /// The latest report, which there must be.
  const Event& last() const { return reports.back(); }
  std::vector<Event> reports;
  std::vector<std::pair<Tid, bool>> quiesced_calls;  ///< with `uninterruptible`
  std::vector<std::pair<Tid, Tid>> births;           ///< the thread and its parent
  std::vector<std::pair<Tid, WaitStatus>> gone;
  std::vector<Tid> reaped;
  std::vector<std::pair<Pid, WaitStatus>> ended;
  std::vector<std::pair<Pid, bool>> launches;  ///< with success
  std::vector<std::vector<Hold>> waits;

  /// What it has last said of a thread.
  Action wish(Tid tid) const;
  /// It holds the thread, strongly, and has been told that the hold is in force: the thread must not run.
  bool is_in_force(Tid tid) const { return in_force_.contains(tid) && !weak_.contains(tid); }

  // Engine
  Verdict report(const Event& event) override;
  void quiesced(Pid pid, Tid tid, bool uninterruptible) override;
  Action thread_started(Pid pid, Tid tid, Tid parent) override;
  void thread_gone(Pid pid, Tid tid, WaitStatus how) override;
  void thread_reaped(Pid pid, Tid tid) override;
  void process_gone(Pid pid, WaitStatus how) override;
  void launched(Pid pid, const Result<>& result) override;
  void kept_waiting(const std::vector<Hold>& by) override;

 protected:
  Hub& hub_;

 private:
  template <class E, class Predicate>
  int count_if(Predicate predicate) const {
    int number = 0;
    for (const Event& event : reports)
      if (std::holds_alternative<E>(event.detail) && predicate(event)) ++number;
    return number;
  }
  void note(Tid tid, Action action);
  void expect_entitled(const Event& event);
  void forget(Tid tid);
  std::string name() const { return hub_.name_of(id_); }

  EngineInfo info_;
  Role role_;
  EngineId id_;
  bool connected_ = true;
  std::map<Tid, Action> wishes_;
  std::set<Tid> in_force_;
  std::set<Tid> weak_;
  std::map<Pid, EventSet> events_;
  std::map<Pid, std::set<Address>> claims_;  ///< parked ones too
};

}  // namespace gdbhub::test
