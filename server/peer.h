// Who is at the other end of a socket.
#pragma once

#include <string>

#include "gdbhub/result.h"

namespace gdbhub::net {

/// The peer of a connected socket, in the words of gdbserver's message and in ours.
struct Peer {
  std::string name;      ///< "127.0.0.1:4711", "[::1]:4711", "uid 1000 pid 42"
  std::string greeting;  ///< "Remote debugging from host 127.0.0.1, port 4711"
};

/// For a Unix socket NotPermitted, unless the peer is of our user or root.
Result<Peer> identify_peer(int socket);

}  // namespace gdbhub::net
