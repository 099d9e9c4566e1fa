// The address of a listener or a hub, as it is written on a command line.
#pragma once

#include <string>
#include <string_view>

#include "gdbhub/result.h"

namespace gdbhub::net {

/// HOST:PORT, :PORT, [V6]:PORT, V6:PORT (all with or without `tcp:`, `tcp4:` or `tcp6:`), unix:PATH, `-` or `stdio`; what has
/// no colon is the path of a device.
struct Endpoint {
  enum class Kind { Tcp, Unix, Stdio, Device };
  enum class Family { Any, V4, V6 };

  Kind kind = Kind::Tcp;
  Family family = Family::Any;  ///< Tcp
  std::string host;             ///< Tcp: empty means the loopback addresses
  std::string port;             ///< Tcp: a number or the name of a service
  std::string path;             ///< Unix, Device
  std::string text;             ///< as it was written

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// Splits, but does not resolve: a host that does not exist is found out by who binds or connects. Errors are in gdb's words.
Result<Endpoint> parse_endpoint(std::string_view text);

}  // namespace gdbhub::net
