#include "server/peer.h"

#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/bind.h"
#include "server/endpoint.h"

namespace gdbhub::net {
namespace {

std::string own_name() {
  const passwd* entry = ::getpwuid(::geteuid());
  return entry == nullptr ? "uid " + std::to_string(::geteuid()) : entry->pw_name;
}

TEST(UserOfPeer, IsWhoseConnectionItIs) {
  for (const char* host : {"127.0.0.1", "[::1]"}) {
    Endpoint endpoint = parse_endpoint(std::string(host) + ":0").value();
    auto listening = bind_tcp(endpoint);
    if (!listening) GTEST_SKIP() << host << " is not there";
    ASSERT_EQ(::listen(listening->front().get(), 1), 0);
    endpoint.port = std::to_string(local_port(listening->front().get()));
    const auto client = connect_to(endpoint).value();
    const UniqueFd accepted(::accept(listening->front().get(), nullptr, nullptr));
    const auto peer = identify_peer(accepted.get()).value();
    EXPECT_EQ(user_of_peer(peer.name), own_name()) << peer.name;
  }
}

TEST(UserOfPeer, OfAUnixSocketIsInItsName) {
  EXPECT_EQ(user_of_peer("uid " + std::to_string(::geteuid()) + " pid 42"), own_name());
  EXPECT_EQ(user_of_peer("uid 3999999999 pid 42"), "uid 3999999999");
}

TEST(UserOfPeer, IsNotKnownOfOthers) {
  for (const char* name : {"stdio", "views", "192.0.2.1:4711", "127.0.0.1:1", "127.0.0.1:x", "[::1", ":", ""}) EXPECT_EQ(user_of_peer(name), "") << name;
}

}  // namespace
}  // namespace gdbhub::net
