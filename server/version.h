// What --version says.
#pragma once

#include <string>

namespace gdbhub::net {

inline std::string version_text() {
  return "gdbhub " GDBHUB_VERSION ", a drop-in for GNU gdbserver 13.1 that many debuggers share\n";
}

}  // namespace gdbhub::net
