// One run of the explorer: a program, some clients, and one order of events, all from one seed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/sim/sim_client.h"

namespace gdbhub::test {

/// Fails the current test when an invariant breaks; describe() then tells the story.
class Schedule {
 public:
  /// Keeps the last `kept` things that happened.
  Schedule(std::uint64_t seed, std::size_t kept);
  ~Schedule();
  void run();
  /// Clients, program, and what happened last.
  std::string describe() const;
  std::uint64_t turns() const { return turns_; }
  std::uint64_t instructions() const { return scene_.harness.kernel.counters().instructions; }

 private:
  void add_client(bool resident);
  void remove_client(std::size_t index);
  /// The clients and the world take turns until the program has ended or `limit` turns are over.
  void play(int limit, bool finish);
  void leave_all();
  void send(int signal);
  /// SIGKILL, for the program or a child of it.
  void kill_one();
  void watch_instruction(Tid tid);
  void watch_report(const WaitResult& result);
  void check_results(Tid leader);
  void check_hits();
  void check_that_nothing_is_left();
  bool program_ended() const { return !scene_.harness.hub.has_tracees(); }

  Scene scene_;
  Pid pid_;
  std::vector<std::unique_ptr<SimClient>> clients_;
  std::unique_ptr<TestEngine> observer_;
  int joined_ = 0;
  bool stopped_ = false;  ///< by SIGSTOP, with the SIGCONT still to come
  bool job_control_ = false;
  bool results_seen_ = false;
  std::map<Pid, int> handled_;  ///< how often the signal handler has run, by process
  std::map<Tid, Pid> process_of_;
  std::uint64_t turns_ = 0;
};

}  // namespace gdbhub::test
