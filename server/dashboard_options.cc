#include "server/dashboard_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

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

Result<CommandLine> parse_dashboard_client(std::vector<std::string> arguments) {
  const auto wrong = [](std::string why) { return Error{ErrorCode::InvalidArgument, 0, std::move(why) + "\n"}; };
  CLI::App app("Prints a URL of a running hub's dashboard. It is good for one browser.", "gdbhub dashboard");
  std::string hub, at;
  app.add_option("--connect", hub, "HOST:PORT or unix:PATH, where debuggers connect")->type_name("ADDR")->required();
  app.add_option("--at", at, "where to serve it if the hub does not yet, as after --dashboard=")->type_name("[ADDR][,role=ROLE]");
  try {
    std::reverse(arguments.begin(), arguments.end());
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    return CommandLine(Information{app.help()});
  } catch (const CLI::ParseError& error) {
    return wrong(app.help() + error.what());
  }
  auto endpoint = parse_endpoint(hub);
  if (!endpoint) return wrong(endpoint.error().text);
  if (endpoint->kind == Endpoint::Kind::Stdio || endpoint->kind == Endpoint::Kind::Device)
    return wrong("--connect: " + hub + " is not the address of a hub");
  return CommandLine(DashboardClientOptions{std::move(*endpoint), std::move(at)});
}

}  // namespace gdbhub::net
