#include "server/web_access.h"

#include <gtest/gtest.h>

namespace gdbhub::net {
namespace {

TEST(WebAccess, ATokenIsGoodOnce) {
  WebAccess access("", 2380);
  const std::string token = access.issue_token();
  const auto session = access.redeem(token);
  ASSERT_TRUE(session);
  EXPECT_FALSE(access.redeem(token));
  EXPECT_FALSE(access.redeem(""));
  EXPECT_NE(*session, token);
}

TEST(WebAccess, TheOldestOfTooManyTokensIsNotGoodAnyMore) {
  WebAccess access("", 2380);
  const std::string first = access.issue_token(), second = access.issue_token();
  for (std::size_t i = 1; i < WebAccess::kMaxTokens; ++i) (void)access.issue_token();
  EXPECT_FALSE(access.redeem(first));
  EXPECT_TRUE(access.redeem(second));
}

TEST(WebAccess, ASessionIsKnownByItsCookieAmongOthers) {
  WebAccess access("", 2380);
  const std::string cookie = access.set_cookie(*access.redeem(access.issue_token()));
  const std::string pair = cookie.substr(0, cookie.find(';'));
  EXPECT_TRUE(access.has_session(pair));
  EXPECT_TRUE(access.has_session("theme=dark;  " + pair + "; x=1"));
  EXPECT_FALSE(access.has_session(pair + "0"));
  EXPECT_FALSE(access.has_session("x" + pair));
  EXPECT_FALSE(access.has_session(""));
  EXPECT_FALSE(WebAccess("", 2380).has_session(pair)) << "another hub's";
  EXPECT_NE(cookie.find("HttpOnly"), cookie.npos);
  EXPECT_NE(cookie.find("SameSite=Strict"), cookie.npos);
}

TEST(WebAccess, OnlyAddressesAndTheHostOfTheCommandLineAreOwnNames) {
  const WebAccess access("debug.example", 2380);
  for (const char* host : {"127.0.0.1:2380", "localhost:2380", "[::1]:2380", "192.0.2.7:2380", "debug.example:2380"})
    EXPECT_TRUE(access.is_own_host(host)) << host;
  for (const char* host : {"rebound.example:2380", "127.0.0.1:2381", "127.0.0.1", "", ":2380", "127.0.0.1.example:2380", "[::1]"})
    EXPECT_FALSE(access.is_own_host(host)) << host;
}

TEST(WebAccess, AnOriginIsThePagesOwnOrNone) {
  const WebAccess access("", 2380);
  EXPECT_TRUE(access.is_own_origin("http://127.0.0.1:2380", "127.0.0.1:2380"));
  EXPECT_TRUE(access.is_own_origin("", "127.0.0.1:2380"));
  EXPECT_FALSE(access.is_own_origin("http://127.0.0.1:8000", "127.0.0.1:2380"));
  EXPECT_FALSE(access.is_own_origin("https://127.0.0.1:2380", "127.0.0.1:2380"));
  EXPECT_FALSE(access.is_own_origin("null", "127.0.0.1:2380"));
}

}  // namespace
}  // namespace gdbhub::net
