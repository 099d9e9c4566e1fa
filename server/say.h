// What gdbserver says on stderr, and scripts wait for: always there, whatever the log level.
#pragma once

#include <string_view>

namespace gdbhub::net {

/// One line, written at once.
void say(std::string_view line);

}  // namespace gdbhub::net
