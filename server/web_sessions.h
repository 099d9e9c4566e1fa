// One connection of the web server: HTTP requests, and perhaps a WebSocket in the end.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
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

/// Serves requests until the peer goes, is silent for too long, or the connection becomes a WebSocket. `hooks` outlives it.
void serve_http(boost::asio::ip::tcp::socket socket, const WebHooks& hooks);

/// Answers the upgrade; from then on messages of the API go both ways.
void serve_websocket(boost::asio::ip::tcp::socket socket,
                     boost::beast::http::request<boost::beast::http::string_body> upgrade, const WebHooks& hooks);

}  // namespace gdbhub::net
