// What the hub says about itself: its log, and the debug messages that options and monitor commands switch on.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "server/options.h"

namespace gdbhub::net {

/// The debug messages of one kind. The log is one for the process, as stderr is.
enum class DebugComponent {
  Threads,         ///< what is done to threads, and what the kernel says of them
  HardwarePoints,  ///< writes of debug registers
  EventLoop,       ///< signals, clients, bytes
  Remote,          ///< packets, with their client
};

/// Makes spdlog's default logger and the debug messages write to stderr or the debug file, as asked for.
void set_up_logging(const DebugOptions& options);

void set_debug(DebugComponent component, bool on);
/// Each line begins with the time of day.
void set_debug_timestamps(bool on);
/// Empty: stderr. A file that cannot be written is reported in gdbserver's words, and stderr it is.
void set_debug_file(const std::string& path);

/// Whether debug() of this component says anything: for what is expensive to put into words.
bool debugs(DebugComponent component);
void write_debug(DebugComponent component, std::string_view line);

template <class... Arguments>
void debug(DebugComponent component, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  if (debugs(component)) write_debug(component, fmt::format(format, std::forward<Arguments>(arguments)...));
}

/// Packets of the remote protocol as they went, one a line: `PEER <- "$…#xx"`.
void debug_packets(std::string_view peer, std::string_view direction, std::string_view bytes);

}  // namespace gdbhub::net
