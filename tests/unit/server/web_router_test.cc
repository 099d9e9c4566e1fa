#include "server/web_router.h"

#include <gtest/gtest.h>

namespace gdbhub::net {
namespace {

constexpr std::string_view kHost = "127.0.0.1:2380";
constexpr std::string_view kOrigin = "http://127.0.0.1:2380";

class WebRouterTest : public ::testing::Test {
 protected:
  std::string_view header(const WebReply& reply, std::string_view name) {
    for (const auto& [key, value] : reply.headers)
      if (key == name) return value;
    return {};
  }
  std::string cookie() {
    const std::string text = access_.set_cookie(*access_.redeem(access_.issue_token()));
    return text.substr(0, text.find(';'));
  }

  WebAccess access_{"", 2380};
  WebRouter router_{access_};
};

TEST_F(WebRouterTest, ServesThePageWithAStrictPolicy) {
  const WebReply reply = router_.answer({.method = "GET", .target = "/?x=1", .host = kHost});
  EXPECT_EQ(reply.status, 200u);
  EXPECT_EQ(reply.type, "text/html; charset=utf-8");
  EXPECT_NE(reply.body.find("<title>gdbhub</title>"), reply.body.npos);
  EXPECT_TRUE(header(reply, "Content-Security-Policy").starts_with("default-src 'none'"));
  EXPECT_EQ(header(reply, "Access-Control-Allow-Origin"), "");
}

TEST_F(WebRouterTest, KnowsWhatABrowserHasAlready) {
  const WebReply first = router_.answer({.method = "GET", .target = "/app.js", .host = kHost});
  const WebReply again =
      router_.answer({.method = "GET", .target = "/app.js", .host = kHost, .if_none_match = header(first, "ETag")});
  EXPECT_EQ(again.status, 304u);
  EXPECT_TRUE(again.body.empty());
}

TEST_F(WebRouterTest, RefusesNamesOfOthersForEverything) {
  for (const char* target : {"/", "/app.js", "/session", "/api", "/metrics"})
    EXPECT_EQ(router_.answer({.method = "GET", .target = target, .host = "rebound.example:2380"}).status, 421u) << target;
}

TEST_F(WebRouterTest, ExchangesATokenOnlyForItsOwnPage) {
  const std::string token = access_.issue_token();
  const auto post = [&](std::string_view origin) {
    return router_.answer({.method = "POST", .target = "/session", .host = kHost, .origin = origin, .body = token});
  };
  EXPECT_EQ(post("http://127.0.0.1:8000").status, 403u);
  EXPECT_EQ(post("").status, 403u);
  const WebReply reply = post(kOrigin);
  EXPECT_EQ(reply.status, 204u);
  EXPECT_NE(header(reply, "Set-Cookie"), "");
  EXPECT_EQ(post(kOrigin).status, 401u) << "used";
}

TEST_F(WebRouterTest, OpensTheWebSocketOnlyWithASessionAndTheOwnOrigin) {
  const std::string session = cookie();
  WebRequest request{.method = "GET", .target = "/api", .host = kHost, .origin = kOrigin, .cookie = session, .wants_websocket = true};
  EXPECT_EQ(router_.answer(request).then, WebReply::Then::Upgrade);
  request.origin = "http://127.0.0.1:8000";
  EXPECT_EQ(router_.answer(request).status, 403u);
  request.origin = kOrigin;
  request.cookie = "";
  EXPECT_EQ(router_.answer(request).status, 401u);
  request.cookie = session;
  request.wants_websocket = false;
  EXPECT_EQ(router_.answer(request).status, 426u);
}

TEST_F(WebRouterTest, HasNoOtherPagesAndNoOtherMethods) {
  EXPECT_EQ(router_.answer({.method = "GET", .target = "/../etc/passwd", .host = kHost}).status, 404u);
  EXPECT_EQ(router_.answer({.method = "PUT", .target = "/", .host = kHost}).status, 405u);
  EXPECT_EQ(router_.answer({.method = "DELETE", .target = "/session", .host = kHost}).status, 405u);
}

}  // namespace
}  // namespace gdbhub::net
