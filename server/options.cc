#include "server/options.h"

#include "server/dashboard_options.h"
#include "server/log_options.h"
#include "server/serve_options.h"

namespace gdbhub::net {

Result<CommandLine> parse_command_line(std::span<const std::string> arguments,
                                       std::span<const EngineKind> engines) {
  if (!arguments.empty() && arguments.front() == "log") return parse_log_options({arguments.begin() + 1, arguments.end()});
  if (!arguments.empty() && arguments.front() == "dashboard") return parse_dashboard_client({arguments.begin() + 1, arguments.end()});
  return parse_serve_options({arguments.begin(), arguments.end()}, engines);
}

}  // namespace gdbhub::net
