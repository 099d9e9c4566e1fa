#include "server/connection.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "tests/unit/server/net_fixture.h"

namespace gdbhub::net {
namespace {

using OnReceive = std::function<void(Transport&, std::string_view)>;

/// What a test knows of a session; outlives it.
struct Record {
  OnReceive on_receive;
  Transport* transport = nullptr;
  std::string first_bytes;
  std::string received;
  bool alive = false;
  int stalls = 0;
};

class RecordedSession final : public Session {
 public:
  explicit RecordedSession(Record& record) : record_(record) { record_.alive = true; }
  ~RecordedSession() override {
    record_.transport->send("never seen");
    record_.alive = false;
  }
  void receive(std::string_view bytes) override {
    record_.received += bytes;
    if (record_.on_receive) record_.on_receive(*record_.transport, bytes);
  }
  void stalled(std::chrono::seconds time) override {
    EXPECT_EQ(time, std::chrono::seconds(1));
    ++record_.stalls;
  }

 private:
  Record& record_;
};

void echo(Transport& transport, std::string_view bytes) {
  transport.send(std::string(bytes));
}

class ConnectionTest : public NetTest {
 protected:
  SessionFactory factory(Record& record) {
    return [&record](Transport& transport, std::string_view first_bytes) {
      record.transport = &transport;
      record.first_bytes = first_bytes;
      return std::make_unique<RecordedSession>(record);
    };
  }
  void TearDown() override {
    // The loop's pending operations hold them too: sessions must end while what they refer to is there.
    for (const auto& connection : open_) connection->abandon();
  }

  Record& record(OnReceive on_receive = {}) {
    records_.emplace_back().on_receive = std::move(on_receive);
    return records_.back();
  }
  TestClient start(SessionFactory session_factory) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    open_.push_back(Connection::start(
        loop_, UniqueFd(ends[0]), UniqueFd(), "the client", std::move(session_factory),
        [this](Connection& connection) { std::erase(open_, connection.shared_from_this()); }, std::chrono::seconds(1)));
    return TestClient(UniqueFd(ends[1]));
  }

  std::deque<Record> records_;
  std::vector<std::shared_ptr<Connection>> open_;
};

TEST_F(ConnectionTest, TheSessionSeesTheFirstBytesAgainAndAnswers) {
  auto& record = this->record(echo);
  auto client = start(factory(record));
  client.send("+$qSupported#37");
  run_until([&] { return client.received() == "+$qSupported#37"; });
  EXPECT_EQ(record.first_bytes, "+$qSupported#37");
  EXPECT_EQ(record.transport->peer(), "the client");
  run_until([&] { return record.transport->unsent() == 0; });
}

TEST_F(ConnectionTest, ManyClientsDoNotDisturbEachOther) {
  std::vector<TestClient> clients;
  for (int i = 0; i < 8; ++i) clients.push_back(start(factory(record(echo))));
  for (std::size_t i = 0; i < clients.size(); ++i) clients[i].send("$" + std::to_string(i));
  clients[3].disconnect();
  for (std::size_t i = 0; i < clients.size(); ++i) {
    if (i != 3) run_until([&] { return clients[i].received() == "$" + std::to_string(i); });
  }
  run_until([&] { return open_.size() == 7; });
  EXPECT_FALSE(records_[3].alive);
}

TEST_F(ConnectionTest, NoiseBeforeTheFirstPacketIsDropped) {
  auto& record = this->record();
  auto client = start(factory(record));
  client.send("no");
  client.send("ise\n");
  client.send("\x03?");
  client.send("!$g#67");
  run_until([&] { return !record.received.empty(); });
  EXPECT_EQ(record.received, "$g#67");
}

TEST_F(ConnectionTest, APeerThatOnlyMakesNoiseIsDisconnected) {
  auto& record = this->record();
  auto client = start(factory(record));
  client.send(std::string(Connection::kMaxNoise, 'x'));
  run_until([&] { return open_.empty(); });
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(record.transport, nullptr);
}

TEST_F(ConnectionTest, AWebBrowserIsDisconnectedAndTheOthersStay) {
  auto& record = this->record(echo);
  auto debugger = start(factory(record));
  debugger.send("+");
  auto& never = this->record();
  auto browser = start(factory(never));
  browser.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  run_until([&] { return browser.ended(); });
  EXPECT_EQ(never.transport, nullptr);
  debugger.send("$?#3f");
  run_until([&] { return debugger.received() == "+$?#3f"; });
}

TEST_F(ConnectionTest, AFactoryMayRefuse) {
  auto client = start([](Transport& transport, std::string_view) {
    transport.send("E.busy");
    return nullptr;
  });
  client.send("$?#3f");
  run_until([&] { return open_.empty(); });
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(client.received(), "E.busy");
}

TEST_F(ConnectionTest, ADisconnectEndsTheSessionA26) {
  auto& record = this->record();
  auto client = start(factory(record));
  client.send("$");
  run_until([&] { return record.alive; });
  client.disconnect();
  run_until([&] { return open_.empty(); });
  EXPECT_FALSE(record.alive);
}

TEST_F(ConnectionTest, AHalfClosedPeerStillGetsItsAnswers) {
  const std::string answer(1 << 20, 'a');
  auto& record = this->record([&](Transport& transport, std::string_view) { transport.send(answer); });
  auto client = start(factory(record));
  client.send("$");
  client.end_output();
  run_until([&] { return client.ended(); });
  EXPECT_EQ(client.received(), answer);
  run_until([&] { return open_.empty(); });
  EXPECT_FALSE(record.alive);
}

TEST_F(ConnectionTest, ASessionMayCloseInsideReceiveAndItsLastBytesArrive) {
  const std::string answer(1 << 20, 'a');
  auto& record = this->record([&](Transport& transport, std::string_view) {
    transport.send(answer);
    transport.close_after_flush();
    transport.close_after_flush();
    transport.send("too late");
  });
  auto client = start(factory(record));
  client.send("$k#6b");
  run_until([&] { return client.ended(); });
  EXPECT_EQ(client.received(), answer);
  run_until([&] { return open_.empty(); });
  EXPECT_FALSE(record.alive);
}

TEST_F(ConnectionTest, APeerThatNeverReadsIsDisconnectedAtTheLimit) {
  const std::string piece(1 << 20, 'p');
  auto& record = this->record();
  auto client = start(factory(record));
  client.send("$");
  run_until([&] { return record.alive; });
  while (record.transport->unsent() + piece.size() <= Connection::kMaxUnsent) record.transport->send(piece);
  EXPECT_TRUE(record.alive);
  record.transport->send(piece);
  EXPECT_TRUE(record.alive) << "a session must not die inside its own call";
  run_until([&] { return open_.empty(); });
  EXPECT_FALSE(record.alive);
}

TEST_F(ConnectionTest, A43_TheSessionIsToldEachTimeThePeerTakesNothingForTheGraceTime) {
  auto& record = this->record();
  auto client = start(factory(record));
  client.send("$");
  run_until([&] { return record.alive; });
  record.transport->send(std::string(4 << 20, 'p'));
  run_until([&] { return record.stalls == 2; });
  EXPECT_TRUE(record.alive) << "it may read again";
  run_until([&] { return client.received().size() == 4u << 20; });
  record.transport->send("idle");  // taken at once: at its prompt a client is not stalled
  const auto looked = std::chrono::steady_clock::now() + std::chrono::milliseconds(2500);
  while (std::chrono::steady_clock::now() < looked) loop_.context().run_one_for(std::chrono::milliseconds(500));
  EXPECT_EQ(record.stalls, 2);
}

TEST_F(ConnectionTest, APeerThatDoesNotReadIsNotReadFrom) {
  auto& record = this->record([](Transport& transport, std::string_view bytes) {
    transport.send(std::string(bytes.size() * 64, 'x'));
  });
  auto client = start(factory(record));
  client.send("$");
  run_until([&] { return record.alive; });
  // Requests whose answers are far more than the limit, from a client that asks first and reads later.
  std::size_t sent = 1;
  const std::string requests(4096, '?');
  const auto send_more = [&] {
    while (sent < (1u << 20)) {
      const auto size = ::send(client.fd(), requests.data(), requests.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (size <= 0) return;
      sent += static_cast<std::size_t>(size);
    }
  };
  run_until([&] {
    send_more();
    return record.transport->unsent() > Connection::kPauseReading;
  });
  while (loop_.context().poll_one() > 0) send_more();
  EXPECT_LT(record.transport->unsent(), Connection::kMaxUnsent);
  run_until([&] {
    send_more();
    return client.received().size() == sent * 64 && sent >= (1u << 20);
  });
  EXPECT_EQ(record.received.size(), sent);
}

TEST_F(ConnectionTest, AbandonEndsTheSessionAtOnce) {
  auto& record = this->record();
  auto client = start(factory(record));
  client.send("$");
  run_until([&] { return record.alive; });
  open_.front()->abandon();
  EXPECT_FALSE(record.alive);
  EXPECT_EQ(open_.size(), 1u) << "the owner is not called back";
  EXPECT_TRUE(client.ended());
}

TEST_F(ConnectionTest, InputAndOutputMayBeTwoPipes) {
  int to_hub[2], from_hub[2];
  ASSERT_EQ(::pipe2(to_hub, O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(from_hub, O_CLOEXEC | O_NONBLOCK), 0);
  UniqueFd hub_input(to_hub[0]), write_end(to_hub[1]), read_end(from_hub[0]), hub_output(from_hub[1]);
  auto& record = this->record(echo);
  bool closed = false;
  const auto connection = Connection::start(loop_, std::move(hub_input), std::move(hub_output), "stdio",
                                            factory(record), [&](Connection&) { closed = true; });
  ASSERT_EQ(::write(write_end.get(), "$?#3f", 5), 5);
  char answer[16];
  ssize_t size = 0;
  run_until([&] { return (size = ::read(read_end.get(), answer, sizeof answer)) > 0; });
  EXPECT_EQ(std::string_view(answer, static_cast<std::size_t>(size)), "$?#3f");
  write_end.reset();
  run_until([&] { return closed; });
  EXPECT_FALSE(record.alive);
  EXPECT_EQ(::read(read_end.get(), answer, sizeof answer), 0);
}

}  // namespace
}  // namespace gdbhub::net
