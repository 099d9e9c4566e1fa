#include "rsp/framing.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "rsp/hex.h"

namespace gdbhub::rsp {
namespace {

/// Frames as text, so that they compare and print well.
struct Describe {
  std::string operator()(const Packet& packet) const { return "packet:" + packet.payload; }
  std::string operator()(const BadChecksum& packet) const { return "bad:" + packet.payload; }
  std::string operator()(Ack) const { return "+"; }
  std::string operator()(Nack) const { return "-"; }
  std::string operator()(Interrupt) const { return "^C"; }
  std::string operator()(TooLong) const { return "too long"; }
};
using Seen = std::vector<std::string>;

void drain(Framer& framer, Seen& seen) {
  while (const auto frame = framer.next()) seen.push_back(std::visit(Describe{}, *frame));
}

Seen frames(std::string_view bytes, std::size_t limit = Framer::kDefaultLimit) {
  Framer framer(limit);
  framer.push(bytes);
  Seen seen;
  drain(framer, seen);
  return seen;
}

std::string framed(std::string_view payload) {
  std::string text;
  append_frame(text, '$', payload);
  return text;
}

TEST(Framer, TellsTheKindsOfFrames) {
  EXPECT_EQ(frames("+$OK#9a-\x03$#00"), (Seen{"+", "packet:OK", "-", "^C", "packet:"}));
}

TEST(Framer, AcceptsUpperCaseChecksums) {
  EXPECT_EQ(frames("$OK#9A"), Seen{"packet:OK"});
}

TEST(Framer, AWrongChecksumIsReportedWithThePayload) {
  EXPECT_EQ(frames("$OK#9b$OK#zz+"), (Seen{"bad:OK", "bad:OK", "+"}));
}

TEST(Framer, NoiseBetweenPacketsIsIgnored) {
  EXPECT_EQ(frames("noise#00\r\n$OK#9a\r\n"), Seen{"packet:OK"});
}

TEST(Framer, AnInterruptCountsOnlyOutsideAPacket) {
  const std::string data = framed("X1,1:\x03+-");
  EXPECT_EQ(frames(data), Seen{"packet:X1,1:\x03+-"});
}

TEST(Framer, ADollarInsideAPacketOrItsChecksumBeginsANewOne) {
  EXPECT_EQ(frames("$lost$$OK#9a"), Seen{"packet:OK"});
  EXPECT_EQ(frames("$lost#$OK#9a"), Seen{"packet:OK"});
  EXPECT_EQ(frames("$lost#0$OK#9a"), Seen{"packet:OK"});
}

TEST(Framer, LeavesThePayloadEscaped) {
  EXPECT_EQ(frames(framed("}\x03}]")), Seen{"packet:}\x03}]"});
}

TEST(Framer, APacketOfExactlyTheLimitPasses) {
  EXPECT_EQ(frames(framed("12345678"), 8), Seen{"packet:12345678"});
}

TEST(Framer, APacketAboveTheLimitIsDroppedToItsEndAndReported) {
  EXPECT_EQ(frames(framed("123456789") + framed("OK"), 8), (Seen{"too long", "packet:OK"}));
  EXPECT_EQ(frames("$123456789$OK#9a", 8), Seen{"packet:OK"});
}

TEST(Framer, AnEndlessPacketIsReportedOnceWhenItEnds) {
  Framer framer(1000);
  Seen seen;
  framer.push("$");
  for (int i = 0; i < 1000; ++i) {
    framer.push(std::string(1000, 'x'));
    drain(framer, seen);
  }
  EXPECT_EQ(seen, Seen{});
  framer.push("#00");
  drain(framer, seen);
  EXPECT_EQ(seen, Seen{"too long"});
}

TEST(Framer, SplitAnywhereTheFramesAreTheSame) {
  std::string stream = "+";
  for (const char* payload : {"qSupported:a+;b", "X0,2:}\x03y"}) stream += framed(payload) + "x\x03$lost";
  stream += framed("g") + "$123456789012345678901234567890#00$OK#00-";
  const Seen whole = frames(stream, 20);
  ASSERT_EQ(whole.size(), 9u);
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    Framer framer(20);
    Seen seen;
    framer.push(std::string_view(stream).substr(0, cut));
    drain(framer, seen);
    framer.push(std::string_view(stream).substr(cut));
    drain(framer, seen);
    EXPECT_EQ(seen, whole) << "cut at " << cut;
  }
  Framer framer(20);
  Seen seen;
  for (const char c : stream) {
    framer.push({&c, 1});
    drain(framer, seen);
  }
  EXPECT_EQ(seen, whole);
}

TEST(Framer, PortionsMayBePushedAheadOfNext) {
  Framer framer;
  framer.push("$O");
  framer.push("K#9a+");
  Seen seen;
  ASSERT_TRUE(framer.next());
  framer.push("-");
  drain(framer, seen);
  EXPECT_EQ(seen, (Seen{"+", "-"}));
}

TEST(Frame, CarriesTheSumOfTheEscapedBytes) {
  EXPECT_EQ(framed("OK"), "$OK#9a");
  EXPECT_EQ(checksum(std::string(256, '\xff')), 0);
  std::string text;
  append_frame(text, '%', "Stop:T05");
  EXPECT_EQ(text, "%Stop:T05#99");
}

RC_GTEST_PROP(FramerProperty, AnyBinaryDataArrivesInAnyPortions, (const std::vector<Bytes>& packets)) {
  Seen sent;
  std::string stream;
  for (const Bytes& packet : packets) {
    std::string payload;
    append_escaped(payload, packet);
    sent.push_back("packet:" + payload);
    append_frame(stream, '$', payload);
  }
  Framer framer;
  Seen seen;
  for (std::string_view rest = stream; !rest.empty();) {
    const auto portion = *rc::gen::inRange<std::size_t>(1, rest.size() + 1);
    framer.push(rest.substr(0, portion));
    drain(framer, seen);
    rest.remove_prefix(portion);
  }
  RC_ASSERT(seen == sent);
}

}  // namespace
}  // namespace gdbhub::rsp
