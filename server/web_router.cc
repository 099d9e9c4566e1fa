#include "server/web_router.h"

#include <algorithm>

#include "server/web_assets.h"

namespace gdbhub::net {
namespace {

/// For every answer: nothing of elsewhere is loaded, nobody frames the page, no type is guessed.
const std::pair<std::string_view, std::string> kGuards[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; "
     "form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
};

WebReply plain(unsigned status, std::string text) {
  WebReply reply;
  reply.status = status;
  reply.body = std::move(text) + "\n";
  return reply;
}

}  // namespace

WebReply WebRouter::answer(const WebRequest& request) const {
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  WebReply reply;
  if (!access_.is_own_host(request.host)) {
    reply = plain(421, "This server is not known by that name");
  } else if (path == kApiPath) {
    if (!request.wants_websocket) {
      reply = plain(426, "The API is a WebSocket; see docs/api.md");
    } else if (!access_.is_own_origin(request.origin, request.host)) {
      reply = plain(403, "Pages of other origins may not connect");
    } else if (!access_.has_session(request.cookie)) {
      reply = plain(401, "Open the URL that the hub has printed; `gdbhub dashboard` prints a new one");
    } else {
      reply.then = WebReply::Then::Upgrade;
    }
  } else if (path == "/session") {
    reply = open_session(request);
  } else if (request.method != "GET" && request.method != "HEAD") {
    reply = plain(405, "Only GET");
    reply.headers.emplace_back("Allow", "GET, HEAD");
  } else if (path == "/metrics") {
    reply.type = "text/plain; version=0.0.4; charset=utf-8";
    reply.then = WebReply::Then::Metrics;
  } else {
    reply = page(request, path == "/" ? "/index.html" : path);
  }
  reply.headers.insert(reply.headers.end(), std::begin(kGuards), std::end(kGuards));
  return reply;
}

WebReply WebRouter::page(const WebRequest& request, std::string_view path) const {
  const auto assets = web_assets();
  const auto asset = std::find_if(assets.begin(), assets.end(), [&](const WebAsset& a) { return a.path == path; });
  if (asset == assets.end()) return plain(404, "There is no such page");
  WebReply reply;
  reply.type = asset->type;
  reply.headers = {{"ETag", std::string(asset->etag)}, {"Cache-Control", "no-cache"}};
  if (request.if_none_match == asset->etag) {
    reply.status = 304;
  } else {
    reply.body = asset->content;
  }
  return reply;
}

WebReply WebRouter::open_session(const WebRequest& request) const {
  WebReply reply;
  if (request.method == "GET" || request.method == "HEAD") {
    // Is there one? The page asks before it connects, since a refused WebSocket does not tell why.
    return plain(access_.has_session(request.cookie) ? 200 : 401, "");
  }
  if (request.method != "POST") return plain(405, "Only GET and POST");
  if (request.origin.empty() || !access_.is_own_origin(request.origin, request.host))
    return plain(403, "Pages of other origins may not open a session");
  const auto session = access_.redeem(request.body);
  if (!session) return plain(401, "The token is not good, or has been used");
  reply.status = 204;
  reply.headers.emplace_back("Set-Cookie", access_.set_cookie(*session));
  return reply;
}

}  // namespace gdbhub::net
