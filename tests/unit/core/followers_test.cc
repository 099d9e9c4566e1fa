// Engines that are attached to every process (Hub::follow_all), and holds that are let go on request.
#include "tests/unit/core/core_test.h"

namespace gdbhub::test {
namespace {

/// Follows everything, stops nothing.
class Follower : public TestEngine {
 public:
  explicit Follower(Hub& hub, EventSet events = {.signals = true}, Role role = Role::Controller)
      : TestEngine(hub, "follower", role) {
    answer = [](const Event&) { return Verdict::keep(); };
    hub.follow_all(id(), events);
  }
  void process_joined(Pid pid) override {
    joined.push_back(pid);
    attached_when_joined &= hub_.attached(id(), pid);
  }
  bool release_requested(Pid, Tid tid, EngineId by) override {
    released_by.push_back(by);
    go(tid);
    return true;
  }
  void holds_alone(Pid, Tid tid) override { alone.push_back(tid); }

  std::vector<Pid> joined;
  std::vector<EngineId> released_by;
  std::vector<Tid> alone;
  bool attached_when_joined = true;
};

class Followers : public CoreTest {
 protected:
  /// The leader forks; parent and child then exit with 0, the child first.
  static FakeProgram forking() {
    FakeProgram p;
    p.call_kernel(SYS_fork);
    p.exit_group(0);
    return p;
  }
};

TEST_F(Followers, AreAttachedToProcessesThatAreThereAndToThoseThatCome) {
  start(counting());
  const Pid first = pid;
  TestEngine a(h.hub, "a");
  a.attach(first);
  Follower follower(h.hub);
  EXPECT_EQ(follower.joined, std::vector{first});
  const Pid second = start(counting());
  a.attach(second);
  EXPECT_EQ(follower.joined, (std::vector{first, second}));
  EXPECT_TRUE(follower.attached_when_joined);
}

TEST_F(Followers, FollowChildrenThatNobodyElseFollowsAndHoldNone) {
  start(forking());
  TestEngine a(h.hub, "a");
  Follower follower(h.hub);
  a.attach(pid, {});
  ASSERT_TRUE(h.until([&] { return follower.ended.size() == 2; }));
  EXPECT_EQ(follower.joined.size(), 2u);
  EXPECT_EQ(follower.ended[0].second, WaitStatus::exited(0));
  EXPECT_EQ(follower.ended[1].second, WaitStatus::exited(0));
}

TEST_F(Followers, A6_KeepAProcessTracedWhenAllOthersHaveLeftAndOwnNone) {
  start(signalling());
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  Follower follower(h.hub);
  a.attach(pid);
  a.answer = b.answer = [](const Event&) { return Verdict::keep(); };
  a.detach(pid);
  wait_reports(follower, 3);
  ASSERT_EQ(h.hub.processes().size(), 1u);
  EXPECT_EQ(h.hub.processes()[0].owner, EngineId{});
  b.attach(pid);
  EXPECT_EQ(h.hub.processes()[0].owner, b.id());
  EXPECT_TRUE(h.hub.kill(b.id(), pid, false));  // A28: a follower is nobody who has to be asked
  EXPECT_TRUE(h.until([&] { return !h.hub.has_tracees(); }));
}

TEST_F(Followers, A6_LeaveWithTheirDisconnectAndTheProcessGoes) {
  start(counting());
  TestEngine a(h.hub, "a");
  Follower follower(h.hub);
  a.attach(pid);
  a.detach(pid);
  idle();
  EXPECT_TRUE(h.hub.has_tracees());
  follower.disconnect();
  idle();
  EXPECT_FALSE(h.hub.has_tracees());
  EXPECT_TRUE(runs(leader));
}

TEST_F(Followers, A51_DoNotReleaseWhatWaitsForItsFirstClient) {
  start(counting());
  Follower follower(h.hub);
  {
    TestEngine starter(h.hub, "starter");
    starter.attach(pid);
    h.hub.hold_for_first_client(pid);
  }
  idle();
  follower.hold(leader);
  ASSERT_TRUE(h.until([&] { return follower.held(leader); }));
  follower.go(leader);
  EXPECT_FALSE(runs(leader));
  TestEngine a(h.hub, "a");
  a.attach(pid);
  a.go(leader);
  EXPECT_TRUE(runs(leader));
}

TEST_F(Followers, AHolderHearsWhenTheOthersHaveLetGo) {
  start(counting());
  TestEngine a(h.hub, "a"), b(h.hub, "b");
  Follower follower(h.hub);
  a.attach(pid);
  b.attach(pid);
  follower.hold(leader);
  ASSERT_TRUE(h.until([&] { return follower.held(leader); }));
  EXPECT_TRUE(follower.alone.empty());  // it always was
  stop(a, leader);
  stop(b, leader);
  a.go(leader);
  EXPECT_TRUE(follower.alone.empty());
  b.detach(pid);
  idle();
  EXPECT_EQ(follower.alone, std::vector{leader});
}

TEST_F(Followers, AHoldIsLetGoByRequestOfSomebodyElse) {
  start(counting());
  TestEngine a(h.hub, "a");
  Follower follower(h.hub);
  a.attach(pid);
  EXPECT_EQ(h.hub.request_release(a.id(), pid), 0u);  // nobody holds
  follower.hold(leader);
  ASSERT_TRUE(h.until([&] { return follower.held(leader); }));
  EXPECT_EQ(h.hub.request_release(a.id(), pid), 1u);
  EXPECT_EQ(follower.released_by, std::vector{a.id()});
  EXPECT_TRUE(runs(leader));
  stop(a, leader);
  EXPECT_EQ(h.hub.request_release(follower.id(), pid), 0u);  // a debugger's hold is its user's
  EXPECT_FALSE(runs(leader));
}

TEST_F(Followers, AHolderThatIsAskedLetsGoOrItsPeopleAreTold) {
  class Person : public TestEngine {
   public:
    using TestEngine::TestEngine;
    void told(std::string_view text) override { heard = text; }
    std::string heard;
  };
  start(counting());
  Person a(h.hub, "a");
  Follower follower(h.hub);
  a.attach(pid);
  EXPECT_EQ(h.hub.request_release(a.id(), follower.id(), leader).error().code, ErrorCode::NotFound);  // it does not hold
  follower.hold(leader);
  ASSERT_TRUE(h.until([&] { return follower.held(leader); }));
  EXPECT_TRUE(h.hub.request_release(a.id(), follower.id(), leader).value());
  EXPECT_TRUE(runs(leader));
  stop(a, leader);
  EXPECT_FALSE(h.hub.request_release(follower.id(), a.id(), leader).value());
  EXPECT_NE(a.heard.find("please let thread"), std::string::npos) << a.heard;
  EXPECT_FALSE(runs(leader));
}

}  // namespace
}  // namespace gdbhub::test
