#include "server/api_session.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "server/api_service.h"
#include "tests/unit/log/api_client.h"
#include "tests/unit/log/stub_hub.h"

namespace gdbhub::net {
namespace {

using nlohmann::json;

constexpr std::string_view kHello = R"({"jsonrpc":"2.0","id":1,"method":"hello"})"
                                    "\n";
constexpr std::string_view kSubscribe = R"({"jsonrpc":"2.0","id":1,"method":"subscribe"})"
                                        "\n";

class KeptLines final : public Transport {
 public:
  void send(std::string bytes) override { sent += bytes; }
  std::size_t unsent() const override { return 0; }
  void close_after_flush() override { is_closed = true; }
  std::string peer() const override { return "peer"; }

  std::string sent;
  bool is_closed = false;
};

class ApiSessionTest : public testing::Test {
 protected:
  /// The answers to some bytes.
  std::vector<json> answers(std::string_view bytes) {
    session_.receive(bytes);
    std::vector<json> all;
    std::istringstream lines(std::exchange(transport_.sent, {}));
    for (std::string line; std::getline(lines, line);) all.push_back(json::parse(line));
    return all;
  }
  int error_of(const std::string& line) {
    const auto all = answers(line + "\n");
    return all.size() == 1 ? all[0].value("/error/code"_json_pointer, 0) : 0;
  }

  test::StubHub hub_;
  test::NoSymbols symbols_;
  ApiService service_{hub_, symbols_};
  KeptLines transport_;
  ApiSession session_{service_.get(), transport_, Role::Controller};
};

TEST_F(ApiSessionTest, LinesMayComeInAnyPortions) {
  for (const char c : kHello.substr(0, kHello.size() - 1)) EXPECT_TRUE(answers({&c, 1}).empty());
  EXPECT_EQ(answers("\r\n\n").size(), 1u) << "and an empty line is nothing";
  EXPECT_EQ(answers(std::string(kHello) + std::string(kHello)).size(), 2u);
}

TEST_F(ApiSessionTest, WhatItDoesNotUnderstandIsAnError) {
  EXPECT_EQ(error_of("{"), -32700);
  EXPECT_EQ(error_of("\xff"), -32700);
  EXPECT_EQ(error_of("$qSupported#37"), -32700);
  EXPECT_EQ(error_of("[]"), -32600);
  EXPECT_EQ(error_of(std::string(30'000, '[') + std::string(30'000, ']')), -32600) << "deep";
  EXPECT_EQ(error_of(R"({"id":1})"), -32600);
  EXPECT_EQ(error_of(R"({"id":{},"method":"hello"})"), -32600);
  EXPECT_EQ(error_of(R"({"id":1,"method":2})"), -32600);
  EXPECT_EQ(error_of(R"({"id":1,"method":"no_such"})"), -32601);
  EXPECT_TRUE(answers("{\"method\":\"no_such\"}\n").empty()) << "a notification gets no answer";
  EXPECT_EQ(answers("{\"id\":\"seven\",\"method\":\"x\"}\n")[0]["id"], "seven");
  EXPECT_EQ(answers("{\n")[0]["id"], json());
}

TEST_F(ApiSessionTest, ALineThatIsTooLongIsRefusedAndEndsTheConnection) {
  EXPECT_TRUE(answers(std::string(ApiSession::kMaxLine, 'x')).empty());
  EXPECT_FALSE(transport_.is_closed);
  const auto refused = answers("x");
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0]["error"]["code"], -32600);
  EXPECT_TRUE(transport_.is_closed);
}

TEST_F(ApiSessionTest, A38_WhoBeginsWithSubscribeOnlyWatches) {
  EXPECT_TRUE(answers(kSubscribe)[0].contains("result"));
  ASSERT_EQ(hub_.connected_.size(), 1u);
  EXPECT_EQ(hub_.connected_[0].kind, "log");
  EXPECT_EQ(hub_.connected_[0].role, Role::Observer);
}

}  // namespace
}  // namespace gdbhub::net
