#include "server/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "server/dashboard_options.h"
#include "server/serve_options.h"

namespace gdbhub::net {
namespace {

using Arguments = std::vector<std::string>;

Error wrong(std::string text) {
  return {ErrorCode::InvalidArgument, 0, std::move(text) + "\n"};
}

Result<CommandLine> parse_log(Arguments arguments) {
  CLI::App app("Prints the events of a running hub, one a line.", "gdbhub log");
  std::string hub;
  bool json = false;
  app.add_option("--connect", hub, "HOST:PORT or unix:PATH")->type_name("ADDR")->required();
  app.add_flag("--json", json, "One JSON object a line");
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
  return CommandLine(LogOptions{std::move(*endpoint), json});
}

}  // namespace

Result<CommandLine> parse_command_line(std::span<const std::string> arguments,
                                       std::span<const EngineKind> engines) {
  if (!arguments.empty() && arguments.front() == "log") {
    return parse_log({arguments.begin() + 1, arguments.end()});
  }
  if (!arguments.empty() && arguments.front() == "dashboard") {
    return parse_dashboard_client({arguments.begin() + 1, arguments.end()});
  }
  return parse_serve_options({arguments.begin(), arguments.end()}, engines);
}

}  // namespace gdbhub::net
