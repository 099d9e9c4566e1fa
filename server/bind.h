// Sockets bound to an endpoint. They do not listen yet: what a client will find is made in between.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gdbhub/result.h"
#include "gdbhub/unique_fd.h"
#include "server/endpoint.h"

namespace gdbhub::net {

/// One socket for each address of the host, all on one port. No host: 127.0.0.1 and ::1, as far as the
/// machine has them. Port 0: the kernel picks one that is free on all. Errors carry gdbserver's words.
Result<std::vector<UniqueFd>> bind_tcp(const Endpoint& endpoint);

/// Mode 0600 from the first moment on. A socket file that nobody listens at any more is replaced.
Result<UniqueFd> bind_unix(const Endpoint& endpoint);

/// A connected socket to the first address of the endpoint that answers; blocking mode.
Result<UniqueFd> connect_to(const Endpoint& endpoint);

/// The local port of a TCP socket.
std::uint16_t local_port(int socket);

/// "Can't bind address: …."
Error bind_error(int error_number);

}  // namespace gdbhub::net
