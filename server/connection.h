// One client's byte stream and the session that it talks to.
#pragma once

#include <array>
#include <cstdint>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gdbhub/unique_fd.h"
#include "server/asio_loop.h"
#include "server/session.h"

namespace gdbhub::net {

/// Owns the descriptors and, once the protocol is known, the Session. Its owner holds it until
/// `closed` is called; its pending operations hold it too. Loop thread only.
class Connection final : public Transport, public std::enable_shared_from_this<Connection> {
 public:
  /// Output that a peer may leave unread before it is taken for dead.
  static constexpr std::size_t kMaxUnsent = 16 << 20;
  /// From here on nothing more is read from a peer that does not read its answers.
  static constexpr std::size_t kPauseReading = 1 << 20;
  /// Bytes that are no protocol of ours before the peer is given up.
  static constexpr std::size_t kMaxNoise = 4096;
  /// A peer that reads nothing for so long, though there is something to read, holds nobody any more (A43), if not told otherwise.
  static constexpr std::chrono::seconds kGraceTime{30};
  /// How long the last bytes of a closing connection may take.
  static constexpr std::chrono::seconds kLinger{3};

  using Closed = std::function<void(Connection&)>;

  /// Starts reading. `output` is empty for a socket. `closed` is called once, from the loop, when all is
  /// over.
  static std::shared_ptr<Connection> start(AsioLoop& loop, UniqueFd input, UniqueFd output, std::string peer,
                                           SessionFactory factory, Closed closed,
                                           std::chrono::seconds grace_time = kGraceTime);

  ~Connection() override { abandon(); }

  void send(std::string bytes) override;
  void close_after_flush() override;
  std::size_t unsent() const override { return queued_.size() + sending_.size() - sent_; }
  std::string peer() const override { return peer_; }

  /// Ends the session and drops the connection at once, without calling `closed`: for the end of the server.
  void abandon();

 private:
  using Stream = boost::asio::posix::stream_descriptor;
  enum class State { Open, Closing, Closed };

  Connection(AsioLoop& loop, UniqueFd input, UniqueFd output, std::string peer, SessionFactory factory,
             Closed closed, std::chrono::seconds grace_time);
  Stream& output() { return output_ ? *output_ : input_; }
  void read();
  void received(std::string_view bytes);
  void choose_session(std::string_view bytes);
  void write();
  /// Looks, a grace time from now, whether the peer has taken anything. One timer, not one for each write.
  void watch_progress();
  void finish(bool flush);
  void wind_up();
  void close();

  AsioLoop& loop_;
  Stream input_;
  std::optional<Stream> output_;
  boost::asio::steady_timer linger_;
  boost::asio::steady_timer stall_;
  const std::chrono::seconds grace_time_;
  const std::string peer_;
  SessionFactory factory_;
  Closed closed_;
  std::unique_ptr<Session> session_;
  State state_ = State::Open;
  bool flush_ = true;  // what closing waits for
  bool reading_ = false;
  bool writing_ = false;
  bool watching_ = false;
  std::uint64_t taken_ = 0;  // bytes, ever
  std::string noise_;     // what came before the protocol was known
  std::string queued_;    // gathers while a write is under way
  std::string sending_;   // what the write that is under way is about …
  std::size_t sent_ = 0;  // … and how much of it is done
  std::array<char, 64 << 10> buffer_;
};

}  // namespace gdbhub::net
