#include "rsp/link.h"

#include <gtest/gtest.h>

namespace gdbhub::rsp {
namespace {

/// The payload of the next packet; fails the test when something else comes.
std::string next_packet(Link& link) {
  auto incoming = link.next();
  if (!incoming || !std::holds_alternative<Packet>(*incoming)) {
    ADD_FAILURE() << "no packet";
    return {};
  }
  return std::get<Packet>(*incoming).payload;
}

TEST(Link, AcknowledgesPackets) {
  Link link;
  link.receive("$g#67");
  EXPECT_EQ(next_packet(link), "g");
  EXPECT_EQ(link.take_output(), "+");
  EXPECT_EQ(link.take_output(), "");
}

TEST(Link, AsksAgainAfterABadChecksum) {
  Link link;
  link.receive("$g#00");
  EXPECT_FALSE(link.next());
  EXPECT_EQ(link.take_output(), "-");
}

TEST(Link, FramesRepliesAndNotifications) {
  Link link;
  link.send("OK");
  link.notify("Stop:T05");
  EXPECT_EQ(link.take_output(), "$OK#9a%Stop:T05#99");
}

TEST(Link, ResendsTheLastReplyButNoNotification) {
  Link link;
  link.send("OK");
  link.notify("Stop:T05");
  link.take_output();
  link.receive("-");
  EXPECT_FALSE(link.next());
  EXPECT_EQ(link.take_output(), "$OK#9a");
}

TEST(Link, AnAcknowledgedReplyIsNotResent) {
  Link link;
  link.send("OK");
  link.take_output();
  link.receive("+-");
  EXPECT_FALSE(link.next());
  EXPECT_EQ(link.take_output(), "");
}

TEST(Link, IsBrokenAfterEightResendsInARow) {
  Link link;
  link.send("OK");
  link.take_output();
  link.receive("--------");
  EXPECT_FALSE(link.next());
  EXPECT_FALSE(link.broken());
  EXPECT_EQ(link.take_output().size(), 8 * std::string_view("$OK#9a").size());
  link.receive("-----");
  EXPECT_FALSE(link.next());
  EXPECT_TRUE(link.broken());
  EXPECT_EQ(link.take_output(), "");
}

TEST(Link, AnAckEndsTheRow) {
  Link link;
  for (int i = 0; i < 3; ++i) {
    link.send("OK");
    link.receive("-----+");
    EXPECT_FALSE(link.next());
  }
  EXPECT_FALSE(link.broken());
}

TEST(Link, NoAckModeBeginsAfterItsOwnPacketIsAcknowledged) {
  Link link;
  // The client may send on before it has seen our OK.
  link.receive("+$QStartNoAckMode#b0$g#67");
  EXPECT_EQ(next_packet(link), "QStartNoAckMode");
  link.send("OK");
  link.set_no_ack();
  EXPECT_EQ(link.take_output(), "+$OK#9a");
  EXPECT_EQ(next_packet(link), "g");
  EXPECT_EQ(link.take_output(), "");
}

TEST(Link, NoAckModeMayBeSetBeforeTheOkIsSent) {
  Link link;
  link.receive("$QStartNoAckMode#b0");
  EXPECT_EQ(next_packet(link), "QStartNoAckMode");
  link.set_no_ack();
  link.send("OK");
  EXPECT_EQ(link.take_output(), "+$OK#9a");
  link.receive("+-");
  EXPECT_FALSE(link.next());
  EXPECT_EQ(link.take_output(), "");
}

TEST(Link, NoAckModeTrustsTheTransportRatherThanTheChecksum) {
  Link link;
  link.set_no_ack();
  link.receive("$g#00");
  EXPECT_EQ(next_packet(link), "g");
  EXPECT_EQ(link.take_output(), "");
}

TEST(Link, HandsInterruptsUpInOrder) {
  Link link;
  link.receive("$c#63\x03");
  EXPECT_EQ(next_packet(link), "c");
  const auto incoming = link.next();
  ASSERT_TRUE(incoming);
  EXPECT_TRUE(std::holds_alternative<Interrupt>(*incoming));
  EXPECT_EQ(link.take_output(), "+");
}

TEST(Link, AcknowledgesAPacketThatIsTooLong) {
  Link link(4);
  link.receive("$12345#00");
  const auto incoming = link.next();
  ASSERT_TRUE(incoming);
  EXPECT_TRUE(std::holds_alternative<TooLong>(*incoming));
  EXPECT_EQ(link.take_output(), "+");
}

}  // namespace
}  // namespace gdbhub::rsp
