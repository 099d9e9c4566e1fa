#include <spdlog/spdlog.h>

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket.hpp>

#include "server/web_sessions.h"

namespace gdbhub::net {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;

class WebSocketSession : public std::enable_shared_from_this<WebSocketSession> {
 public:
  using Upgrade = beast::http::request<beast::http::string_body>;

  WebSocketSession(boost::asio::ip::tcp::socket socket, Upgrade upgrade, const WebHooks& hooks)
      : stream_(std::move(socket)), upgrade_(std::move(upgrade)), hooks_(hooks) {}

  ~WebSocketSession() {
    if (channel_) hooks_.closed(std::move(channel_));
  }

  void accept() {
    beast::error_code error;
    const auto peer = stream_.next_layer().socket().remote_endpoint(error);
    std::string name = peer.address().to_string();
    if (peer.address().is_v6()) name = "[" + name + "]";
    name += ":" + std::to_string(peer.port());

    stream_.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
    stream_.read_message_max(kMaxRequest);
    stream_.text(true);
    stream_.async_accept(upgrade_, [self = shared_from_this(), name = std::move(name)](beast::error_code failed) {
      if (!failed) self->open(name);
    });
  }

 private:
  void open(std::string peer) {
    channel_ = hooks_.open(std::move(peer));
    // The channel is in the hub's hands, too: it must not keep the connection.
    channel_->on_message = [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->write();
    };
    channel_->on_room = [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->read();
    };
    channel_->on_close = [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->close();
    };
    read();
    write();  // the hub may have been quicker
  }

  void read() {
    stream_.async_read(buffer_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (error) return self->failed(error);
      std::string text = beast::buffers_to_string(self->buffer_.data());
      self->buffer_.consume(self->buffer_.size());
      if (self->channel_->request(std::move(text))) self->read();
    });
  }

  void write() {
    if (sending_) return;
    sending_ = channel_->take();
    if (!sending_) return;
    stream_.async_write(boost::asio::buffer(sending_->text()),
                        [self = shared_from_this()](beast::error_code error, std::size_t) {
                          self->sending_.reset();
                          self->channel_->sent();
                          if (error) return self->failed(error);
                          self->write();
                        });
  }

  void close() {
    stream_.async_close(websocket::close_code::policy_error, [self = shared_from_this()](beast::error_code) {});
  }

  void failed(const beast::error_code& error) {
    if (error != websocket::error::closed) spdlog::debug("dashboard {}: {}", channel_->peer(), error.message());
  }

  websocket::stream<beast::tcp_stream> stream_;
  Upgrade upgrade_;
  const WebHooks& hooks_;
  beast::flat_buffer buffer_;
  std::shared_ptr<WebChannel> channel_;
  dash::MessagePtr sending_;
};

}  // namespace

void serve_websocket(boost::asio::ip::tcp::socket socket,
                     boost::beast::http::request<boost::beast::http::string_body> upgrade, const WebHooks& hooks) {
  std::make_shared<WebSocketSession>(std::move(socket), std::move(upgrade), hooks)->accept();
}

}  // namespace gdbhub::net
