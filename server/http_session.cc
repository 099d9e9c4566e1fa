#include <spdlog/spdlog.h>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <chrono>
#include <optional>
#include <type_traits>

#include "server/web_sessions.h"

namespace gdbhub::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using Text = http::string_body;

constexpr std::chrono::seconds kPatience{30};

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

template <class Stream>
class HttpSession : public std::enable_shared_from_this<HttpSession<Stream>> {
 public:
  HttpSession(Stream stream, const WebHooks& hooks) : stream_(std::move(stream)), hooks_(hooks) {}

  /// Of TLS, then reads.
  void handshake() {
    tcp().expires_after(kPatience);
    stream_.async_handshake(boost::asio::ssl::stream_base::server, [self = this->shared_from_this()](beast::error_code error) {
      if (!error) return self->read();
      spdlog::debug("dashboard: {}", error.message());
    });
  }

  void read() {
    parser_.emplace();
    parser_->header_limit(kMaxHttpHeader);
    parser_->body_limit(kMaxHttpBody);
    tcp().expires_after(kPatience);
    http::async_read(stream_, buffer_, *parser_, [self = this->shared_from_this()](beast::error_code error, std::size_t) {
      if (!error) return self->answer();
      if (error != http::error::end_of_stream) spdlog::debug("dashboard: {}", error.message());
      self->close();
    });
  }

 private:
  void answer() {
    http::request<Text> request = parser_->release();
    const auto header = [&](http::field name) { return view(request[name]); };
    WebReply reply = hooks_.router.answer({.method = view(request.method_string()),
                                           .target = view(request.target()),
                                           .host = header(http::field::host),
                                           .origin = header(http::field::origin),
                                           .cookie = header(http::field::cookie),
                                           .if_none_match = header(http::field::if_none_match),
                                           .body = request.body(),
                                           .wants_websocket = beast::websocket::is_upgrade(request)});
    switch (reply.then) {
      case WebReply::Then::Upgrade:
        tcp().expires_never();
        return serve_websocket(std::move(stream_), std::move(request), hooks_);
      case WebReply::Then::Metrics:
        return hooks_.metrics([self = this->shared_from_this(), request = std::move(request), reply = std::move(reply)](std::string page) mutable {
          reply.body = std::move(page);
          self->write(request, std::move(reply));
        });
      case WebReply::Then::Send: return write(request, std::move(reply));
    }
  }

  void write(const http::request<Text>& request, WebReply reply) {
    response_ = {};
    response_.version(request.version());
    response_.result(reply.status);
    response_.set(http::field::content_type, beast::string_view(reply.type.data(), reply.type.size()));
    for (const auto& [name, value] : reply.headers)
      response_.set(beast::string_view(name.data(), name.size()), value);
    response_.keep_alive(request.keep_alive());
    response_.body() = std::move(reply.body);
    response_.prepare_payload();
    if (request.method() == http::verb::head) response_.body().clear();  // the length stays
    tcp().expires_after(kPatience);
    http::async_write(stream_, response_, [self = this->shared_from_this()](beast::error_code error, std::size_t) {
      if (error || self->response_.need_eof()) return self->close();
      self->read();
    });
  }

  void close() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      tcp().expires_after(kPatience);
      stream_.async_shutdown([self = this->shared_from_this()](beast::error_code) {});
    } else {
      beast::error_code ignored;
      stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    }
  }

  PlainStream& tcp() { return beast::get_lowest_layer(stream_); }

  Stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<Text>> parser_;
  http::response<Text> response_;
  const WebHooks& hooks_;
};

}  // namespace

void serve_http(boost::asio::ip::tcp::socket socket, const WebHooks& hooks) {
  std::make_shared<HttpSession<PlainStream>>(PlainStream(std::move(socket)), hooks)->read();
}

void serve_https(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& tls, const WebHooks& hooks) {
  std::make_shared<HttpSession<TlsStream>>(TlsStream(PlainStream(std::move(socket)), tls), hooks)->handshake();
}

}  // namespace gdbhub::net
