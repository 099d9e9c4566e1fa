#include "server/asio_loop.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>
#include <vector>

namespace gdbhub::net {
namespace {

using std::chrono::milliseconds;

TEST(AsioLoopTest, PostedWorkRunsInOrderAndNeverInsideTheCall) {
  AsioLoop loop;
  std::vector<int> order;
  loop.post([&] {
    loop.post([&] { order.push_back(3); });
    order.push_back(1);
  });
  loop.post([&] { order.push_back(2); });
  loop.post([&] { loop.post([&] { loop.stop(7); }); });
  EXPECT_TRUE(order.empty());
  EXPECT_EQ(loop.run(), 7);
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST(AsioLoopTest, TimersFireOnceInTheOrderOfTheirTimes) {
  AsioLoop loop;
  std::vector<int> order;
  const auto begin = loop.now();
  loop.after(milliseconds(20), [&] {
    order.push_back(2);
    loop.stop(0);
  });
  loop.after(milliseconds(1), [&] { order.push_back(1); });
  loop.run();
  EXPECT_EQ(order, (std::vector{1, 2}));
  EXPECT_GE(loop.now() - begin, milliseconds(20));
}

TEST(AsioLoopTest, ACancelledTimerNeverFiresEvenWhenItWasDue) {
  AsioLoop loop;
  EventLoop::TimerId due = 0;
  bool fired = false;
  loop.post([&] {
    due = loop.after(milliseconds(0), [&] { fired = true; });
    loop.after(milliseconds(5), [&] { loop.stop(0); });
    loop.cancel(due);
  });
  loop.run();
  loop.cancel(due);  // harmless
  EXPECT_FALSE(fired);
}

TEST(AsioLoopTest, IsCurrentOnlyOnItsOwnThreadOnceItRuns) {
  AsioLoop loop;
  EXPECT_TRUE(loop.is_current());
  bool inside = false, elsewhere = true;
  loop.post([&] {
    inside = loop.is_current();
    std::thread([&] { elsewhere = loop.is_current(); }).join();
    loop.stop(0);
  });
  loop.run();
  EXPECT_TRUE(inside);
  EXPECT_FALSE(elsewhere);
}

TEST(AsioLoopTest, AChildThatChangesIsNamedThenThePumpRuns) {
  AsioLoop loop;
  std::vector<int> named;
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  loop.on_child([&](Tid tid) { named.push_back(tid.value); },
                [&] {
                  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
                  loop.stop(0);
                });
  loop.run();
  EXPECT_EQ(named, (std::vector{child}));
}

TEST(AsioLoopTest, IdleWorkIsDoneBetweenHandlersAndLetsAllThatAreReadyHaveTheirTurn) {
  AsioLoop loop;
  std::vector<int> order;
  loop.on_idle([&] {
    order.push_back(0);
    if (order.size() == 4) loop.stop(0);
    return order.size() == 1;
  });
  loop.post([&] { order.push_back(1); });
  loop.post([&] { order.push_back(2); });
  loop.run();
  EXPECT_EQ(order, (std::vector{0, 1, 2, 0}));
}

TEST(AsioLoopTest, SigtermIsAnEventAndTheMaskIsGivenBack) {
  sigset_t mask;
  {
    AsioLoop loop;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    EXPECT_TRUE(sigismember(&mask, SIGTERM));
    int seen = 0;
    loop.on_terminate([&](int signal) {
      seen = signal;
      loop.stop(3);
      loop.stop(4);
    });
    ::kill(::getpid(), SIGTERM);
    EXPECT_EQ(loop.run(), 3);
    EXPECT_EQ(seen, SIGTERM);
  }
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_FALSE(sigismember(&mask, SIGTERM));
}

}  // namespace
}  // namespace gdbhub::net
