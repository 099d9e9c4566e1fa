#include "server/log_client.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <sstream>
#include <thread>

#include "server/bind.h"

namespace gdbhub::net {
namespace {

constexpr std::string_view kEvent =
    R"({"jsonrpc":"2.0","method":"event","params":{"seq":1,"time":45296.789012,"pid":123,"tid":125,)"
    R"("kind":"thread-started","by":"gdb#2","text":"clone"}})";

class LogClient : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
};

TEST_F(LogClient, AnEventIsALineOfText) {
  EXPECT_EQ(format_log_line(kEvent, false).value(), "12:34:56.789012 pid 123 tid 125 thread-started clone\n");
}

TEST_F(LogClient, WithJsonAnEventIsItsParameters) {
  const auto line = format_log_line(kEvent, true).value();
  EXPECT_TRUE(line.starts_with("{")) << line;
  EXPECT_NE(line.find("\"seq\":1"), std::string::npos);
  EXPECT_EQ(line.find("jsonrpc"), std::string::npos);
}

TEST_F(LogClient, WhatATraceeSaysCannotSteerTheTerminal) {
  const auto line =
      format_log_line(R"({"method":"event","params":{"time":0,"kind":"k","text":"\u001b[2J\n"}})", false)
          .value();
  EXPECT_EQ(line, "00:00:00.000000 k \\x1b[2J\\x0a\n");
}

TEST_F(LogClient, TheAnswerToTheSubscriptionIsSilent) {
  EXPECT_EQ(format_log_line(R"({"jsonrpc":"2.0","id":1,"result":true})", false).value(), "");
}

TEST_F(LogClient, ARefusalIsAnError) {
  const auto line =
      format_log_line(R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"too many"}})", false);
  ASSERT_FALSE(line);
  EXPECT_NE(line.error().text.find("too many"), std::string::npos);
}

TEST_F(LogClient, NonsenseIsAnError) {
  for (const auto* text :
       {"+$O#4f", "[]", "{", R"({"method":"event"})", R"({"method":"event","params":{"kind":1}})"}) {
    EXPECT_FALSE(format_log_line(text, false)) << text;
  }
}

TEST_F(LogClient, SubscribesAndPrintsUntilTheHubCloses) {
  auto sockets = bind_tcp(parse_endpoint("127.0.0.1:0").value());
  ASSERT_TRUE(sockets);
  const int listener = sockets->front().get();
  ASSERT_EQ(::listen(listener, 1), 0);
  const auto address = "127.0.0.1:" + std::to_string(local_port(listener));

  std::string subscription;
  std::thread hub([&] {
    UniqueFd client;
    pollfd ready{listener, POLLIN, 0};
    ::poll(&ready, 1, 10'000);
    client.reset(::accept(listener, nullptr, nullptr));
    char buffer[1024];
    while (!subscription.ends_with('\n')) {
      const auto size = ::read(client.get(), buffer, sizeof buffer);
      if (size <= 0) return;
      subscription.append(buffer, static_cast<std::size_t>(size));
    }
    const auto line = std::string(kEvent) + "\n";
    for (const auto& part : {line.substr(0, 10), line.substr(10) + line}) {
      if (::write(client.get(), part.data(), part.size()) < 0) return;
    }
  });
  std::ostringstream out, err;
  EXPECT_EQ(run_log_client({parse_endpoint(address).value(), false}, out, err), 0);
  hub.join();
  EXPECT_EQ(subscription, R"({"jsonrpc":"2.0","id":1,"method":"subscribe","params":{"events":true}})"
                          "\n");
  EXPECT_EQ(out.str(),
            "12:34:56.789012 pid 123 tid 125 thread-started clone\n"
            "12:34:56.789012 pid 123 tid 125 thread-started clone\n");
  EXPECT_EQ(err.str(), "hub closed the connection\n");
}

TEST_F(LogClient, SaysWhyItCannotConnect) {
  std::ostringstream out, err;
  EXPECT_EQ(run_log_client({parse_endpoint("unix:/nonexistent/hub").value(), false}, out, err), 1);
  EXPECT_EQ(err.str(), "gdbhub log: cannot connect to unix:/nonexistent/hub: No such file or directory\n");
}

}  // namespace
}  // namespace gdbhub::net
