// One connection of the web server: HTTP requests, and perhaps a WebSocket in the end.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <functional>
#include <memory>
#include <string>

#include "server/web_channel.h"
#include "server/web_router.h"

namespace gdbhub::net {

/// Where a connection's WebSocket is registered.
struct WebHooks {
  const WebRouter& router;
  std::function<std::shared_ptr<WebChannel>(std::string peer)> open;
  std::function<void(std::shared_ptr<WebChannel>)> closed;
  std::function<void(std::function<void(std::string)> done)> metrics;  ///< `done` is called on the web thread
};

/// Limits: what a browser sends is small.
inline constexpr std::size_t kMaxHttpBody = 4 << 10;
inline constexpr std::size_t kMaxHttpHeader = 16 << 10;
inline constexpr std::size_t kMaxRequest = 64 << 10;  ///< a WebSocket message

using PlainStream = boost::beast::tcp_stream;
using TlsStream = boost::beast::ssl_stream<PlainStream>;

/// Serves requests until the peer goes, is silent for too long, or the connection becomes a WebSocket. `hooks` and `tls` outlive it.
void serve_http(boost::asio::ip::tcp::socket socket, const WebHooks& hooks);
void serve_https(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& tls, const WebHooks& hooks);

/// Answers the upgrade; from then on messages of the API go both ways.
using Upgrade = boost::beast::http::request<boost::beast::http::string_body>;
void serve_websocket(PlainStream stream, Upgrade upgrade, const WebHooks& hooks);
void serve_websocket(TlsStream stream, Upgrade upgrade, const WebHooks& hooks);

}  // namespace gdbhub::net
