#include "server/log_client.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "server/bind.h"
#include "server/log_format.h"

namespace gdbhub::net {
namespace {

constexpr std::string_view kEvent =
    R"({"jsonrpc":"2.0","method":"event","params":{"seq":1,"time":45296.789012,"pid":123,"tid":125,)"
    R"("kind":"thread-started","by":"gdb#2","text":"clone"}})";

class LogClientTest : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
};

TEST_F(LogClientTest, AnEventIsALineOfText) {
  EXPECT_EQ(format_event(nlohmann::json::parse(kEvent)["params"], false), "12:34:56.789012 pid 123 tid 125 thread-started clone\n");
}

TEST_F(LogClientTest, ALogpointsLineHasItsArgumentsAndRegisters) {
  const auto event = nlohmann::json::parse(R"({"time":0,"pid":1,"tid":2,"kind":"log","text":"work","args":["0x1","0x2"],"registers":{"rax":"0x3"}})");
  EXPECT_EQ(format_event(event, false), "00:00:00.000000 pid 1 tid 2 log work (0x1, 0x2) rax=0x3\n");
}

TEST_F(LogClientTest, WithJsonAnEventIsItsParameters) {
  const auto event = nlohmann::json::parse(kEvent)["params"];
  EXPECT_EQ(format_event(event, true), event.dump() + "\n");
}

TEST_F(LogClientTest, WhatATraceeSaysCannotSteerTheTerminal) {
  const auto event = nlohmann::json::parse(R"({"time":0,"kind":"k","text":"\u001b[2J\n"})");
  EXPECT_EQ(format_event(event, false), "00:00:00.000000 k \\x1b[2J\\x0a\n");
}

// ---- with a hub of the test's ----------------------------------------------------------------------------

/// A hub that is a list of lines: for each connection, what it sends once the client has asked for all.
class ScriptedHub {
 public:
  explicit ScriptedHub(std::vector<std::string> scripts) : scripts_(std::move(scripts)) {
    auto sockets = bind_tcp(parse_endpoint("127.0.0.1:0").value());
    socket_ = std::move(sockets->front());
    ::listen(socket_.get(), 5);
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedHub() {
    if (thread_.joinable()) thread_.join();
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(local_port(socket_.get())); }
  /// The methods that were called, of all connections.
  const std::vector<std::string>& methods() {
    thread_.join();
    return methods_;
  }

 private:
  void serve() {
    for (const std::string& script : scripts_) {
      pollfd ready{socket_.get(), POLLIN, 0};
      if (::poll(&ready, 1, 10'000) <= 0) return;
      const UniqueFd client(::accept(socket_.get(), nullptr, nullptr));
      std::string asked;
      char buffer[4096];
      // All requests come in one piece.
      const auto size = ::read(client.get(), buffer, sizeof buffer);
      if (size <= 0) return;
      std::istringstream lines(std::string(buffer, static_cast<std::size_t>(size)));
      for (std::string line; std::getline(lines, line);) methods_.push_back(nlohmann::json::parse(line)["method"]);
      for (const auto& part : {script.substr(0, 10), script.substr(std::min<std::size_t>(10, script.size()))})
        if (::write(client.get(), part.data(), part.size()) < 0) return;
    }
  }
  std::vector<std::string> scripts_;
  std::vector<std::string> methods_;
  UniqueFd socket_;
  std::thread thread_;
};

class LogClientRun : public LogClientTest {
 protected:
  int run(LogOptions options, std::vector<std::string> scripts) {
    ScriptedHub hub(std::move(scripts));
    options.hub = parse_endpoint(hub.address()).value();
    const int status = run_log_client(options, out_, err_);
    methods_ = hub.methods();
    return status;
  }
  using Methods = std::vector<std::string>;
  std::ostringstream out_, err_;
  Methods methods_;
};

std::string event(const std::string& more) { return R"({"method":"event","params":{"time":0,)" + more + "}}\n"; }

TEST_F(LogClientRun, SubscribesAndPrintsUntilTheHubCloses) {
  LogOptions options;
  options.events = true;
  options.reconnect = false;
  const auto line = std::string(kEvent) + "\n";
  EXPECT_EQ(run(options, {line + line}), 0);
  EXPECT_EQ(methods_, (Methods{"hello", "subscribe"}));
  EXPECT_EQ(out_.str(),
            "12:34:56.789012 pid 123 tid 125 thread-started clone\n"
            "12:34:56.789012 pid 123 tid 125 thread-started clone\n");
  EXPECT_EQ(err_.str(), "hub closed the connection\n");
}

TEST_F(LogClientRun, ComesBackWhenTheHubDoesAndSetsItsLogpointsAgain) {
  LogOptions options;
  options.logpoints = {"work"};
  options.attach = {"12"};
  EXPECT_EQ(run(options, {"{\"id\":1,\"result\":{}}\n", event(R"("kind":"logpoint","logpoint":1,"done":true)")}), 0);
  EXPECT_EQ(methods_, (Methods{"hello", "insert_logpoint", "attach", "hello", "insert_logpoint", "attach"}));
  EXPECT_NE(err_.str().find("waiting for a hub at 127.0.0.1"), std::string::npos) << err_.str();
  EXPECT_NE(err_.str().find("connected again; 1 logpoint is set again"), std::string::npos) << err_.str();
}

TEST_F(LogClientRun, EndsWithItsProgramAndAsIt) {
  LogOptions options;
  options.program = {"prog"};
  const std::string launched = R"({"id":2,"result":{"pid":50}})" "\n";
  EXPECT_EQ(run(options, {launched + event(R"("kind":"ended","pid":51,"exit":1)") + event(R"("kind":"ended","pid":50,"exit":7)")}), 7);
  EXPECT_EQ(run(options, {launched + event(R"("kind":"ended","pid":50,"signal":11)")}), 139);
}

TEST_F(LogClientRun, ARefusalIsShownWithItsPlaceAndEndsTheRun) {
  LogOptions options;
  options.logpoints = {"work, $x"};
  const nlohmann::json answer = {{"id", 2}, {"error", {{"code", -32602}, {"message", "There is no variable $x\n    work, $x\n          ^\x1b"}}}};
  EXPECT_EQ(run(options, {answer.dump() + "\n"}), 1);
  EXPECT_EQ(err_.str(), "gdbhub log: --at: There is no variable $x\n    work, $x\n          ^\\x1b\n");
}

TEST_F(LogClientRun, NonsenseEndsTheRun) {
  LogOptions options;
  for (const auto* text : {"+$O#4f", "[]", "{", R"({"method":"event"})", R"({"method":"event","params":{"kind":1}})"})
    EXPECT_EQ(run(options, {std::string(text) + "\n"}), 1) << text;
}

TEST_F(LogClientTest, SaysWhyItCannotConnect) {
  std::ostringstream out, err;
  LogOptions options;
  options.hub = parse_endpoint("unix:/nonexistent/hub").value();
  EXPECT_EQ(run_log_client(options, out, err), 1);
  EXPECT_EQ(err.str(), "gdbhub log: cannot connect to unix:/nonexistent/hub: No such file or directory\n");
  options.output = "/nonexistent/file";
  EXPECT_EQ(run_log_client(options, out, err), 1);
  EXPECT_NE(err.str().find("cannot write /nonexistent/file"), std::string::npos);
}

}  // namespace
}  // namespace gdbhub::net
