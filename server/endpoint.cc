#include "server/endpoint.h"

namespace gdbhub::net {
namespace {

constexpr std::string_view kTcp = "tcp:";
constexpr std::string_view kUnix = "unix:";

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  Endpoint endpoint;
  endpoint.text = text;
  if (text == "-" || text == "stdio") {
    endpoint.kind = Endpoint::Kind::Stdio;
    return endpoint;
  }
  if (text.starts_with(kUnix)) {
    endpoint.kind = Endpoint::Kind::Unix;
    endpoint.path = text.substr(kUnix.size());
    if (endpoint.path.empty()) {
      return Error{ErrorCode::InvalidArgument, 0, endpoint.text + ": a path is missing after unix:"};
    }
    return endpoint;
  }
  // A lone "tcp:2345" is the host "tcp", as it is for gdb.
  if (text.starts_with(kTcp) && text.find(':', kTcp.size()) != text.npos) text.remove_prefix(kTcp.size());
  const auto colon = text.rfind(':');
  if (colon == text.npos || colon + 1 == text.size()) {
    return Error{ErrorCode::InvalidArgument, 0,
                 endpoint.text + ": not an address (HOST:PORT, :PORT, unix:PATH, - or stdio)"};
  }
  endpoint.port = text.substr(colon + 1);
  auto host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  endpoint.host = host;
  return endpoint;
}

}  // namespace gdbhub::net
