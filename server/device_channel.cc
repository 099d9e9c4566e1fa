#include "server/device_channel.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "server/say.h"

namespace gdbhub::net {
namespace {

Error device_error(int number) {
  return {ErrorCode::System, number, std::string("Could not open remote device: ") + strerror(number) + "."};
}

}  // namespace

Result<Client> open_device(const ListenSpec& spec) {
  UniqueFd device(::open(spec.endpoint.path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!device) return device_error(errno);
  struct stat file {};
  if (::fstat(device.get(), &file) != 0 || !S_ISCHR(file.st_mode) || ::isatty(device.get()) == 0)
    return device_error(ENOTTY);
  termios line{};
  if (::tcgetattr(device.get(), &line) != 0) return device_error(errno);
  ::cfmakeraw(&line);
  line.c_cflag |= CLOCAL;
  if (::tcsetattr(device.get(), TCSANOW, &line) != 0) return device_error(errno);
  say("Remote debugging using " + spec.endpoint.path);
  return Client{std::move(device), UniqueFd(), spec.endpoint.path, spec};
}

}  // namespace gdbhub::net
