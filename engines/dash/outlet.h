// The way of messages to one client.
#pragma once

#include <cstddef>
#include <functional>

#include "engines/dash/update.h"

namespace gdbhub::dash {

/// How messages leave.
struct Outlet {
  std::function<void(MessagePtr)> send;  ///< never blocks
  std::function<std::size_t()> unsent;   ///< messages that have not been handed to the kernel yet
  std::function<void()> close;
};

}  // namespace gdbhub::dash
