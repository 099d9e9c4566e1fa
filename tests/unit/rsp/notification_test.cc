#include "rsp/notification.h"

#include <gtest/gtest.h>

namespace gdbhub::rsp {
namespace {

constexpr Pid kPid{1};

TEST(NotificationQueue, AnnouncesOneAndHandsOutTheRestOnRequest) {
  NotificationQueue queue;
  EXPECT_EQ(queue.to_announce(), std::nullopt);
  queue.push("a", kPid, Tid{1});
  queue.push("b", kPid, Tid{2});
  EXPECT_EQ(queue.to_announce(), "a");
  EXPECT_EQ(queue.to_announce(), std::nullopt) << "one at a time";
  queue.push("c", kPid, Tid{3});
  EXPECT_EQ(queue.to_announce(), std::nullopt);
  EXPECT_EQ(queue.acknowledge(), "b");
  EXPECT_EQ(queue.acknowledge(), "c");
  EXPECT_TRUE(queue.in_flight());
  EXPECT_EQ(queue.acknowledge(), "OK");
  EXPECT_FALSE(queue.in_flight());
  queue.push("d", kPid, Tid{1});
  EXPECT_EQ(queue.to_announce(), "d");
}

TEST(NotificationQueue, AnAcknowledgementOfNothingIsOk) {
  NotificationQueue queue;
  EXPECT_EQ(queue.acknowledge(), "OK");
}

TEST(NotificationQueue, DropsWhatAThreadOrProcessLeftBehind) {
  NotificationQueue queue;
  queue.push("a", Pid{1}, Tid{1});
  queue.push("b", Pid{1}, Tid{2});
  queue.push("c", Pid{2}, Tid{3});
  queue.push("d", Pid{1}, Tid{2});
  EXPECT_EQ(queue.drop(Pid{1}, Tid{2}), 2u);
  EXPECT_EQ(queue.drop(Pid{1}), 1u);
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_EQ(queue.to_announce(), "c");
}

TEST(NotificationQueue, WhatIsInFlightStillGetsItsAcknowledgement) {
  NotificationQueue queue;
  queue.push("a", kPid, Tid{1});
  EXPECT_EQ(queue.to_announce(), "a");
  EXPECT_EQ(queue.drop(kPid), 0u);
  queue.push("b", Pid{2}, Tid{2});
  EXPECT_EQ(queue.to_announce(), std::nullopt);
  EXPECT_EQ(queue.acknowledge(), "b");
}

TEST(NotificationQueue, StartsOverAfterClear) {
  NotificationQueue queue;
  queue.push("a", kPid, Tid{1});
  queue.to_announce();
  queue.push("b", kPid, Tid{2});
  queue.clear();
  EXPECT_EQ(queue.to_announce(), std::nullopt);
  queue.push("c", kPid, Tid{1});
  EXPECT_EQ(queue.to_announce(), "c");
}

}  // namespace
TEST(NotificationQueue, AStopIsUnseenUntilTheClientAsksForTheNext) {
  rsp::NotificationQueue queue;
  queue.push("T05", Pid{1}, Tid{2});
  EXPECT_TRUE(queue.is_unseen(Pid{1}, Tid{2}));
  EXPECT_EQ(queue.to_announce(), "T05");
  EXPECT_TRUE(queue.is_unseen(Pid{1}, Tid{2}));
  EXPECT_FALSE(queue.is_unseen(Pid{1}, Tid{3}));
  EXPECT_EQ(queue.acknowledge(), "OK");
  EXPECT_FALSE(queue.is_unseen(Pid{1}, Tid{2}));
}

}  // namespace gdbhub::rsp
