#include "server/web_access.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>

#include "gdbhub/check.h"

namespace gdbhub::net {
namespace {

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address;
  return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 || ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

/// HOST:PORT or [V6]:PORT without the port, which may be missing when it is the protocol's own.
struct HostAndPort {
  std::string host;
  std::string_view port;
};
HostAndPort split(std::string_view text, std::string_view usual_port) {
  const auto colon = text.rfind(':');
  const auto bracket = text.rfind(']');
  HostAndPort parts{{}, usual_port};
  if (colon != text.npos && (bracket == text.npos || colon > bracket)) {
    parts.port = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  parts.host = text;
  return parts;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string random_secret() {
  std::array<unsigned char, 16> bytes;
  // Never short and never interrupted for so few bytes (getrandom(2)).
  GDBHUB_CHECK(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

WebAccess::WebAccess(std::string host, std::uint16_t port, bool secure) : host_(std::move(host)), port_(port), secure_(secure) {}

std::string WebAccess::issue_token() {
  const std::lock_guard lock(mutex_);
  if (tokens_.size() == kMaxTokens) tokens_.pop_front();
  return tokens_.emplace_back(random_secret());
}

std::optional<std::string> WebAccess::redeem(std::string_view token) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find(tokens_.begin(), tokens_.end(), token);
  if (found == tokens_.end()) return std::nullopt;
  tokens_.erase(found);
  return *sessions_.insert(random_secret()).first;
}

bool WebAccess::has_session(std::string_view header) const {
  const std::string prefix = cookie_name() + "=";
  while (!header.empty()) {
    const auto end = std::min(header.find(';'), header.size());
    const std::string_view cookie = trimmed(header.substr(0, end));
    header.remove_prefix(std::min(end + 1, header.size()));
    if (!cookie.starts_with(prefix)) continue;
    const std::lock_guard lock(mutex_);
    if (sessions_.contains(cookie.substr(prefix.size()))) return true;
  }
  return false;
}

std::string WebAccess::cookie_name() const { return "gdbhub-" + std::to_string(port_); }

std::string WebAccess::set_cookie(std::string_view session) const {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}", cookie_name(), session, secure_ ? "; Secure" : "");
}

bool WebAccess::is_own_host(std::string_view header) const {
  const auto [host, port] = split(header, secure_ ? "443" : "80");
  if (port != std::to_string(port_)) return false;
  return is_address(host) || host == "localhost" || (!host_.empty() && host == host_);
}

bool WebAccess::is_own_origin(std::string_view origin, std::string_view host) const {
  return origin.empty() || origin == fmt::format("{}://{}", scheme(), host);
}

}  // namespace gdbhub::net
