#include "engines/log/log_engine.h"

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "tests/unit/log/stub_hub.h"

namespace gdbhub::log {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr std::string_view kSubscribe =
    R"({"jsonrpc":"2.0","id":1,"method":"subscribe","params":{"events":true}})"
    "\n";

class LogEngineTest : public testing::Test {
 protected:
  /// What was sent since the last call.
  std::vector<json> take() {
    std::vector<json> messages;
    for (const std::string& line : std::exchange(sent_, {})) {
      EXPECT_TRUE(line.ends_with('\n'));
      EXPECT_EQ(line.find('\n'), line.size() - 1);
      messages.push_back(json::parse(line));
      EXPECT_EQ(messages.back().value("jsonrpc", ""), "2.0");
    }
    return messages;
  }
  std::vector<json> ask(std::string_view lines) {
    engine_->receive(lines);
    return take();
  }
  int error_of(std::string_view line) {
    const auto answers = ask(std::string(line) + "\n");
    if (answers.size() != 1 || !answers[0].contains("error")) return 0;
    return answers[0]["error"].value("code", 0);
  }
  void happen(std::string text) {
    hub_.journal_.write(EngineId{2}, Pid{10}, Tid{11}, "signal", std::move(text));
  }

  test::StubHub hub_;
  std::vector<std::string> sent_;
  std::size_t unsent_ = 0;
  std::unique_ptr<LogEngine> engine_ = std::make_unique<LogEngine>(
      hub_, "peer", "1.2",
      EventSink::Output{[this](std::string line) { sent_.push_back(std::move(line)); },
                        [this] { return unsent_; }});
};

TEST_F(LogEngineTest, ConnectsAsAnObserverAndLeavesWithItsConnection) {
  ASSERT_EQ(hub_.connected_.size(), 1u);
  EXPECT_EQ(hub_.connected_[0].kind, "log");
  EXPECT_EQ(hub_.connected_[0].peer, "peer");
  EXPECT_EQ(hub_.connected_[0].role, Role::Observer);
  ask(kSubscribe);
  engine_.reset();
  EXPECT_EQ(hub_.disconnected_, std::vector<EngineId>{EngineId{7}});
  happen("after the end");
  EXPECT_TRUE(sent_.empty());
}

TEST_F(LogEngineTest, ASubscriptionIsAnswered) {
  EXPECT_EQ(ask(kSubscribe),
            std::vector<json>{json::parse(
                R"({"jsonrpc":"2.0","id":1,"result":{"hub":"gdbhub","version":"1.2","engine":7}})")});
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
            json::parse(R"({"seq":2,"pid":10,"tid":11,"kind":"signal","by":"gdb#2","text":"Hangup"})"));
  EXPECT_EQ(events[1]["params"]["by"], "");
  EXPECT_EQ(events[1]["params"]["seq"], 3);
}

TEST_F(LogEngineTest, WithoutSubscriptionThereAreNoEvents) {
  ask(R"({"id":"x","method":"subscribe","params":{"events":false}})"
      "\n");
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

TEST_F(LogEngineTest, LinesMayComeInAnyPortions) {
  for (const char c : kSubscribe.substr(0, kSubscribe.size() - 1)) engine_->receive({&c, 1});
  EXPECT_TRUE(take().empty());
  EXPECT_EQ(ask("\r\n\n").size(), 1u) << "and an empty line is nothing";
  EXPECT_EQ(ask(std::string(kSubscribe) + std::string(kSubscribe)).size(), 2u);
}

TEST_F(LogEngineTest, WhatItDoesNotUnderstandIsAnError) {
  EXPECT_EQ(error_of("{"), -32700);
  EXPECT_EQ(error_of("\xff"), -32700);
  EXPECT_EQ(error_of("$qSupported#37"), -32700);
  EXPECT_EQ(error_of("[]"), -32600);
  EXPECT_EQ(error_of(std::string(60'000, '[') + std::string(60'000, ']')), -32600) << "too long";
  EXPECT_EQ(error_of(std::string(30'000, '[') + std::string(30'000, ']')), -32600) << "deep";
  EXPECT_EQ(error_of(R"({"id":1})"), -32600);
  EXPECT_EQ(error_of(R"({"id":{},"method":"subscribe"})"), -32600);
  EXPECT_EQ(error_of(R"({"id":1,"method":2})"), -32600);
  EXPECT_EQ(error_of(R"({"id":1,"method":"kill"})"), -32601);
}

TEST_F(LogEngineTest, AnErrorNamesTheRequestThatItIsFor) {
  EXPECT_EQ(ask(R"({"id":"seven","method":"x"})"
                "\n")[0]["id"],
            "seven");
  EXPECT_EQ(ask("{\n")[0]["id"], json());
}

TEST_F(LogEngineTest, ANotificationGetsNoAnswer) {
  EXPECT_TRUE(ask(R"({"method":"x"})"
                  "\n")
                  .empty());
  ask(R"({"method":"subscribe"})"
      "\n");
  happen("heard");
  EXPECT_EQ(take().size(), 1u);
}

TEST_F(LogEngineTest, ALineThatIsTooLongIsRefusedOnceAndTheNextOneIsHeard) {
  std::vector<json> answers;
  for (int i = 0; i < 10; ++i) {
    engine_->receive(std::string(LogEngine::kMaxLine / 2, 'x'));
    const auto more = take();
    answers.insert(answers.end(), more.begin(), more.end());
  }
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0]["error"]["code"], -32600);
  const auto next = ask("x\n" + std::string(kSubscribe));
  ASSERT_EQ(next.size(), 1u);
  EXPECT_TRUE(next[0].contains("result"));
}

// ---- a client that does not read -------------------------------------------------------------------------

TEST_F(LogEngineTest, A23_WhatIsNotReadIsDroppedCountedAndTold) {
  ask(kSubscribe);
  unsent_ = EventSink::kMaxUnsent + 1;
  for (int i = 0; i < 5; ++i) happen("lost");
  EXPECT_TRUE(take().empty());
  unsent_ = EventSink::kDrained + 1;
  happen("lost too: the queue is still long");
  EXPECT_TRUE(take().empty());
  unsent_ = 0;
  happen("heard");
  const auto events = take();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0]["params"]["kind"], "gap");
  EXPECT_EQ(events[0]["params"]["dropped"], 6);
  EXPECT_EQ(events[1]["params"]["text"], "heard");
  EXPECT_EQ(hub_.loop_.pending_timers(), 0u);
}

TEST_F(LogEngineTest, A23_TheGapIsToldEvenIfNothingHappensAfterIt) {
  ask(kSubscribe);
  unsent_ = EventSink::kMaxUnsent + 1;
  happen("lost");
  hub_.loop_.advance(milliseconds(1000));
  EXPECT_TRUE(take().empty());
  unsent_ = 0;
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
  unsent_ = EventSink::kMaxUnsent + 1;
  happen("lost");
  engine_.reset();
  EXPECT_EQ(hub_.loop_.pending_timers(), 0u);
}

}  // namespace
}  // namespace gdbhub::log
