#include "arch/poll_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace gdbhub::arch {
namespace {

TEST(PollSet, AsksEachExpectedThreadOnceARound) {
  PollSet set;
  for (int i = 1; i <= 3; ++i) set.expect(Tid{i});
  set.expect(Tid{2});
  set.settle(Tid{9});
  for (int round = 0; round < 2; ++round) {
    std::multiset<Tid> asked;
    while (auto tid = set.next()) asked.insert(*tid);
    EXPECT_EQ(asked, (std::multiset<Tid>{Tid{1}, Tid{2}, Tid{3}}));
    set.restart();
  }
  EXPECT_EQ(set.size(), 4U);
}

TEST(PollSet, SkipsNobodyWhileThreadsComeAndGo) {
  std::mt19937 random(1);
  for (int run = 0; run < 200; ++run) {
    PollSet set;
    std::set<Tid> expected, asked;
    for (int step = 0; step < 200; ++step) {
      const Tid tid{static_cast<int>(random() % 12) + 1};
      switch (random() % 4) {
        case 0:
          set.expect(tid);
          expected.insert(tid);
          break;
        case 1:
          random() % 2 == 0 ? set.settle(tid) : set.forget(tid);
          expected.erase(tid);
          asked.erase(tid);  // may be expected and asked again in this round
          break;
        default:
          if (const auto next = set.next()) {
            ASSERT_TRUE(expected.contains(*next));
            ASSERT_TRUE(asked.insert(*next).second) << "asked twice";
          } else {
            ASSERT_EQ(asked, expected);
            set.restart();
            asked.clear();
          }
      }
    }
  }
}

}  // namespace
}  // namespace gdbhub::arch
