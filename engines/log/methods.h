// The family of the API's methods that follow and log: subscribe, attach, launch, insert_logpoint and the like.
#pragma once

#include <span>

#include "engines/dash/methods.h"

namespace gdbhub::log {

/// docs/api.md, docs/logging.md. All of them work on the client's LogEngine.
std::span<const dash::Method> methods();

}  // namespace gdbhub::log
