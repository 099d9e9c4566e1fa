#include "server/endpoint.h"

namespace gdbhub::net {
namespace {

constexpr std::string_view kUnix = "unix:";

struct Scheme {
  std::string_view prefix;
  Endpoint::Family family;
};
constexpr Scheme kSchemes[] = {{"tcp:", Endpoint::Family::Any},
                               {"tcp4:", Endpoint::Family::V4},
                               {"tcp6:", Endpoint::Family::V6}};

Error wrong(std::string text) { return {ErrorCode::InvalidArgument, 0, std::move(text)}; }

std::string quoted(const Endpoint& endpoint) { return "'" + endpoint.text + "'"; }

Result<Endpoint> parse_tcp(std::string_view text, Endpoint endpoint) {
  const auto colon = text.rfind(':');
  if (colon + 1 == text.size()) return wrong("Missing port on hostname " + quoted(endpoint));
  endpoint.port = text.substr(colon + 1);
  auto host = text.substr(0, colon);
  const bool opens = host.starts_with('['), closes = host.ends_with(']');
  if (opens && !closes) return wrong("Missing close bracket in hostname " + quoted(endpoint));
  if (closes && !opens) return wrong("Missing open bracket in hostname " + quoted(endpoint));
  if (opens) host = host.substr(1, host.size() - 2);
  endpoint.host = host;
  return endpoint;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  Endpoint endpoint;
  endpoint.text = text;
  if (text.empty()) return wrong("the address is empty");
  if (text == "-" || text == "stdio") {
    endpoint.kind = Endpoint::Kind::Stdio;
    return endpoint;
  }
  if (text.starts_with(kUnix)) {
    endpoint.kind = Endpoint::Kind::Unix;
    endpoint.path = text.substr(kUnix.size());
    if (endpoint.path.empty()) return wrong(endpoint.text + ": a path is missing after unix:");
    return endpoint;
  }
  if (text.find(':') == text.npos) {
    endpoint.kind = Endpoint::Kind::Device;
    endpoint.path = text;
    return endpoint;
  }
  if (text.starts_with("udp") && text.find(':') <= 4 && text.find(':') != text.rfind(':'))
    return wrong(endpoint.text + ": UDP is not supported");
  for (const auto& [prefix, family] : kSchemes) {
    // A lone "tcp:2345" is the host "tcp", as it is for gdb.
    if (!text.starts_with(prefix) || text.find(':', prefix.size()) == text.npos) continue;
    text.remove_prefix(prefix.size());
    endpoint.family = family;
    break;
  }
  return parse_tcp(text, std::move(endpoint));
}

}  // namespace gdbhub::net
