// Who is at the other end of a socket.
#pragma once

#include <string>
#include <string_view>

#include "gdbhub/result.h"

namespace gdbhub::net {

/// The peer of a connected socket, in the words of gdbserver's message and in ours.
struct Peer {
  std::string name;      ///< "127.0.0.1:4711", "[::1]:4711", "uid 1000 pid 42"
  std::string greeting;  ///< "Remote debugging from host 127.0.0.1, port 4711"
};

/// For a Unix socket NotPermitted, unless the peer is of our user or root.
Result<Peer> identify_peer(int socket);

/// Whose process a peer on this machine is, by its name as of Peer: "alice", or "uid 1000" where /etc/passwd does not have the number. Empty
/// where that is not known: a peer elsewhere, one that has gone. Reads the kernel's list of connections, and asks no network.
std::string user_of_peer(std::string_view name);

}  // namespace gdbhub::net
