// The clauses that concern the remote protocol, packet by packet, on the fake machine (A12, A41, A42, A45, A48, A51, A52).
#include <gtest/gtest.h>

#include "tests/unit/gdb/packet_test.h"

namespace gdbhub::test {
namespace {

using namespace std::chrono_literals;

using Client = PacketClient;

class RunControl : public PacketTest {};

TEST_F(RunControl, A51_TheListenersTraceeIsShownStoppedAndRunsWhenTheFirstClientContinues) {
  listen(counting());
  Client a(h, admission());
  EXPECT_TRUE(is_stop(a.ask("?"), "05"));
  EXPECT_FALSE(runs(leader));
  a.say_packet("vCont;c");
  EXPECT_TRUE(runs(leader));
  EXPECT_FALSE(a.has_answer());
}

TEST_F(RunControl, A41_AClientThatJoinsWhileTheTraceeRunsGetsItsOwnStopAndTheOtherIsToldAfterASecond) {
  listen(counting());
  Client a(h, admission());
  a.ask("?");
  a.say_packet("vCont;c");
  idle();
  Client b(h, admission());
  EXPECT_TRUE(is_stop(b.ask("?"), "05"));
  EXPECT_FALSE(a.has_answer());
  h.advance(2s);
  EXPECT_NE(a.console().find("is held by gdb#"), std::string::npos) << a.console();
  b.say_packet("vCont;c");
  EXPECT_TRUE(runs(leader));
}

TEST_F(RunControl, A41_AClientThatSeesASnapshotIsToldOfNothingBeforeItResumes) {
  const FakeProgram program = counting();
  listen(program);
  Client a(h, admission());
  a.ask("?");
  a.say_packet("vCont;c");
  gdb::Admission snapshot = admission();
  snapshot.join = JoinPolicy::Snapshot;
  Client b(h, snapshot);
  EXPECT_TRUE(is_stop(b.ask("?"), "00"));
  EXPECT_EQ(b.ask(breakpoint('Z', program.symbol("nop"))), "OK");
  EXPECT_TRUE(runs(leader));
  EXPECT_FALSE(b.has_answer());
  EXPECT_TRUE(is_stop(b.ask("vCont;c"), "05"));
  EXPECT_FALSE(runs(leader));
}

TEST_F(RunControl, A8_AnInterruptIsAnsweredAtOnceWhileAnotherHolds) {
  listen(counting());
  Client a(h, admission()), b(h, admission());
  a.ask("?");
  b.ask("?");
  a.say_packet("vCont;c");
  EXPECT_FALSE(runs(leader)) << "b still holds";
  a.interrupt();
  EXPECT_TRUE(is_stop(a.answer(), "02"));
}

TEST_F(RunControl, A31_BothAreToldOfABreakpointAtOneAddressAndReadNoTrap) {
  const FakeProgram program = counting();
  listen(program);
  Client a(h, admission()), b(h, admission());
  a.ask("?");
  b.ask("?");
  EXPECT_EQ(a.ask(breakpoint('Z', program.symbol("nop"))), "OK");
  EXPECT_EQ(b.ask(breakpoint('Z', program.symbol("nop"))), "OK");
  a.say_packet("vCont;c");
  b.say_packet("vCont;c");
  EXPECT_TRUE(is_stop(a.answer(), "05"));
  EXPECT_TRUE(is_stop(b.answer(), "05"));
  const std::string read = "m" + hex(program.symbol("nop").value) + ",1";
  EXPECT_EQ(a.ask(read), "90");
  EXPECT_EQ(b.ask(read), "90");
}

TEST_F(RunControl, A12_GdbStepsOverItsOwnBreakpointAndHitsItInTheNextRound) {
  const FakeProgram program = counting();
  listen(program);
  Client a(h, admission());
  a.ask("?");
  const std::string set = breakpoint('Z', program.symbol("nop")), clear = breakpoint('z', program.symbol("nop"));
  for (std::uint64_t round = 1; round <= 3; ++round) {
    EXPECT_EQ(a.ask(set), "OK");
    EXPECT_TRUE(is_stop(a.ask("vCont;c"), "05"));
    EXPECT_EQ(h.quad(pid, program.symbol("count")), round);
    EXPECT_EQ(a.ask(clear), "OK");
    EXPECT_TRUE(is_stop(a.ask("vCont;s:" + thread_text(leader)), "05"));
    EXPECT_EQ(h.pc_of(leader), program.symbol("back"));
  }
}

TEST_F(RunControl, A45_TwoGdbsThatBothContinueFromTheirBreakpointsBothRun) {
  const FakeProgram program = threads_looping(1);
  start(program);
  TestEngine starter(h.hub, "starter");
  starter.attach(pid, {});
  ASSERT_TRUE(h.until([&] { return h.hub.threads(pid).size() == 2; }));
  const Tid other = h.hub.threads(pid)[1];
  starter.hold_all(pid);
  idle();
  starter.set_pc(leader, program.symbol("inc"));
  starter.set_pc(other, program.symbol("nop"));
  Client a(h, admission()), b(h, admission());
  a.ask("?");
  b.ask("?");
  starter.disconnect();
  EXPECT_EQ(a.ask(breakpoint('z', program.symbol("inc"))), "OK");
  EXPECT_EQ(b.ask(breakpoint('z', program.symbol("nop"))), "OK");
  a.say_packet("vCont;s:" + thread_text(leader));
  b.say_packet("vCont;s:" + thread_text(other));
  EXPECT_TRUE(is_stop(a.answer(), "05"));
  a.say_packet("vCont;c");  // gdb does so by itself after its step
  EXPECT_TRUE(is_stop(b.answer(), "05"));
  b.say_packet("vCont;c");
  EXPECT_TRUE(runs(leader));
  EXPECT_TRUE(runs(other));
}

TEST_F(RunControl, A48_ADeathAtThePromptIsToldAtTheNextResume) {
  listen(counting());
  Client a(h, admission());
  a.ask("?");
  ASSERT_TRUE(h.kernel.kill(pid, SIGKILL));
  idle();
  EXPECT_FALSE(a.has_answer()) << "nothing may be said at the prompt";
  EXPECT_EQ(a.ask("g"), "E01");
  EXPECT_TRUE(a.ask("vCont;c").starts_with("X09"));
}

TEST_F(RunControl, A48_TheEndOfAProcessIsToldToAResumeThatIsForIt) {
  // Gdb steps one thread alone over its breakpoint, and would wait for that step for ever if something else came.
  for (const bool ends_before_the_step : {true, false}) {
    listen(counting());
    const Pid other = pid;
    listen(counting());
    gdb::Admission both = admission();
    both.tracees = {other, pid};
    Client a(h, both);
    ASSERT_TRUE(is_stop(a.ask("?"), "05"));
    const auto kill_other = [&] {
      ASSERT_TRUE(h.kernel.kill(other, SIGKILL));
      if (ends_before_the_step) idle();
    };
    if (ends_before_the_step) kill_other();
    a.say_packet("vCont;s:" + thread_text(leader));
    if (!ends_before_the_step) kill_other();
    const std::string stepped = a.answer();
    EXPECT_TRUE(is_stop(stepped, "05")) << stepped;
    idle();
    const std::string ended = a.ask("vCont;c");
    EXPECT_TRUE(ended.starts_with("X09")) << ended;
    a.say_packet("vCont;c");
    EXPECT_TRUE(runs(leader));
  }
}

TEST_F(RunControl, A48_ASignalThatCameWithAResumeWhichAnEndAnswersIsNotLost) {
  listen(counting());
  const Pid other = pid;
  const FakeProgram program = signalling();
  listen(program);
  gdb::Admission both = admission();
  both.tracees = {other, pid};
  Client a(h, both);
  ASSERT_TRUE(is_stop(a.ask("?"), "05"));
  ASSERT_TRUE(is_stop(a.ask("vCont;c"), "1e"));
  ASSERT_TRUE(h.kernel.kill(other, SIGKILL));
  idle();
  EXPECT_TRUE(a.ask("vCont;C1e:" + thread_text(leader) + ";c").starts_with("X09"));
  EXPECT_EQ(h.quad(pid, program.symbol("handled")), 0);
  EXPECT_TRUE(is_stop(a.ask("vCont;c"), "1e")) << "the program's next one";
  EXPECT_EQ(h.quad(pid, program.symbol("handled")), 1);
}

TEST_F(RunControl, A48_WhatIsAskedOfAnEndedProcessMeetsNoOther) {
  const FakeProgram program = counting();
  listen(program);
  const Pid ended = pid;
  listen(program);
  gdb::Admission both = admission();
  both.tracees = {ended, pid};
  Client a(h, both);
  ASSERT_TRUE(is_stop(a.ask("?"), "05"));
  const std::string of_ended = "Hgp" + hex(ended.value) + "." + hex(ended.value);
  const std::string write = "M" + hex(program.symbol("nop").value) + ",1:90";
  const std::string read = "m" + hex(program.symbol("nop").value) + ",1";
  ASSERT_TRUE(h.kernel.kill(ended, SIGKILL));
  idle();
  EXPECT_EQ(a.ask(of_ended), "OK");
  EXPECT_EQ(a.ask("g"), "E01");
  EXPECT_EQ(a.ask(read), "E01");
  EXPECT_EQ(a.ask(write), "E01");
  EXPECT_EQ(a.ask(breakpoint('Z', program.symbol("nop"))), "OK") << "gdb would not resume, and never hear of the end";
  EXPECT_NE(raw(program.symbol("nop")), kTrap);
  EXPECT_EQ(a.ask("Hgp999.999"), "E01");
  EXPECT_EQ(a.ask(read), "E01");
  EXPECT_EQ(a.ask(breakpoint('Z', program.symbol("nop"))), "E01");
  EXPECT_EQ(a.ask("Hg" + thread_text(leader)), "OK");
  EXPECT_EQ(a.ask(read).size(), 2);
  EXPECT_TRUE(a.ask("vCont;c").starts_with("X09;process:" + hex(ended.value)));
  EXPECT_EQ(a.ask(of_ended), "E01") << "told, and gone";
}

/// The leader forks; the child sets "child_ran" in its own memory. Both loop for ever.
FakeProgram forking_once() {
  FakeProgram p = beyond_entry();
  const Address ran = p.quad(0, "child_ran");
  const auto loop = p.new_label();
  p.call_kernel(SYS_fork);
  p.cmp(Reg::Rax, 0);
  p.jne(loop);
  p.set(ran);
  p.bind(loop);
  p.nop();
  p.jmp(loop);
  return p;
}

class NonStopForks : public RunControl {
 protected:
  /// The client's notification of the fork, which it has not acknowledged.
  std::string run_to_fork(Client& client) {
    EXPECT_EQ(client.ask("QNonStop:1"), "OK");
    client.ask("?");
    client.ask("vStopped");
    EXPECT_EQ(client.ask("vCont;c"), "OK");
    const std::string told = client.answer();
    child = h.hub.processes().back().pid;
    return told;
  }
  bool child_ran() const { return h.quad(child, program.symbol("child_ran")) != 0; }

  const FakeProgram program = forking_once();
  Pid child;
};

TEST_F(NonStopForks, A22_AResumeOfEverythingIsNotForAChildThatTheClientHasNotSeen) {
  listen(program);
  Client a(h, admission(), "multiprocess+;fork-events+;vContSupported+");
  const std::string fork = run_to_fork(a);
  ASSERT_TRUE(fork.starts_with("Stop:T05fork:p" + hex(child.value))) << fork;
  EXPECT_EQ(a.ask("vCont;c"), "OK");  // on its way when the fork was told
  idle();
  EXPECT_FALSE(child_ran());
  EXPECT_EQ(a.ask("vStopped"), "OK");
  EXPECT_EQ(a.ask("vCont;c"), "OK");
  idle();
  EXPECT_TRUE(child_ran());
}

TEST_F(NonStopForks, A22_AChildWhoseForkIsOnItsWayIsStillThereWhenItsParentHasEnded) {
  listen(program);
  Client a(h, admission(), "multiprocess+;fork-events+;vContSupported+");
  run_to_fork(a);
  ASSERT_TRUE(h.kernel.kill(pid, SIGKILL));
  idle();
  EXPECT_EQ(a.ask("vCont;c"), "OK");
  idle();
  EXPECT_FALSE(child_ran());
  EXPECT_TRUE(a.ask("vStopped").starts_with("X09")) << "it has seen the fork now";
  EXPECT_EQ(a.ask("vCont;c"), "OK");
  idle();
  EXPECT_TRUE(child_ran());
}

TEST_F(NonStopForks, A22_AChildWhoseForkTheClientWillNeverSeeIsLetGo) {
  FakeProgram p = beyond_entry();
  const Address go = p.quad(0, "go"), ran = p.quad(0, "child_ran");
  const auto work = p.new_label(), loop = p.new_label();
  p.clone_thread(work, p.space(512) + 512);
  p.jmp(loop);
  p.bind(work);
  p.wait_for(go);
  p.call_kernel(SYS_fork);
  p.cmp(Reg::Rax, 0);
  p.jne(loop);
  p.set(ran);
  p.bind(loop);
  p.nop();
  p.jmp(loop);
  listen(p);
  Client a(h, admission(), "multiprocess+;fork-events+;vContSupported+");
  EXPECT_EQ(a.ask("QNonStop:1"), "OK");
  a.ask("?");
  a.ask("vStopped");
  EXPECT_EQ(a.ask("vCont;c"), "OK");
  ASSERT_TRUE(h.until([&] { return h.hub.threads(pid).size() == 2; }));
  EXPECT_EQ(a.ask("vCont;t:" + thread_text(leader)), "OK");
  EXPECT_TRUE(a.answer().starts_with("Stop:T00")) << "on its way: the fork has to wait behind it";
  EXPECT_EQ(a.ask("M" + hex(go.value) + ",1:01"), "OK");
  ASSERT_TRUE(h.until([&] { return h.hub.processes().size() == 2; }));
  child = h.hub.processes().back().pid;
  idle();
  EXPECT_FALSE(a.has_answer());
  ASSERT_TRUE(h.kernel.kill(pid, SIGKILL));
  idle();
  EXPECT_TRUE(h.hub.processes().empty());
  EXPECT_NE(h.quad(child, ran), 0) << "the child runs on";
}

TEST_F(RunControl, A42_OnlyTheOwnerOfALaunchedTraceeMayKillIt) {
  start(counting());
  TestEngine owner(h.hub, "owner");
  owner.attach(pid, {});
  Client b(h, admission());
  EXPECT_TRUE(is_stop(b.ask("?"), "05"));
  EXPECT_EQ(b.ask("qAttached:" + hex(pid.value)), "1");
  EXPECT_TRUE(h.alive(pid));
  EXPECT_TRUE(b.ask("vKill;" + hex(pid.value)).starts_with("E"));
  idle();
  EXPECT_TRUE(h.alive(pid));
  b.say_packet("vCont;c");
  EXPECT_NE(b.console().find("belongs to owner#"), std::string::npos) << "A52: the reason, in its next wait";
}

TEST_F(RunControl, A26_AClientThatGoesLeavesItsHoldsAndBreakpoints) {
  const FakeProgram program = counting();
  listen(program);
  Client a(h, admission());
  a.ask("?");
  {
    Client b(h, admission());
    b.ask("?");
    EXPECT_EQ(b.ask(breakpoint('Z', program.symbol("nop"))), "OK");
    a.say_packet("vCont;c");
    EXPECT_FALSE(runs(leader));
  }
  EXPECT_EQ(raw(program.symbol("nop")), 0x90);
  EXPECT_TRUE(runs(leader));
  EXPECT_FALSE(a.has_answer());
}

}  // namespace
}  // namespace gdbhub::test
