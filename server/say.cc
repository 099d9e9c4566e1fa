#include "server/say.h"

#include <cstdio>
#include <string>

namespace gdbhub::net {

void say(std::string_view line) {
  const auto text = std::string(line) + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);  // stderr is unbuffered
}

}  // namespace gdbhub::net
