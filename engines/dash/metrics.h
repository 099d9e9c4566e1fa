// The hub in numbers, for Prometheus.
#pragma once

#include <string>

#include "engines/dash/counters.h"
#include "gdbhub/hub.h"

namespace gdbhub::dash {

/// Text exposition format 0.0.4. Counts only: no names, addresses or contents.
std::string metrics_page(Hub& hub, const Counts& counts, std::size_t watchers);

}  // namespace gdbhub::dash
