// Clients of the API that come back (A39).
#include <gtest/gtest.h>

#include <memory>

#include "tests/unit/core/core_test.h"
#include "tests/unit/log/api_client.h"

namespace gdbhub::test {
namespace {

using dash::json;
using namespace std::chrono_literals;

class LingeringApi : public CoreTest {
 protected:
  LingeringApi() {
    start(program);
    keeper.attach(pid, {});
  }
  std::unique_ptr<ApiClient> client() { return std::make_unique<ApiClient>(h.hub, symbols_, Role::Controller); }
  static json ask(ApiClient& client, const std::string& method, json params) {
    client.request(json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(params)}}.dump());
    json answer;
    for (json& message : client.take())
      if (!message.contains("method")) answer = std::move(message);
    return answer;
  }
  static int engine_of(const json& answer) { return answer.value("/result/engine"_json_pointer, 0); }
  static int error_of(const json& answer) { return answer.value("/error/code"_json_pointer, 0); }

  const FakeProgram program = counting();
  NoSymbols symbols_;
  TestEngine keeper{h.hub, "keeper"};
};

TEST_F(LingeringApi, A39_WhoTakesOverANameGoesOnWithItsHoldsAndBreakpoints) {
  auto a = client();
  EXPECT_NE(engine_of(ask(*a, "linger", {{"name", "night watch"}, {"seconds", 60}})), 0);
  const int id = engine_of(ask(*a, "interrupt", {{"pid", pid.value}}));
  char at[32];
  std::snprintf(at, sizeof at, "*%#llx", static_cast<unsigned long long>(program.symbol("nop").value));
  EXPECT_EQ(error_of(ask(*a, "insert_breakpoint", {{"pid", pid.value}, {"at", at}})), 0);
  idle();
  EXPECT_FALSE(runs(leader));
  a.reset();
  EXPECT_FALSE(runs(leader)) << "held, though the client is away";

  auto b = client();
  EXPECT_NE(error_of(ask(*b, "take_over", {{"name", "day watch"}})), 0);
  EXPECT_EQ(engine_of(ask(*b, "take_over", {{"name", "night watch"}})), id);
  EXPECT_EQ(engine_of(ask(*b, "continue", {{"pid", pid.value}})), id);
  ASSERT_TRUE(h.until([&] { return h.hub.holds().size() == 1; })) << "its breakpoint still stops it";
  EXPECT_EQ(h.hub.holds()[0].reason, HoldReason::Breakpoint);
  EXPECT_EQ(error_of(ask(*b, "remove_breakpoint", {{"pid", pid.value}, {"address", at + 1}})), 0);
  ask(*b, "continue", {{"pid", pid.value}});
  EXPECT_TRUE(runs(leader));
}

TEST_F(LingeringApi, A39_WhoIsNotBackInTimeIsGone) {
  auto a = client();
  ask(*a, "linger", {{"name", "x"}, {"seconds", 5}});
  ask(*a, "interrupt", {{"pid", pid.value}});
  idle();
  a.reset();
  EXPECT_FALSE(runs(leader));
  h.advance(6s);
  EXPECT_TRUE(runs(leader));
  auto b = client();
  EXPECT_NE(error_of(ask(*b, "take_over", {{"name", "x"}})), 0);
}

TEST_F(LingeringApi, A39_ANameComesFirst) {
  auto a = client();
  ask(*a, "interrupt", {{"pid", pid.value}});
  EXPECT_NE(error_of(ask(*a, "linger", {{"name", "x"}, {"seconds", 5}})), 0);
  EXPECT_NE(error_of(ask(*a, "take_over", {{"name", "x"}})), 0);
  EXPECT_NE(error_of(ask(*client(), "linger", {{"name", ""}, {"seconds", 5}})), 0);
  EXPECT_NE(error_of(ask(*client(), "linger", {{"name", "x"}, {"seconds", 1000000}})), 0);
}

}  // namespace
}  // namespace gdbhub::test
