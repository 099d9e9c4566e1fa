#include "rsp/thread_id.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gdbhub::rsp {
namespace {

using Scope = ThreadPattern::Scope;

TEST(ThreadPattern, ParsesEachForm) {
  const struct {
    const char* text;
    ThreadPattern expected;
  } cases[] = {
      {"p1f.20", {Scope::One, Scope::One, Pid{0x1f}, Tid{0x20}}},
      {"p1f", {Scope::One, Scope::All, Pid{0x1f}, Tid{}}},
      {"p1f.-1", {Scope::One, Scope::All, Pid{0x1f}, Tid{}}},
      {"p1f.0", {Scope::One, Scope::Any, Pid{0x1f}, Tid{}}},
      {"p0.0", {Scope::Any, Scope::Any, Pid{}, Tid{}}},
      {"p-1.-1", {Scope::All, Scope::All, Pid{}, Tid{}}},
      {"p-1", {Scope::All, Scope::All, Pid{}, Tid{}}},
      {"20", {Scope::All, Scope::One, Pid{}, Tid{0x20}}},
      {"-1", {Scope::All, Scope::All, Pid{}, Tid{}}},
      {"0", {Scope::All, Scope::Any, Pid{}, Tid{}}},
  };
  for (const auto& c : cases) EXPECT_EQ(ThreadPattern::parse(c.text), c.expected) << c.text;
}

TEST(ThreadPattern, RefusesWhatIsMalformedAndConsumesNothing) {
  for (const char* text : {"", "p", "p.", "p1.", "p1.x", "-2", "p-2", "p1.-2", "80000000", "p-1.5"}) {
    Reader reader(text);
    EXPECT_EQ(ThreadPattern::parse(reader), std::nullopt) << text;
    EXPECT_EQ(reader.rest(), text);
  }
  EXPECT_EQ(ThreadPattern::parse("1x"), std::nullopt);
}

TEST(ThreadPattern, StopsBehindThePattern) {
  Reader reader("p1.2;c");
  EXPECT_TRUE(ThreadPattern::parse(reader));
  EXPECT_EQ(reader.rest(), ";c");
}

TEST(ThreadPattern, MatchesByProcessAndThread) {
  const auto matches = [](const char* text, int pid, int tid) {
    return ThreadPattern::parse(text)->matches(Pid{pid}, Tid{tid});
  };
  EXPECT_TRUE(matches("p1.2", 1, 2));
  EXPECT_FALSE(matches("p1.2", 1, 3));
  EXPECT_FALSE(matches("p1.2", 2, 2));
  EXPECT_TRUE(matches("p1", 1, 7));
  EXPECT_FALSE(matches("p1", 2, 7));
  EXPECT_TRUE(matches("2", 9, 2));
  EXPECT_TRUE(matches("-1", 9, 2));
  EXPECT_TRUE(matches("0", 9, 2));
  EXPECT_TRUE(ThreadPattern::parse("p1.2")->may_match(Pid{1}));
  EXPECT_FALSE(ThreadPattern::parse("p1.2")->may_match(Pid{2}));
}

TEST(FormatThread, NamesTheProcessOnlyUnderMultiprocess) {
  EXPECT_EQ(format_thread(Pid{0x1f}, Tid{0x20}, true), "p1f.20");
  EXPECT_EQ(format_thread(Pid{0x1f}, Tid{0x20}, false), "20");
}

RC_GTEST_PROP(ThreadIdProperty, WhatIsFormattedMatchesItself, ()) {
  const Pid pid{*rc::gen::inRange(1, std::numeric_limits<int>::max())};
  const Tid tid{*rc::gen::inRange(1, std::numeric_limits<int>::max())};
  for (const bool multiprocess : {false, true}) {
    const auto pattern = ThreadPattern::parse(format_thread(pid, tid, multiprocess));
    RC_ASSERT(pattern && pattern->thread == Scope::One);
    RC_ASSERT(pattern->matches(pid, tid));
  }
}

}  // namespace
}  // namespace gdbhub::rsp
