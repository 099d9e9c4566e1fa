#include "server/peer.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

#include "gdbhub/bytes.h"

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

/// As in /etc/passwd, not from a directory elsewhere: that could take its time.
std::string user_name(uid_t uid) {
  std::string name = fmt::format("uid {}", uid);
  const std::unique_ptr<std::FILE, decltype(&std::fclose)> file(std::fopen("/etc/passwd", "re"), &std::fclose);
  while (const passwd* entry = file ? ::fgetpwent(file.get()) : nullptr)
    if (entry->pw_uid == uid) return entry->pw_name;
  return name;
}

/// An end of a connection as /proc/net/tcp and tcp6 write it: words of memory as hexadecimal numbers, and the port.
std::string proc_text(ByteSpan address, unsigned port) {
  std::string text;
  for (std::size_t at = 0; at < address.size(); at += sizeof(std::uint32_t)) {
    std::uint32_t word = 0;
    std::memcpy(&word, address.data() + at, sizeof word);
    text += fmt::format("{:08X}", word);
  }
  return text + fmt::format(":{:04X}", port);
}

/// proc_net_tcp(5): of the line whose local end it is, the column "uid".
std::optional<uid_t> owner_of(const char* table, const std::string& local) {
  std::ifstream file(table);
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string number, end, skipped;
    uid_t uid = 0;
    words >> number >> end;
    if (end != local) continue;
    for (int column = 2; column < 7; ++column) words >> skipped;
    if (words >> uid) return uid;
  }
  return std::nullopt;
}

}  // namespace

std::string user_of_peer(std::string_view name) {
  unsigned uid = 0;
  if (name.starts_with("uid ")) {
    std::istringstream(std::string(name.substr(4))) >> uid;
    return user_name(uid);
  }
  const auto colon = name.rfind(':');
  unsigned port = 0;
  if (colon == name.npos || !(std::istringstream(std::string(name.substr(colon + 1))) >> port)) return {};
  std::string host(name.substr(0, colon));
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  std::array<Byte, sizeof(in6_addr)> address{};
  std::optional<uid_t> owner;
  if (::inet_pton(AF_INET, host.c_str(), address.data()) == 1) {
    owner = owner_of("/proc/self/net/tcp", proc_text(ByteSpan(address).first(sizeof(in_addr)), port));
  } else if (::inet_pton(AF_INET6, host.c_str(), address.data()) == 1) {
    owner = owner_of("/proc/self/net/tcp6", proc_text(address, port));
  }
  return owner ? user_name(*owner) : std::string();
}

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
