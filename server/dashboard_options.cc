#include "server/dashboard_options.h"

namespace gdbhub::net {

Result<DashboardOptions> parse_dashboard(std::string_view text) {
  DashboardOptions options;
  const auto wrong = [](std::string why) { return Error{ErrorCode::InvalidArgument, 0, "--dashboard: " + std::move(why) + "\n"}; };
  std::string address(text.substr(0, text.find(',')));
  for (text.remove_prefix(address.size()); !text.empty();) {
    text.remove_prefix(1);
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(part.size());
    if (part == "role=controller" || part == "role=observer") {
      options.role = part == "role=observer" ? Role::Observer : Role::Controller;
    } else {
      return wrong(std::string(part) + ": not role=controller|observer");
    }
  }
  const auto bracket = address.rfind(']');
  const auto colon = address.rfind(':');
  options.fixed_port = colon != address.npos && (bracket == address.npos || colon > bracket);
  if (!options.fixed_port) address.append(":").append(kDashboardPort);
  auto endpoint = parse_endpoint(address);
  if (!endpoint) return wrong(endpoint.error().text);
  if (endpoint->kind != Endpoint::Kind::Tcp) return wrong(endpoint->text + ": browsers need a TCP address");
  options.endpoint = std::move(*endpoint);
  return options;
}

}  // namespace gdbhub::net
