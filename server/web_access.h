// Who may use the dashboard: tokens, cookies, and the checks against pages of other origins.
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace gdbhub::net {

/// The hub prints a URL with a token that is good for one exchange; the page changes it into a cookie that scripts cannot read. Called
/// by the tracer thread (new tokens) and by the web thread (everything else).
class WebAccess {
 public:
  /// `host`: the name or address of the command line, empty for the loopback; `port`: that it is served at; `secure`: over TLS.
  WebAccess(std::string host, std::uint16_t port, bool secure = false);

  std::string_view scheme() const { return secure_ ? "https" : "http"; }

  /// Tokens that wait for their browser; with a further one the oldest is not good any more.
  static constexpr std::size_t kMaxTokens = 16;

  /// A new token, good for one redeem().
  std::string issue_token();
  /// The value of a new cookie, if the token is good. It is not any more then.
  std::optional<std::string> redeem(std::string_view token);
  /// The `Cookie:` header shows a session of this hub.
  bool has_session(std::string_view cookie_header) const;
  /// The `Set-Cookie:` header for a session. Strict: no other site's link or page sends it; the port is in the name, since browsers keep
  /// cookies by host alone and two hubs would take each other's away.
  std::string set_cookie(std::string_view session) const;

  /// The `Host:` header names this server by an address, as "localhost" or as on the command line; another name is somebody's who
  /// resolves it to this machine (DNS rebinding).
  bool is_own_host(std::string_view host) const;
  /// The `Origin:` header is this server's as the browser knows it, or absent: then it is no browser.
  bool is_own_origin(std::string_view origin, std::string_view host) const;

 private:
  std::string cookie_name() const;

  const std::string host_;
  const std::uint16_t port_;
  const bool secure_;
  mutable std::mutex mutex_;
  std::deque<std::string> tokens_;
  std::set<std::string, std::less<>> sessions_;
};

/// 128 random bits of the kernel's as hexadecimal digits.
std::string random_secret();

}  // namespace gdbhub::net
