#include "engines/dash/counters.h"

#include <gtest/gtest.h>

#include <numeric>

#include "engines/dash/metrics.h"
#include "tests/unit/log/stub_hub.h"

namespace gdbhub::dash {
namespace {

class CountersTest : public ::testing::Test {
 protected:
  void request(std::uint32_t engine) { hub_.traffic_.note(EngineId{engine}, true, "reads memory", "m0,1"); }
  void reply(std::uint32_t engine, bool late = false) { hub_.traffic_.note(EngineId{engine}, false, "reply", "00", late); }
  std::uint64_t answers() const {
    const auto counts = counters_.take();
    return std::accumulate(counts.answers.begin(), counts.answers.end(), std::uint64_t{0});
  }

  test::StubHub hub_;
  Counters counters_{hub_};
};

TEST_F(CountersTest, StopsAndSignalsAreAmongTheEvents) {
  hub_.journal_.write({}, {}, {}, "signal", "");
  hub_.journal_.write(EngineId{2}, {}, {}, "stopped", "");
  hub_.journal_.write({}, {}, {}, "thread-started", "");
  const Counts counts = counters_.take();
  EXPECT_EQ(counts.events, 3u);
  EXPECT_EQ(counts.stops, 1u);
  EXPECT_EQ(counts.signals, 1u);
}

TEST_F(CountersTest, AnAnswerBelongsToTheSameClientsRequest) {
  request(2);
  request(3);
  reply(3);
  EXPECT_EQ(answers(), 1u);
  reply(2);
  EXPECT_EQ(answers(), 2u);
  EXPECT_EQ(counters_.take().packets, 2u);
  EXPECT_GT(counters_.take().answering.count(), 0);
}

TEST_F(CountersTest, WhatWaitsForTheProgramSaysNothingOfTheHub) {
  request(2);
  reply(2, true);
  EXPECT_EQ(answers(), 0u);
  reply(2);
  EXPECT_EQ(answers(), 1u) << "a notification came in between";
  reply(2);
  EXPECT_EQ(answers(), 1u) << "of nobody's asking";
}

TEST_F(CountersTest, TheClassesOfAHistogramAddUp) {
  Counts counts;
  counts.answers.front() = 3;  // up to 10 us
  counts.answers.back() = 1;   // longer than all bounds
  counts.answering = std::chrono::seconds(4);
  const std::string page = metrics_page(hub_, counts, 0);
  EXPECT_NE(page.find("\ngdbhub_answer_seconds_bucket{le=\"1e-05\"} 3\n"), page.npos) << page;
  EXPECT_NE(page.find("\ngdbhub_answer_seconds_bucket{le=\"2.5\"} 3\n"), page.npos) << page;
  EXPECT_NE(page.find("\ngdbhub_answer_seconds_bucket{le=\"+Inf\"} 4\n"), page.npos) << page;
  EXPECT_NE(page.find("\ngdbhub_answer_seconds_sum 4\n"), page.npos) << page;
  EXPECT_NE(page.find("\ngdbhub_answer_seconds_count 4\n"), page.npos) << page;
}

}  // namespace
}  // namespace gdbhub::dash
