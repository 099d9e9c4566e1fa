#include "server/listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "server/bind.h"
#include "server/peer.h"
#include "server/say.h"

namespace gdbhub::net {
namespace {

constexpr auto kRetryAccept = std::chrono::milliseconds(200);

bool is_any_address(const std::string& host) {
  return host == "0.0.0.0" || host == "::" || host == "*";
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::bind(AsioLoop& loop, ListenSpec spec) {
  std::vector<UniqueFd> sockets;
  if (spec.endpoint.kind == Endpoint::Kind::Unix) {
    auto socket = bind_unix(spec.endpoint);
    if (!socket) return socket.error();
    sockets.push_back(std::move(*socket));
  } else {
    auto bound = bind_tcp(spec.endpoint);
    if (!bound) return bound.error();
    sockets = std::move(*bound);
  }
  return std::unique_ptr<Listener>(new Listener(loop, std::move(spec), std::move(sockets)));
}

Listener::Listener(AsioLoop& loop, ListenSpec spec, std::vector<UniqueFd> sockets) : spec_(std::move(spec)) {
  if (spec_.endpoint.kind == Endpoint::Kind::Tcp) port_ = local_port(sockets.front().get());
  if (spec_.endpoint.kind == Endpoint::Kind::Unix) file_ = file_id(spec_.endpoint.path);
  doors_.reserve(sockets.size());  // handlers refer to doors: they must not move
  for (auto& socket : sockets) {
    doors_.push_back({boost::asio::posix::stream_descriptor(loop.context(), socket.release()),
                      boost::asio::steady_timer(loop.context())});
  }
}

Listener::~Listener() {
  const auto& path = spec_.endpoint.path;
  if (file_.inode != 0 && file_id(path) == file_) ::unlink(path.c_str());
}

Listener::FileId Listener::file_id(const std::string& path) {
  struct stat file {};
  if (::lstat(path.c_str(), &file) != 0) return {};
  return {file.st_dev, file.st_ino};
}

Result<> Listener::listen(Accept accept) {
  accept_ = std::move(accept);
  for (auto& door : doors_) {
    // Two who bind the same address with SO_REUSEADDR find out only here.
    if (::listen(door.socket.native_handle(), SOMAXCONN) != 0) return bind_error(errno);
  }
  for (auto& door : doors_) wait_for_clients(door);
  if (is_any_address(spec_.endpoint.host)) {
    spdlog::warn(
        "{} is open to everybody who reaches this machine: a client can run any program as this user",
        spec_.endpoint.text);
  }
  announce();
  return {};
}

void Listener::announce() const {
  const bool tcp = spec_.endpoint.kind == Endpoint::Kind::Tcp;
  say(tcp ? "Listening on port " + std::to_string(port_) : "Listening on socket " + spec_.endpoint.path);
}

void Listener::wait_for_clients(Door& door) {
  door.socket.async_wait(door.socket.wait_read, [this, &door](const boost::system::error_code& error) {
    if (!error) accept_clients(door);
  });
}

void Listener::accept_clients(Door& door) {
  for (;;) {
    UniqueFd client(::accept4(door.socket.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!client) break;
    admit(std::move(client));
  }
  if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM)
    return wait_for_clients(door);
  // The client stays in the backlog: waiting for the socket would wake us at once, for ever.
  spdlog::error("a client has to wait: {}", strerror(errno));
  door.retry.expires_after(kRetryAccept);
  door.retry.async_wait([this, &door](const boost::system::error_code& error) {
    if (!error) accept_clients(door);
  });
}

void Listener::admit(UniqueFd client) {
  auto peer = identify_peer(client.get());
  if (!peer) {
    spdlog::warn("a client at {} is refused: {}", spec_.endpoint.text, peer.error().text);
    return;
  }
  const int on = 1;
  ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // fails on a Unix socket: no matter
  ::setsockopt(client.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);  // a client's machine may just vanish
  say(peer->greeting);
  accept_({std::move(client), UniqueFd(), std::move(peer->name), spec_});
}

}  // namespace gdbhub::net
