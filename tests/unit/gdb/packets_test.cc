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

}  // namespace
}  // namespace gdbhub::test
