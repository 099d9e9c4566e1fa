#include "server/connection.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <utility>

#include "server/logging.h"
#include "server/sniff.h"

namespace gdbhub::net {
namespace {

/// Ends the stream of a socket. What the peer still sent is read, as else its kernel would throw away our
/// last bytes when it learns (RST) that nobody wanted its own.
void say_goodbye(int socket) {
  if (::shutdown(socket, SHUT_WR) != 0) return;  // stdio may be no socket
  char unwanted[4096];
  for (int portions = 0; portions < 16 && ::recv(socket, unwanted, sizeof unwanted, MSG_DONTWAIT) > 0;)
    ++portions;
}

}  // namespace

std::shared_ptr<Connection> Connection::start(AsioLoop& loop, UniqueFd input, UniqueFd output,
                                              std::string peer, SessionFactory factory, Closed closed,
                                              std::chrono::seconds grace_time) {
  std::shared_ptr<Connection> connection(new Connection(loop, std::move(input), std::move(output), std::move(peer),
                                                        std::move(factory), std::move(closed), grace_time));
  connection->read();
  return connection;
}

Connection::Connection(AsioLoop& loop, UniqueFd input, UniqueFd output, std::string peer,
                       SessionFactory factory, Closed closed, std::chrono::seconds grace_time)
    : loop_(loop),
      input_(loop.context(), input.release()),
      linger_(loop.context()),
      stall_(loop.context()),
      grace_time_(grace_time),
      peer_(std::move(peer)),
      factory_(std::move(factory)),
      closed_(std::move(closed)) {
  if (output) output_.emplace(loop.context(), output.release());
}

void Connection::send(std::string bytes) {
  if (state_ != State::Open || bytes.empty()) return;
  if (unsent() + bytes.size() > kMaxUnsent) {
    spdlog::warn("{}: does not read its answers ({} bytes): disconnected", peer_, unsent());
    return finish(false);
  }
  queued_ += bytes;
  write();
}

void Connection::close_after_flush() {
  finish(true);
}

void Connection::abandon() {
  closed_ = nullptr;
  close();
}

void Connection::read() {
  if (reading_ || state_ != State::Open || unsent() > kPauseReading) return;
  reading_ = true;
  const auto room = boost::asio::buffer(buffer_);
  input_.async_read_some(room, [self = shared_from_this()](const auto& error, std::size_t size) {
    self->reading_ = false;
    if (self->state_ != State::Open) return;
    if (error) {
      // The peer may have closed only its own direction: it still gets its answers.
      if (error != boost::asio::error::eof) spdlog::debug("{}: {}", self->peer_, error.message());
      return self->finish(true);
    }
    self->received({self->buffer_.data(), size});
    self->read();
  });
}

void Connection::received(std::string_view bytes) {
  debug(DebugComponent::EventLoop, "{}: {} bytes", peer_, bytes.size());
  if (session_) {
    session_->receive(bytes);
  } else {
    choose_session(bytes);
  }
}

void Connection::choose_session(std::string_view bytes) {
  noise_ += bytes;
  const auto [protocol, noise] = sniff(noise_);
  if (protocol == Protocol::Unknown && noise_.size() < kMaxNoise) return;
  if (protocol == Protocol::Unknown || protocol == Protocol::Foreign) {
    spdlog::warn("{}: speaks none of our protocols: disconnected", peer_);
    return finish(false);
  }
  const auto first_bytes = std::exchange(noise_, {}).substr(noise);
  session_ = factory_(*this, first_bytes);
  if (state_ != State::Open) return;
  if (!session_) {
    spdlog::warn("{}: refused", peer_);
    return finish(true);
  }
  session_->receive(first_bytes);
}

void Connection::write() {
  if (writing_ || state_ == State::Closed) return;
  if (sent_ == sending_.size()) {
    sending_.clear();
    sent_ = 0;
    std::swap(sending_, queued_);  // both keep their memory
  }
  if (sending_.empty()) return;
  writing_ = true;
  watch_progress();
  const auto rest = boost::asio::buffer(sending_) + sent_;
  output().async_write_some(rest, [self = shared_from_this()](const auto& error, std::size_t size) {
    self->writing_ = false;
    if (error) return self->finish(false);
    self->sent_ += size;
    self->taken_ += size;
    self->write();
    if (self->state_ == State::Closing && self->unsent() == 0) return self->close();
    self->read();
  });
}

void Connection::watch_progress() {
  if (std::exchange(watching_, true)) return;
  stall_.expires_after(grace_time_);
  stall_.async_wait([self = shared_from_this(), taken = taken_](const auto& error) {
    self->watching_ = false;
    if (error || self->state_ != State::Open || self->unsent() == 0) return;
    if (self->taken_ == taken && self->session_) self->session_->stalled(self->grace_time_);
    self->watch_progress();
  });
}

void Connection::finish(bool flush) {
  if (state_ == State::Closed) return;
  state_ = State::Closing;
  flush_ = flush_ && flush;
  // Not now: the caller may be the session itself.
  loop_.post([self = shared_from_this()] { self->wind_up(); });
}

void Connection::wind_up() {
  if (state_ == State::Closed) return;
  session_.reset();
  if (!flush_ || unsent() == 0) return close();
  linger_.expires_after(kLinger);
  linger_.async_wait([self = shared_from_this()](const auto& error) {
    if (!error) self->close();
  });
}

void Connection::close() {
  if (std::exchange(state_, State::Closed) == State::Closed) return;
  session_.reset();
  boost::system::error_code ignored;
  linger_.cancel(ignored);
  stall_.cancel(ignored);
  if (flush_) say_goodbye(output().native_handle());
  input_.close(ignored);
  if (output_) output_->close(ignored);
  if (auto closed = std::exchange(closed_, nullptr)) closed(*this);
}

}  // namespace gdbhub::net
