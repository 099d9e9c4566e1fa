#include "tests/support/virtual_loop.h"

#include <gtest/gtest.h>

#include <string>

namespace gdbhub::test {
namespace {

using namespace std::chrono_literals;

TEST(VirtualLoop, RunsPostedWorkInOrderAndNeverInsideTheCall) {
  VirtualLoop loop;
  std::string order;
  loop.post([&] {
    order += 'a';
    loop.post([&] { order += 'c'; });
  });
  loop.post([&] { order += 'b'; });
  EXPECT_EQ(order, "");
  EXPECT_EQ(loop.run(), 3u);
  EXPECT_EQ(order, "abc");
}

TEST(VirtualLoop, TimersFireAtTheirOwnTimeAndInOrder) {
  VirtualLoop loop;
  const TimePoint start = loop.now();
  std::string order;
  loop.after(20ms, [&] { order += loop.now() == start + 20ms ? 'b' : '?'; });
  loop.after(10ms, [&] {
    order += loop.now() == start + 10ms ? 'a' : '?';
    loop.after(5ms, [&] { order += 'x'; });
  });
  loop.after(20ms, [&] { order += 'c'; });
  loop.run();
  EXPECT_EQ(order, "");
  loop.advance(20ms);
  EXPECT_EQ(order, "axbc");
  EXPECT_EQ(loop.now(), start + 20ms);
}

TEST(VirtualLoop, ACancelledTimerNeverFiresAndCancellingTwiceIsHarmless) {
  VirtualLoop loop;
  bool fired = false;
  const auto timer = loop.after(1ms, [&] { fired = true; });
  loop.cancel(timer);
  loop.cancel(timer);
  loop.advance(1s);
  EXPECT_FALSE(fired);
  EXPECT_EQ(loop.pending_timers(), 0u);
}

}  // namespace
}  // namespace gdbhub::test
