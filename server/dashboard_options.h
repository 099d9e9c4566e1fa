// What stands after `--dashboard=`.
#pragma once

#include <string_view>

#include "server/options.h"

namespace gdbhub::net {

/// [ADDR][,role=controller|observer]. ADDR is HOST:PORT, :PORT or HOST; without a port it is kDashboardPort, or another one where that is taken.
Result<DashboardOptions> parse_dashboard(std::string_view text);

/// What stands after `gdbhub dashboard`.
Result<CommandLine> parse_dashboard_client(std::vector<std::string> arguments);

inline constexpr std::string_view kDashboardPort = "2380";

}  // namespace gdbhub::net
