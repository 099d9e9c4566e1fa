// What a client of the API is sent that reads slowly.
#include "engines/dash/client.h"

#include <gtest/gtest.h>

#include "tests/unit/log/api_client.h"
#include "tests/unit/log/stub_hub.h"

namespace gdbhub::dash {
namespace {

using namespace std::chrono_literals;

class ClientTest : public ::testing::Test {
 protected:
  ClientTest() {
    hub_.processes_ = {{.pid = Pid{10}, .owner = {}, .launched = true, .unclaimed = false}};
    hub_.threads_ = {Tid{10}};
    client_.request(R"({"jsonrpc":"2.0","id":1,"method":"follow"})");
    (void)methods();
  }
  void happens() {
    hub_.journal_.write({}, {}, {}, "signal", "x");
    hub_.loop_.advance(200ms);
  }
  /// Of what was sent since the last call; of answers "".
  std::vector<std::string> methods() {
    std::vector<std::string> names;
    for (const json& message : client_.take()) names.push_back(message.value("method", ""));
    return names;
  }

  test::StubHub hub_;
  test::NoSymbols symbols_;
  test::ApiClient client_{hub_, symbols_, Role::Observer};
};

TEST_F(ClientTest, WhoReadsGetsEachUpdate) {
  happens();
  happens();
  EXPECT_EQ(methods(), (std::vector<std::string>{"delta", "delta"}));
}

TEST_F(ClientTest, A23_WhoDoesNotReadGetsNothingAndASnapshotWhenItReadsAgain) {
  client_.unsent = Client::kBehind;
  for (int i = 0; i < 1000; ++i) happens();
  EXPECT_TRUE(methods().empty());
  client_.unsent = Client::kCaughtUp + 1;  // not yet: it would be behind again at once
  happens();
  EXPECT_TRUE(methods().empty());
  client_.unsent = 0;
  hub_.loop_.advance(1s);
  EXPECT_EQ(methods(), std::vector<std::string>{"snapshot"});
  happens();
  EXPECT_EQ(methods(), std::vector<std::string>{"delta"});
}

TEST_F(ClientTest, AnswersAreSentEvenToWhoIsBehind) {
  client_.unsent = Client::kBehind;
  happens();
  client_.request(R"({"jsonrpc":"2.0","id":2,"method":"hello"})");
  EXPECT_EQ(methods(), std::vector<std::string>{""});
}

}  // namespace
}  // namespace gdbhub::dash
