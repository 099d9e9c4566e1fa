#include "server/bind.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

namespace gdbhub::net {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
  void set_port(std::uint16_t port) {
    // The port is at the same place in sockaddr_in and sockaddr_in6.
    static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
    reinterpret_cast<sockaddr_in*>(&storage)->sin_port = htons(port);
  }
};

Error system_error(std::string what) {
  return {ErrorCode::System, errno, std::move(what) + ": " + strerror(errno)};
}

int family_of(const Endpoint& endpoint) {
  switch (endpoint.family) {
    case Endpoint::Family::V4: return AF_INET;
    case Endpoint::Family::V6: return AF_INET6;
    case Endpoint::Family::Any: break;
  }
  return AF_UNSPEC;
}

/// The C library takes a port above 65,535 modulo 65,536.
bool is_too_large(const std::string& port) {
  const bool number = port.find_first_not_of("0123456789") == port.npos;
  return number && (port.size() > 9 || std::stol(port) > 0xffff);
}

Result<> add_addresses(const Endpoint& endpoint, const char* host, std::vector<SocketAddress>& addresses) {
  addrinfo hints{};
  hints.ai_family = family_of(endpoint);
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = is_too_large(endpoint.port) ? EAI_SERVICE
                                                : ::getaddrinfo(host, endpoint.port.c_str(), &hints, &found);
  if (error != 0) {
    return Error{ErrorCode::NotFound, error == EAI_SYSTEM ? errno : 0,
                 endpoint.text + ": cannot resolve name: " + ::gai_strerror(error)};
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
  for (auto* info = found; info != nullptr; info = info->ai_next) {
    SocketAddress address;
    std::memcpy(&address.storage, info->ai_addr, info->ai_addrlen);
    address.size = info->ai_addrlen;
    addresses.push_back(address);
  }
  return {};
}

/// `localhost` is all loopback addresses of the family, whatever /etc/hosts says, since clients try both.
Result<std::vector<SocketAddress>> resolve(const Endpoint& endpoint) {
  std::vector<SocketAddress> addresses;
  std::vector<const char*> hosts = {endpoint.host.c_str()};
  if (endpoint.host.empty() || endpoint.host == "localhost") {
    hosts.clear();
    if (endpoint.family != Endpoint::Family::V6) hosts.push_back("127.0.0.1");
    if (endpoint.family != Endpoint::Family::V4) hosts.push_back("::1");
  }
  for (const char* host : hosts) {
    if (auto done = add_addresses(endpoint, host, addresses); !done) return done.error();
  }
  return addresses;
}

Result<SocketAddress> unix_address(const Endpoint& endpoint) {
  SocketAddress address;
  auto& name = reinterpret_cast<sockaddr_un&>(address.storage);
  if (endpoint.path.size() >= sizeof name.sun_path) {
    return Error{ErrorCode::InvalidArgument, ENAMETOOLONG,
                 endpoint.text + ": the path is too long for a socket"};
  }
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, endpoint.path.data(), endpoint.path.size());
  address.size = sizeof name;
  return address;
}

/// The family is one that this machine does not have: no reason to fail as long as another one works.
bool is_absent(int error) {
  return error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
}

/// A bound socket, or the errno.
Result<UniqueFd> bind_address(const SocketAddress& address) {
  UniqueFd socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return bind_error(errno);
  const int on = 1, off = 0;
  // Connections of a former hub in TIME_WAIT do not keep the port.
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.family() == AF_INET6) {
    // Only "::" speaks for both families.
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address.storage);
    const bool any = IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr);
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, any ? &off : &on, sizeof on);
  }
  if (::bind(socket.get(), address.get(), address.size) != 0) return bind_error(errno);
  return socket;
}

/// Binds all that the machine has. If the kernel is to pick the port, the first address decides for the
/// others.
Result<std::vector<UniqueFd>> bind_all(std::vector<SocketAddress> addresses, bool any_port) {
  std::vector<UniqueFd> sockets;
  std::optional<Error> absent;
  for (auto& address : addresses) {
    if (any_port && !sockets.empty()) address.set_port(local_port(sockets.front().get()));
    auto socket = bind_address(address);
    if (socket) {
      sockets.push_back(std::move(*socket));
    } else if (is_absent(socket.error().system)) {
      absent = socket.error();
    } else {
      return socket.error();
    }
  }
  if (sockets.empty()) return absent.value_or(bind_error(EADDRNOTAVAIL));
  return sockets;
}

/// Removes a socket file that is left over. False if somebody listens there, or it is no socket.
bool remove_stale(const SocketAddress& address) {
  const char* path = reinterpret_cast<const sockaddr_un&>(address.storage).sun_path;
  struct stat file {};
  if (::lstat(path, &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(probe.get(), address.get(), address.size) == 0 || errno != ECONNREFUSED) return false;
  return ::unlink(path) == 0;
}

}  // namespace

Error bind_error(int error_number) {
  return {ErrorCode::System, error_number,
          std::string("Can't bind address: ") + strerror(error_number) + "."};
}

std::uint16_t local_port(int socket) {
  SocketAddress address;
  address.size = sizeof address.storage;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address.storage), &address.size);
  return ntohs(reinterpret_cast<const sockaddr_in&>(address.storage).sin_port);
}

Result<std::vector<UniqueFd>> bind_tcp(const Endpoint& endpoint) {
  auto addresses = resolve(endpoint);
  if (!addresses) return addresses.error();
  const bool any_port = endpoint.port == "0";
  // A port that is free on one address may be taken on the next: then let the kernel pick again.
  constexpr int kTries = 16;
  for (int tries = 1;; ++tries) {
    auto sockets = bind_all(*addresses, any_port);
    const bool again = !sockets && any_port && sockets.error().system == EADDRINUSE && tries < kTries;
    if (!again) return sockets;
  }
}

Result<UniqueFd> bind_unix(const Endpoint& endpoint) {
  const auto address = unix_address(endpoint);
  if (!address) return address.error();
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return bind_error(errno);
  ::fchmod(socket.get(), 0600);  // before bind: the file is made with this mode
  if (::bind(socket.get(), address->get(), address->size) == 0) return socket;
  if (errno != EADDRINUSE) return bind_error(errno);
  if (!remove_stale(*address)) return bind_error(EADDRINUSE);
  if (::bind(socket.get(), address->get(), address->size) != 0) return bind_error(errno);
  return socket;
}

Result<UniqueFd> connect_to(const Endpoint& endpoint) {
  std::vector<SocketAddress> addresses;
  if (endpoint.kind == Endpoint::Kind::Unix) {
    const auto address = unix_address(endpoint);
    if (!address) return address.error();
    addresses.push_back(*address);
  } else {
    auto found = resolve(endpoint);
    if (!found) return found.error();
    addresses = std::move(*found);
  }
  auto failure = system_error(endpoint.text);
  for (const auto& address : addresses) {
    UniqueFd socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket && ::connect(socket.get(), address.get(), address.size) == 0) return socket;
    failure = system_error(endpoint.text);
  }
  return failure;
}

}  // namespace gdbhub::net
