// What the dashboard's HTTP server answers: a pure function of the request.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/web_access.h"

namespace gdbhub::net {

/// The parts of an HTTP request that count.
struct WebRequest {
  std::string_view method = {};
  std::string_view target = {};
  std::string_view host = {}, origin = {}, cookie = {}, if_none_match = {};
  std::string_view body = {};
  bool wants_websocket = false;
};

struct WebReply {
  unsigned status = 200;
  std::string_view type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string_view, std::string>> headers;
  /// Who makes the rest of the answer: this is all of it, the WebSocket, or the tracer thread, which knows the numbers.
  enum class Then { Send, Upgrade, Metrics } then = Then::Send;
};

/// The path of the WebSocket.
inline constexpr std::string_view kApiPath = "/api";

class WebRouter {
 public:
  /// Not owned.
  explicit WebRouter(WebAccess& access) : access_(access) {}

  WebReply answer(const WebRequest& request) const;

 private:
  WebReply page(const WebRequest& request, std::string_view path) const;
  WebReply open_session(const WebRequest& request) const;

  WebAccess& access_;
};

}  // namespace gdbhub::net
