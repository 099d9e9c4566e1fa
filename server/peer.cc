#include "server/peer.h"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gdbhub::net {
namespace {

Result<Peer> identify_unix(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return Error{ErrorCode::System, errno, std::string("SO_PEERCRED: ") + strerror(errno)};
  }
  const auto name = fmt::format("uid {} pid {}", credentials.uid, credentials.pid);
  if (credentials.uid != ::geteuid() && credentials.uid != 0) {
    return Error{ErrorCode::NotPermitted, 0, name + " is neither this hub's user nor root"};
  }
  return Peer{name, "Remote debugging from " + name};
}

}  // namespace

Result<Peer> identify_peer(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return Error{ErrorCode::Gone, errno, std::string("the client is gone: ") + strerror(errno)};
  }
  if (address.ss_family == AF_UNIX) return identify_unix(socket);
  char host[NI_MAXHOST], port[NI_MAXSERV];
  const int error = ::getnameinfo(reinterpret_cast<sockaddr*>(&address), size, host, sizeof host, port,
                                  sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
  if (error != 0) return Error{ErrorCode::System, 0, ::gai_strerror(error)};
  const bool v6 = std::strchr(host, ':') != nullptr;
  return Peer{v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port),
              fmt::format("Remote debugging from host {}, port {}", host, port)};
}

}  // namespace gdbhub::net
