#include "engines/log/log_engine.h"

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "tests/unit/log/api_client.h"
#include "tests/unit/log/stub_hub.h"

namespace gdbhub::log {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr std::string_view kSubscribe =
    R"({"jsonrpc":"2.0","id":1,"method":"subscribe","params":{"events":true}})";

class LogEngineTest : public testing::Test {
 protected:
  std::vector<json> ask(std::string_view message, Role most = Role::Controller) {
    if (!client_) client_.emplace(hub_, symbols_, most);
    client_->request(message);
    return take();
  }
  /// What was sent since the last call.
  std::vector<json> take() { return client_->take(); }
  int error_of(std::string_view message) {
    const auto answers = ask(message);
    if (answers.size() != 1 || !answers[0].contains("error")) return 0;
    return answers[0]["error"].value("code", 0);
  }
  void happen(std::string text) {
    hub_.journal_.write(EngineId{2}, Pid{10}, Tid{11}, "signal", std::move(text));
  }

  test::StubHub hub_;
  test::NoSymbols symbols_;
  std::optional<test::ApiClient> client_;
};

TEST_F(LogEngineTest, A26_IsAnEngineFromItsFirstMethodToTheEndOfItsConnection) {
  ask(R"({"id":1,"method":"hello"})");
  EXPECT_TRUE(hub_.connected_.empty());
  ask(kSubscribe);
  ask(R"({"id":2,"method":"list_logpoints"})");
  ASSERT_EQ(hub_.connected_.size(), 1u);
  EXPECT_EQ(hub_.connected_[0].kind, "api");
  EXPECT_EQ(hub_.connected_[0].peer, "peer");
  EXPECT_EQ(hub_.connected_[0].role, Role::Controller);
  client_->disconnect();
  EXPECT_EQ(hub_.disconnected_, std::vector<EngineId>{EngineId{7}});
  happen("after the end");
  EXPECT_TRUE(take().empty());
}

TEST_F(LogEngineTest, A38_HelloSaysWhoItIsAndWhichRoleItWants) {
  const auto answers = ask(R"({"id":1,"method":"hello","params":{"name":"log#book","role":"observer"}})");
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0]["result"], json::parse(R"({"hub":"gdbhub","version":"1.2","role":"observer"})"));
  ask(kSubscribe);
  EXPECT_EQ(hub_.connected_[0].kind, "log?book");
  EXPECT_EQ(hub_.connected_[0].role, Role::Observer);
  EXPECT_EQ(error_of(R"({"id":1,"method":"wait","params":{"name":"x"}})"), -32003);
  EXPECT_NE(error_of(R"({"id":1,"method":"hello","params":{"name":"other"}})"), 0) << "decided with the first method";
}

TEST_F(LogEngineTest, A38_TheListenersRoleIsTheMostThatItGets) {
  const auto answers = ask(R"({"id":1,"method":"hello","params":{"role":"controller"}})", Role::Observer);
  EXPECT_EQ(answers[0]["result"]["role"], "observer");
  ask(kSubscribe);
  EXPECT_EQ(hub_.connected_[0].role, Role::Observer);
}

TEST_F(LogEngineTest, WrongParametersAreAnError) {
  EXPECT_EQ(error_of(R"({"id":1,"method":"hello","params":{"role":"king"}})"), -32000);
  EXPECT_EQ(error_of(R"({"id":1,"method":"hello","params":{"name":5}})"), -32602);
  EXPECT_EQ(error_of(R"({"id":1,"method":"hello","params":[1]})"), -32602);
  EXPECT_EQ(error_of(R"({"id":1,"method":"subscribe","params":{"kinds":[1]}})"), -32000);
}

TEST_F(LogEngineTest, ASubscriptionIsAnswered) {
  EXPECT_EQ(ask(kSubscribe), std::vector<json>{json::parse(R"({"jsonrpc":"2.0","id":1,"result":{"engine":7}})")});
}

TEST_F(LogEngineTest, ASubscriptionMayNameItsKinds) {
  ask(R"({"method":"subscribe","params":{"kinds":["exec","fork"]}})");
  happen("a signal");
  hub_.journal_.write({}, Pid{10}, Tid{10}, "exec", "/bin/true");
  const auto events = take();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]["params"]["kind"], "exec");
}

TEST_F(LogEngineTest, A40_EachEntryOfTheJournalIsAnEvent) {
  happen("too early");
  ask(kSubscribe);
  happen("Hangup");
  hub_.journal_.write({}, Pid{10}, Tid{10}, "exec", "/bin/true");
  const auto events = take();
  ASSERT_EQ(events.size(), 2u);
  json params = events[0]["params"];
  EXPECT_EQ(events[0]["method"], "event");
  EXPECT_NEAR(params["time"].get<double>(), static_cast<double>(::time(nullptr)), 60);
  params.erase("time");
  EXPECT_EQ(params,
            json::parse(R"({"n":1,"seq":2,"pid":10,"tid":11,"kind":"signal","by":"gdb#2","text":"Hangup"})"));
  EXPECT_EQ(events[1]["params"]["by"], "");
  EXPECT_EQ(events[1]["params"]["seq"], 3);
}

TEST_F(LogEngineTest, WithoutSubscriptionThereAreNoEvents) {
  ask(R"({"id":"x","method":"subscribe","params":{"events":false}})");
  happen("unheard");
  EXPECT_TRUE(take().empty());
}

TEST_F(LogEngineTest, ASecondSubscriptionChangesNothing) {
  ask(kSubscribe);
  EXPECT_EQ(ask(kSubscribe).size(), 1u);
  happen("once");
  EXPECT_EQ(take().size(), 1u);
}

TEST_F(LogEngineTest, FirstItIsToldWhatThereIs) {
  happen("before");
  hub_.processes_ = {{Pid{10}, EngineId{2}, true}};
  hub_.threads_ = {Tid{10}, Tid{11}};
  hub_.engines_ = {{EngineId{2}, {"gdb", "p", Role::Controller}, {Pid{10}}, {Pid{10}}, 1, 2, {}}};
  hub_.holds_ = {
      {EngineId{2}, Pid{10}, Tid{11}, HoldReason::Breakpoint, hub_.loop_.now(), false, true, false}};
  hub_.loop_.advance(std::chrono::seconds(3));
  const auto messages = ask(kSubscribe);
  std::vector<std::string> lines;
  for (std::size_t i = 1; i < messages.size(); ++i) {
    const json& params = messages[i]["params"];
    EXPECT_EQ(params["seq"], 1);
    lines.push_back(params["kind"].get<std::string>() + " " + params["pid"].dump() + " " +
                    params["tid"].dump() + " " + params["by"].get<std::string>() + ": " +
                    params["text"].get<std::string>());
  }
  EXPECT_EQ(lines, (std::vector<std::string>{"process 10 10 gdb#2: ", "thread 10 10 : ", "thread 10 11 : ",
                                             "engine 0 0 gdb#2: controller, 1 process, 1 hold, 2 breakpoints",
                                             "hold 10 11 gdb#2: at a breakpoint, since 3 s"}));
}

TEST_F(LogEngineTest, WhatIsNoUtf8IsMended) {
  ask(kSubscribe);
  happen("a\xff\x01");
  EXPECT_EQ(take()[0]["params"]["text"], "a\xef\xbf\xbd\x01");
}

// ---- requests ------------------------------------------------------------------------------------------

TEST_F(LogEngineTest, ANotificationGetsNoAnswer) {
  EXPECT_TRUE(ask(R"({"method":"x"})")
                  .empty());
  ask(R"({"method":"subscribe"})");
  happen("heard");
  EXPECT_EQ(take().size(), 1u);
}

// ---- a client that does not read -------------------------------------------------------------------------

TEST_F(LogEngineTest, A23_WhatIsNotReadIsDroppedCountedAndTold) {
  ask(kSubscribe);
  client_->unsent = EventSink::kMaxUnsent + 1;
  for (int i = 0; i < 5; ++i) happen("lost");
  EXPECT_TRUE(take().empty());
  client_->unsent = EventSink::kDrained + 1;
  happen("lost too: the queue is still long");
  EXPECT_TRUE(take().empty());
  client_->unsent = 0;
  happen("heard");
  const auto events = take();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0]["params"]["kind"], "gap");
  EXPECT_EQ(events[0]["params"]["dropped"], 6);
  EXPECT_EQ(events[0]["params"]["n"], 6) << "the last one's number";
  EXPECT_EQ(events[1]["params"]["text"], "heard");
  EXPECT_EQ(events[1]["params"]["n"], 7);
  EXPECT_EQ(hub_.loop_.pending_timers(), 0u);
}

TEST_F(LogEngineTest, A23_TheGapIsToldEvenIfNothingHappensAfterIt) {
  ask(kSubscribe);
  client_->unsent = EventSink::kMaxUnsent + 1;
  happen("lost");
  hub_.loop_.advance(milliseconds(1000));
  EXPECT_TRUE(take().empty());
  client_->unsent = 0;
  hub_.loop_.advance(milliseconds(1000));
  const auto events = take();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]["params"]["dropped"], 1);
  EXPECT_EQ(hub_.loop_.pending_timers(), 0u);
  happen("heard");
  EXPECT_EQ(take().size(), 1u);
}

TEST_F(LogEngineTest, A23_ItMayEndWhileEventsAreLost) {
  ask(kSubscribe);
  client_->unsent = EventSink::kMaxUnsent + 1;
  happen("lost");
  client_->disconnect();
  EXPECT_EQ(hub_.loop_.pending_timers(), 0u);
}

}  // namespace
}  // namespace gdbhub::log
