// What followers of the state are sent.
#include "engines/dash/feed.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/log/stub_hub.h"

namespace gdbhub::dash {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

class FeedTest : public ::testing::Test {
 protected:
  FeedTest() {
    hub_.processes_ = {{.pid = Pid{10}, .owner = {}, .launched = true, .unclaimed = false}};
    hub_.threads_ = {Tid{10}, Tid{11}};
  }
  void follow() {
    id_ = feed_.follow([this](const MessagePtr& message) { deltas_.push_back(json::parse(message->text())); });
  }
  void hold(Tid tid) {
    hub_.holds_.push_back({EngineId{7}, Pid{10}, tid, HoldReason::Breakpoint, {}, false, true, false});
  }
  void pass(Duration time = 200ms) { hub_.loop_.advance(time); }
  json snapshot() { return json::parse(feed_.snapshot()->text()).at("params"); }

  test::StubHub hub_;
  Feed feed_{hub_};
  std::uint64_t id_ = 0;
  std::vector<json> deltas_;
};

TEST_F(FeedTest, ASnapshotHasEverything) {
  hold(Tid{11});
  follow();
  const json set = snapshot().at("set");
  EXPECT_EQ(set.at("processes").size(), 1u);
  EXPECT_EQ(set.at("threads").size(), 2u);
  EXPECT_EQ(set.at("threads").at("11").at("holds").at(0).at("reason"), "at a breakpoint");
  EXPECT_TRUE(set.at("threads").at("10").at("holds").empty());
}

TEST_F(FeedTest, ADeltaHasOnlyWhatHasChangedAndTheNextNumber) {
  follow();
  const auto number = snapshot().at("number").get<std::uint64_t>();
  hold(Tid{11});
  pass();
  ASSERT_EQ(deltas_.size(), 1u);
  const json& params = deltas_[0].at("params");
  EXPECT_EQ(params.at("number"), number + 1);
  EXPECT_EQ(params.at("set").at("threads").size(), 1u);
  EXPECT_TRUE(params.at("set").at("threads").contains("11"));
  EXPECT_FALSE(params.at("set").contains("processes"));
}

TEST_F(FeedTest, WhatIsGoneIsNamed) {
  follow();
  hub_.threads_ = {Tid{10}};
  pass();
  ASSERT_EQ(deltas_.size(), 1u);
  EXPECT_EQ(deltas_[0].at("params").at("gone").at("threads"), json::array({"11"}));
}

TEST_F(FeedTest, NothingIsSentWhileNothingChanges) {
  follow();
  pass(5s);
  EXPECT_TRUE(deltas_.empty());
}

TEST_F(FeedTest, EventsComeOnceAndInOrder) {
  follow();
  hub_.journal_.write({}, Pid{10}, Tid{10}, "signal", "first");
  hub_.journal_.write({}, Pid{10}, Tid{10}, "signal", "second");
  EXPECT_TRUE(snapshot().at("events").empty()) << "they belong to the next number";
  pass();
  ASSERT_EQ(deltas_.size(), 1u);
  const json& events = deltas_[0].at("params").at("events");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].at("text"), "first");
  EXPECT_EQ(events[1].at("number").get<int>(), events[0].at("number").get<int>() + 1);
  EXPECT_EQ(snapshot().at("events").size(), 2u);
}

TEST_F(FeedTest, TooManyEventsAreCounted) {
  follow();
  for (std::size_t i = 0; i < Feed::kMaxEvents + 5; ++i) hub_.journal_.write({}, {}, {}, "signal", "x");
  pass();
  ASSERT_EQ(deltas_.size(), 1u);
  EXPECT_EQ(deltas_[0].at("params").at("events").size(), Feed::kMaxEvents);
  EXPECT_EQ(deltas_[0].at("params").at("lost_events"), 5);
}

TEST_F(FeedTest, ManyFollowersOfManyEventsAreToldLessOften) {
  std::size_t told = 0;
  const auto rain_for_a_second = [&] {
    told = 0;
    for (int tick = 0; tick < 100; ++tick) {
      for (int i = 0; i < 100; ++i) hub_.journal_.write({}, {}, {}, "signal", std::string(50, 'x'));
      pass(10ms);
    }
    return told;
  };
  feed_.follow([&](const MessagePtr&) { ++told; });
  EXPECT_GE(rain_for_a_second(), 18u);
  for (int i = 1; i < 200; ++i) feed_.follow([](const MessagePtr&) {});
  EXPECT_GE(rain_for_a_second(), 1u);
  EXPECT_LE(told, 4u);
}

TEST_F(FeedTest, WhoComesBackGetsWhatItHasMissed) {
  follow();
  const auto number = feed_.number();
  hold(Tid{10});
  pass();
  hold(Tid{11});
  pass();
  const auto missed = feed_.since(number);
  ASSERT_TRUE(missed);
  EXPECT_EQ(missed->size(), 2u);
  EXPECT_TRUE(feed_.since(feed_.number())->empty());
  EXPECT_FALSE(feed_.since(feed_.number() + 1));
}

TEST_F(FeedTest, WithoutFollowersNothingIsLookedAtAndNumbersAreNotGoodAnyMore) {
  follow();
  const auto number = feed_.number();
  feed_.unfollow(id_);
  pass();
  hold(Tid{10});
  follow();
  EXPECT_FALSE(feed_.since(number));
  EXPECT_GT(feed_.number(), number);
}

}  // namespace
}  // namespace gdbhub::dash
