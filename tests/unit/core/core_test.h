// What the tests of the core share: a hub over the fake machine.
#pragma once

#include <gtest/gtest.h>

#include "tests/support/core_harness.h"
#include "tests/support/programs.h"
#include "tests/support/test_engine.h"

namespace gdbhub::test {

class CoreTest : public ::testing::Test {
 protected:
  /// Starts the program, which runs untraced until somebody attaches.
  Pid start(const FakeProgram& program) {
    pid = h.start(program);
    leader = leader_of(pid);
    return pid;
  }
  /// Holds the thread, and waits until that is in force.
  void stop(TestEngine& engine, Tid tid) {
    engine.hold(tid);
    ASSERT_TRUE(h.until([&] { return engine.held(tid); })) << "thread " << tid.value << " cannot be stopped";
  }
  /// Runs until the engine has had so many reports in all.
  void wait_reports(const TestEngine& engine, std::size_t count) {
    ASSERT_TRUE(h.until([&] { return engine.reports.size() >= count; }))
        << "only " << engine.reports.size() << " of " << count << " reports";
  }
  /// Lets time and programs go on for a while.
  void idle(int turns = 300) { h.turns(turns); }
  Byte raw(Address at) { return h.kernel.memory_of(leader, at, 1).at(0); }
  bool runs(Tid tid) {
    int instructions = 0;
    h.kernel.set_on_run([&](Tid one) { instructions += one == tid ? 1 : 0; });
    idle();
    h.kernel.set_on_run({});
    return instructions > 0;
  }

  CoreHarness h;
  Pid pid;
  Tid leader;
};

}  // namespace gdbhub::test
