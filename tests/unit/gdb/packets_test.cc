// Packets of which gdb sends few, or none while it has better ones.
#include "tests/unit/gdb/packet_test.h"

namespace gdbhub::test {
namespace {

constexpr std::string_view features = "multiprocess+;swbreak+;vContSupported+";

class Packets : public PacketTest {
 protected:
  static std::string hex(std::uint64_t number) {
    std::string text;
    rsp::append_hex_number(text, number);
    return text;
  }
};

TEST_F(Packets, ChecksumsAreThoseOfCompareSections) {
  FakeProgram program = counting();
  const std::string_view check = "123456789";  // the test vector of CRC catalogues: CRC-32/MPEG-2
  const Address at = program.data(bytes_of(check));
  listen(program);
  PacketClient a(h, admission());
  a.ask("?");
  EXPECT_EQ(a.ask("qCRC:" + hex(at.value) + ",9"), "C376e6e7");
  EXPECT_EQ(a.ask("qCRC:" + hex(at.value) + ",0"), "Cffffffff");
  EXPECT_EQ(a.ask("qCRC:10,4"), "E01");
  EXPECT_EQ(a.ask("qCRC:10"), "E01");
}

TEST_F(Packets, SearchesFindTheFirstMatchAcrossPieces) {
  FakeProgram program = counting();
  // Larger than a piece (256 KiB), the match across its end.
  Bytes large(300 * 1024, 0);
  const std::string_view needle = "needle";
  constexpr std::size_t where = 256 * 1024 - 3;
  std::copy(needle.begin(), needle.end(), large.begin() + where);
  const Address at = program.data(large);
  listen(program);
  PacketClient a(h, admission());
  a.ask("?");
  const std::string range = "qSearch:memory:" + hex(at.value) + ";" + hex(large.size()) + ";";
  EXPECT_EQ(a.ask(range + "needle"), "1," + hex((at + where).value));
  EXPECT_EQ(a.ask(range + "noodle"), "0");
  EXPECT_EQ(a.ask("qSearch:memory:10;8;needle"), "E00");
  EXPECT_EQ(a.ask("qSearch:memory:" + hex(at.value) + ";8;"), "E01");
}

TEST_F(Packets, WhatComesDuringALongSearchIsAnsweredAfterIt) {
  FakeProgram program = counting();
  const Address at = program.data(Bytes(600 * 1024, 0));
  listen(program);
  PacketClient a(h, admission());
  a.ask("?");
  a.say_packet("qSearch:memory:" + hex(at.value) + ";" + hex(600 * 1024) + ";x");
  a.say_packet("qAttached");
  EXPECT_FALSE(a.has_answer()) << "the second piece waits for the next turn";
  EXPECT_EQ(a.answer(), "0");
  EXPECT_EQ(a.answer(), "1");
}

TEST_F(Packets, AClientMayGoDuringALongSearch_A26) {
  FakeProgram program = counting();
  const Address at = program.data(Bytes(600 * 1024, 0));
  listen(program);
  {
    PacketClient a(h, admission());
    a.ask("?");
    a.say_packet("qSearch:memory:" + hex(at.value) + ";" + hex(600 * 1024) + ";x");
  }
  h.drain();
  EXPECT_TRUE(h.alive(pid));
}

TEST_F(Packets, ShortReadsEndWithTheMapping) {
  listen(counting());
  PacketClient a(h, admission());
  a.ask("?");
  std::uint64_t length = 0x1000;
  while (a.ask("m" + hex(FakeProgram::kTextBase.value + length) + ",1") != "E01") length += 0x1000;
  EXPECT_EQ(a.ask("m" + hex(FakeProgram::kTextBase.value + length - 4) + ",10").size(), 8u);
}

TEST_F(Packets, AProbeForBinaryWritesIsAnsweredWithoutAWrite) {
  listen(counting());
  PacketClient a(h, admission());
  a.ask("?");
  EXPECT_EQ(a.ask("X0,0:"), "OK");
  EXPECT_EQ(a.ask("X0,1:a"), "E01");
  EXPECT_EQ(a.ask("x0,0"), "b");
}

TEST_F(Packets, DisabledPacketsAreUnknown) {
  listen(counting());
  for (const auto& [name, packet] : {std::pair("vCont", "vCont?"), {"vCont", "vCont;c"}, {"qC", "qC"},
                                     {"qfThreadInfo", "qfThreadInfo"}, {"qfThreadInfo", "qsThreadInfo"},
                                     {"threads", "qC"}, {"threads", "vCont?"}}) {
    PacketClient with(h, admission(), features);
    with.ask("?");
    EXPECT_NE(with.ask(packet[0] == 'v' ? "vCont?" : packet), "") << packet;
    PacketClient without(h, admission(), features, name);
    without.ask("?");
    EXPECT_EQ(without.ask(packet), "") << name;
  }
}

TEST_F(Packets, TheStepActionsOfVContCanBeHidden) {
  listen(counting());
  PacketClient a(h, admission()), b(h, admission(), features, "vConts");
  EXPECT_EQ(a.ask("vCont?"), "vCont;c;C;t;s;S;r");
  EXPECT_EQ(b.ask("vCont?"), "vCont;c;C;t;r");
}

TEST_F(Packets, StopRepliesLeaveOutWhatIsDisabled) {
  listen(counting());
  PacketClient full(h, admission());
  EXPECT_NE(full.ask("?").find("thread:"), std::string::npos);
  for (const char* name : {"Tthread", "threads"}) {
    PacketClient without(h, admission(), features, name);
    const std::string stop = without.ask("?");
    EXPECT_TRUE(is_stop(stop, "05")) << stop;
    EXPECT_EQ(stop.find("thread:"), std::string::npos) << stop;
  }
  PacketClient brief(h, admission(), features, "T");
  EXPECT_EQ(brief.ask("?"), "S05");
}

/// The leader makes a thread, which exits with 3; then it counts for ever.
FakeProgram with_a_short_thread() {
  FakeProgram p = beyond_entry();
  const auto work = p.new_label();
  p.symbol("clone");
  p.clone_thread(work, p.space(1024) + 1024);
  const Address count = p.quad(0, "count");
  const auto loop = p.label();
  p.inc(Reg::Rbx);
  p.store(count, Reg::Rbx);
  p.jmp(loop);
  p.bind(work);
  p.nop();
  p.exit(3);
  return p;
}

class ThreadEvents : public Packets {
 protected:
  /// The program is held before it makes its thread.
  void hold_at_clone() {
    starter.attach(pid, {});
    starter.hold_all(pid);
    idle();
    starter.set_pc(leader, program.symbol("clone"));
  }
  const FakeProgram program = with_a_short_thread();
  TestEngine starter{h.hub, "starter"};
};

TEST_F(ThreadEvents, ThreadsThatBeginAndEndAreStopsOnlyForWhoAsked) {
  start(program);
  hold_at_clone();
  PacketClient a(h, admission()), b(h, admission());
  a.ask("?");
  b.ask("?");
  starter.disconnect();
  EXPECT_EQ(a.ask("QThreadEvents:2"), "E01");
  EXPECT_EQ(a.ask("QThreadEvents:1"), "OK");
  b.say_packet("vCont;c");
  const std::string created = a.ask("vCont;c");
  ASSERT_EQ(h.hub.threads(pid).size(), 2u);
  const Tid born = h.hub.threads(pid)[1];
  EXPECT_TRUE(created.starts_with("T05create:;")) << created;
  EXPECT_NE(created.find("thread:" + thread_text(born) + ";"), std::string::npos) << created;
  EXPECT_EQ(h.pc_of(born), h.pc_of(leader)) << "it has not run";
  EXPECT_EQ(a.ask("vCont;c"), "w03;" + thread_text(born));
  EXPECT_FALSE(runs(leader)) << "all-stop";
  a.say_packet("vCont;c");
  EXPECT_TRUE(runs(leader));
  EXPECT_FALSE(a.has_answer());
  EXPECT_FALSE(b.has_answer());
}

TEST_F(ThreadEvents, InNonStopModeTheyAreNotifications) {
  start(program);
  hold_at_clone();
  PacketClient a(h, admission());
  EXPECT_EQ(a.ask("QNonStop:1"), "OK");
  EXPECT_EQ(a.ask("QThreadEvents:1"), "OK");
  a.ask("?");
  starter.disconnect();
  const std::string created = a.answer();
  const Tid born = h.hub.threads(pid).back();
  EXPECT_TRUE(created.starts_with("Stop:T05create:;")) << created;
  EXPECT_TRUE(runs(leader)) << "only the new thread is stopped";
  EXPECT_EQ(a.ask("vStopped"), "OK");
  EXPECT_EQ(a.ask("vCont;c:" + thread_text(born)), "OK");
  EXPECT_EQ(a.answer(), "Stop:w03;" + thread_text(born));
  EXPECT_EQ(a.ask("vStopped"), "OK");
}

TEST_F(ThreadEvents, TheLastThreadEndsAsItsProcess) {
  FakeProgram one = beyond_entry();
  one.exit(5);
  listen(one);
  PacketClient a(h, admission());
  a.ask("?");
  EXPECT_EQ(a.ask("QThreadEvents:1"), "OK");
  EXPECT_TRUE(a.ask("vCont;c").starts_with("W05"));
}

}  // namespace
}  // namespace gdbhub::test
