// `gdbhub dashboard`: prints a URL of a running hub's dashboard.
#pragma once

#include <ostream>

#include "server/options.h"

namespace gdbhub::net {

/// Asks the hub, prints one line, and returns the exit status.
int run_dashboard_client(const DashboardClientOptions& options, std::ostream& out, std::ostream& err);

}  // namespace gdbhub::net
