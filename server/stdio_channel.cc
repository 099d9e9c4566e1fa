#include "server/stdio_channel.h"

#include <fcntl.h>
#include <unistd.h>

namespace gdbhub::net {

Client take_stdio(ListenSpec spec) {
  Client client;
  client.input.reset(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  client.output.reset(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  client.peer = stdio_peer;
  client.where = std::move(spec);
  const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ::dup2(nothing.get(), STDIN_FILENO);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  return client;
}

}  // namespace gdbhub::net
