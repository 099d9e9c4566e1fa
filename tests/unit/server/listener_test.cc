#include "server/listener.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "server/bind.h"
#include "tests/unit/server/net_fixture.h"

namespace gdbhub::net {
namespace {

class ListenerTest : public NetTest {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "gdbhub-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<Listener> bind(const std::string& address) {
    auto listener = Listener::bind(loop_, spec(address));
    EXPECT_TRUE(listener) << listener.error().text;
    return listener ? std::move(*listener) : nullptr;
  }
  void listen(Listener& listener) {
    testing::internal::CaptureStderr();
    const auto done = listener.listen([this](Client client) { clients_.push_back(std::move(client)); });
    said_ = testing::internal::GetCapturedStderr();
    ASSERT_TRUE(done) << done.error().text;
  }
  void accept(std::size_t count) {
    testing::internal::CaptureStderr();
    run_until([&] { return clients_.size() >= count; });
    said_ = testing::internal::GetCapturedStderr();
  }
  std::string socket_path() const { return (directory_ / "hub").string(); }
  std::string unix_address() const { return "unix:" + socket_path(); }

  std::filesystem::path directory_;
  std::vector<Client> clients_;
  std::string said_;
};

TEST_F(ListenerTest, NoHostMeansBothLoopbackAddressesOnOnePort) {
  const auto listener = bind(":0");
  listen(*listener);
  const auto port = std::to_string(listener->port());
  EXPECT_EQ(said_, "Listening on port " + port + "\n");
  auto v4 = connect("127.0.0.1:" + port);
  accept(1);
  EXPECT_TRUE(said_.starts_with("Remote debugging from host 127.0.0.1, port ")) << said_;
  EXPECT_TRUE(clients_[0].peer.starts_with("127.0.0.1:"));
  if (!bind_tcp(parse_endpoint("[::1]:0").value())) return;  // a machine without IPv6
  auto v6 = connect("[::1]:" + port);
  accept(2);
  EXPECT_TRUE(said_.starts_with("Remote debugging from host ::1, port ")) << said_;
}

TEST_F(ListenerTest, AcceptsManyClientsAtOnce) {
  const auto listener = bind("127.0.0.1:0");
  listen(*listener);
  std::vector<TestClient> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(connect("127.0.0.1:" + std::to_string(listener->port())));
  accept(20);
  EXPECT_EQ(clients_.size(), 20u);
}

TEST_F(ListenerTest, RefusesClientsBeforeItListens) {
  const auto listener = bind("127.0.0.1:0");
  const auto early = connect_to(parse_endpoint("127.0.0.1:" + std::to_string(listener->port())).value());
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().system, ECONNREFUSED);
}

TEST_F(ListenerTest, ATakenPortIsSaidInGdbserversWords) {
  const auto first = bind("127.0.0.1:0");
  listen(*first);
  const auto second = Listener::bind(loop_, spec("127.0.0.1:" + std::to_string(first->port())));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().text, "Can't bind address: Address already in use.");
}

TEST_F(ListenerTest, AnUnknownServiceCannotBeResolved) {
  const auto listener = Listener::bind(loop_, spec("localhost:no-such-service"));
  ASSERT_FALSE(listener);
  EXPECT_TRUE(listener.error().text.starts_with("localhost:no-such-service: cannot resolve name: "))
      << listener.error().text;
}

TEST_F(ListenerTest, WarnsWhenEverybodyCanConnect) {
  const auto listener = bind("0.0.0.0:0");
  testing::internal::CaptureStdout();  // spdlog's default logger, as no other one is set up here
  listen(*listener);
  const auto logged = testing::internal::GetCapturedStdout();
  EXPECT_NE(logged.find("open to everybody"), std::string::npos) << logged;
}

TEST_F(ListenerTest, AUnixSocketIsOnlyForItsOwner) {
  const auto listener = bind(unix_address());
  struct stat file {};
  ASSERT_EQ(::stat(socket_path().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
  listen(*listener);
  EXPECT_EQ(said_, "Listening on socket " + socket_path() + "\n");
  auto client = connect(unix_address());
  accept(1);
  const auto who = "uid " + std::to_string(::getuid()) + " pid " + std::to_string(::getpid());
  EXPECT_EQ(clients_[0].peer, who);
  EXPECT_EQ(said_, "Remote debugging from " + who + "\n");
}

TEST_F(ListenerTest, ALeftOverSocketFileIsReplaced) {
  UniqueFd left_over = std::move(*bind_unix(parse_endpoint(unix_address()).value()));
  left_over.reset();
  ASSERT_TRUE(std::filesystem::exists(socket_path()));
  EXPECT_NE(bind(unix_address()), nullptr);
}

TEST_F(ListenerTest, ASocketThatSomebodyListensAtIsNotTaken) {
  const auto first = bind(unix_address());
  listen(*first);
  const auto second = Listener::bind(loop_, spec(unix_address()));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().text, "Can't bind address: Address already in use.");
  auto client = connect(unix_address());  // the first one is unharmed
  accept(1);
}

TEST_F(ListenerTest, AFileThatIsNoSocketIsNotTouched) {
  std::ofstream(socket_path()) << "precious";
  ASSERT_FALSE(Listener::bind(loop_, spec(unix_address())));
  std::string text;
  std::ifstream(socket_path()) >> text;
  EXPECT_EQ(text, "precious");
}

TEST_F(ListenerTest, RemovesItsSocketFileButNotItsSuccessors) {
  bind(unix_address()).reset();
  EXPECT_FALSE(std::filesystem::exists(socket_path()));
  auto first = bind(unix_address());
  std::filesystem::rename(socket_path(), directory_ / "moved");
  const auto second = bind(unix_address());
  first.reset();
  EXPECT_TRUE(std::filesystem::exists(socket_path()));
}

TEST_F(ListenerTest, APathThatIsTooLongForASocketIsAnError) {
  const auto listener = Listener::bind(loop_, spec("unix:/" + std::string(200, 'x')));
  ASSERT_FALSE(listener);
  EXPECT_NE(listener.error().text.find("too long"), std::string::npos);
}

}  // namespace
}  // namespace gdbhub::net
