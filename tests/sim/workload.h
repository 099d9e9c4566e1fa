// Random programs for the explorer, which know what should come out of them.
#pragma once

#include <random>
#include <vector>

#include "tests/support/fake_program.h"

namespace gdbhub::test {

/// A leader and some threads, each of which goes through the same loop; perhaps a fork, a vfork and an exec.
struct Workload {
  FakeProgram program;
  FakeProgram second;           ///< what execve("second") runs; exits with 42
  std::vector<Address> places;  ///< instructions of the loop: each thread is there once in a round
  std::vector<Address> others;  ///< more instructions for breakpoints
  std::vector<Address> results; ///< quads that hold `rounds` in the end, and then as many that hold 7 × rounds
  Address handler;              ///< of all signals; runs signals_per_round times in each round of each thread
  Address final;                ///< where the leader looks back; never a place for a breakpoint
  int threads = 1;
  int rounds = 1;
  int signals_per_round = 0;
  bool forks = false;   ///< the child runs the loop, too, and exits with `rounds`
  bool vforks = false;  ///< the child exits with 5
  bool execs = false;
  static constexpr int kExitCode = 42;
};

Workload make_workload(std::mt19937_64& random);

}  // namespace gdbhub::test
