#include <spdlog/spdlog.h>

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "server/web_sessions.h"

namespace gdbhub::net {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;

template <class Stream>
class WebSocketSession : public std::enable_shared_from_this<WebSocketSession<Stream>> {
 public:
  WebSocketSession(Stream stream, Upgrade upgrade, const WebHooks& hooks)
      : stream_(std::move(stream)), upgrade_(std::move(upgrade)), hooks_(hooks) {}

  ~WebSocketSession() {
    if (channel_) hooks_.closed(std::move(channel_));
  }

  void accept() {
    beast::error_code error;
    const auto peer = beast::get_lowest_layer(stream_).socket().remote_endpoint(error);
    std::string name = peer.address().to_string();
    if (peer.address().is_v6()) name = "[" + name + "]";
    name += ":" + std::to_string(peer.port());

    stream_.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
    stream_.read_message_max(kMaxRequest);
    stream_.text(true);
    stream_.async_accept(upgrade_, [self = this->shared_from_this(), name = std::move(name)](beast::error_code failed) {
      if (!failed) self->open(name);
    });
  }

 private:
  void open(std::string peer) {
    channel_ = hooks_.open(std::move(peer));
    // The channel is in the hub's hands, too: it must not keep the connection.
    channel_->on_message = [weak = this->weak_from_this()] {
      if (const auto self = weak.lock()) self->write();
    };
    channel_->on_room = [weak = this->weak_from_this()] {
      if (const auto self = weak.lock()) self->read();
    };
    channel_->on_close = [weak = this->weak_from_this()] {
      if (const auto self = weak.lock()) self->close();
    };
    read();
    write();  // the hub may have been quicker
  }

  void read() {
    stream_.async_read(buffer_, [self = this->shared_from_this()](beast::error_code error, std::size_t) {
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
                        [self = this->shared_from_this()](beast::error_code error, std::size_t) {
                          self->sending_.reset();
                          self->channel_->sent();
                          if (error) return self->failed(error);
                          self->write();
                        });
  }

  void close() {
    stream_.async_close(websocket::close_code::policy_error, [self = this->shared_from_this()](beast::error_code) {});
  }

  void failed(const beast::error_code& error) {
    if (error != websocket::error::closed) spdlog::debug("dashboard {}: {}", channel_->peer(), error.message());
  }

  websocket::stream<Stream> stream_;
  Upgrade upgrade_;
  const WebHooks& hooks_;
  beast::flat_buffer buffer_;
  std::shared_ptr<WebChannel> channel_;
  dash::MessagePtr sending_;
};

}  // namespace

void serve_websocket(PlainStream stream, Upgrade upgrade, const WebHooks& hooks) {
  std::make_shared<WebSocketSession<PlainStream>>(std::move(stream), std::move(upgrade), hooks)->accept();
}

void serve_websocket(TlsStream stream, Upgrade upgrade, const WebHooks& hooks) {
  std::make_shared<WebSocketSession<TlsStream>>(std::move(stream), std::move(upgrade), hooks)->accept();
}

}  // namespace gdbhub::net
