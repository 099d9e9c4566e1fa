// A loop with clients of its own, all on the test's one thread.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>

#include "server/asio_loop.h"
#include "server/bind.h"
#include "server/listener.h"

namespace gdbhub::net {

/// A client's end of a connection. Never blocks.
class TestClient {
 public:
  explicit TestClient(UniqueFd socket) : socket_(std::move(socket)) {}

  void send(std::string_view bytes) {
    ASSERT_EQ(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  void end_output() { ::shutdown(socket_.get(), SHUT_WR); }
  void disconnect() { socket_.reset(); }
  int fd() const { return socket_.get(); }

  /// All that has come so far.
  const std::string& received() {
    char buffer[65536];
    for (;;) {
      const auto size = ::recv(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (size > 0) {
        received_.append(buffer, static_cast<std::size_t>(size));
        continue;
      }
      ended_ = ended_ || size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
      return received_;
    }
  }
  bool ended() { return received(), ended_; }

 private:
  UniqueFd socket_;
  std::string received_;
  bool ended_ = false;
};

class NetTest : public testing::Test {
 protected:
  /// Runs the loop until `condition` holds; fails after ten seconds without progress.
  void run_until(const std::function<bool()>& condition) {
    while (!condition()) {
      if (loop_.context().run_one_for(std::chrono::seconds(10)) == 0) {
        FAIL() << "nothing happens any more";
      }
    }
  }

  static ListenSpec spec(const std::string& address) {
    return {parse_endpoint(address).value(), Role::Controller, JoinPolicy::Hold};
  }

  static TestClient connect(const std::string& address) {
    auto socket = connect_to(parse_endpoint(address).value());
    EXPECT_TRUE(socket) << socket.error().text;
    return TestClient(std::move(*socket));
  }

  AsioLoop loop_;
};

}  // namespace gdbhub::net
