// Accepts clients at one endpoint, as many as come.
#pragma once

#include <sys/types.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gdbhub/result.h"
#include "gdbhub/unique_fd.h"
#include "server/asio_loop.h"
#include "server/options.h"

namespace gdbhub::net {

/// A client that was let in.
struct Client {
  UniqueFd input;
  UniqueFd output;   ///< empty: the same as input
  std::string peer;  ///< for people
  ListenSpec where;
};

/// A TCP or Unix endpoint. Loop thread only; goes after the loop has stopped and before it is destroyed.
class Listener {
 public:
  using Accept = std::function<void(Client)>;

  /// Takes the address. Clients are refused until listen().
  static Result<std::unique_ptr<Listener>> bind(AsioLoop& loop, ListenSpec spec);
  /// Removes the file of a Unix socket, if it is still this one's.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Clients may come from now on; each is given to `accept`. Says on stderr where, as gdbserver does.
  Result<> listen(Accept accept);
  /// "Listening on port N"; again when gdbserver would reopen its connection.
  void announce() const;

  const ListenSpec& spec() const { return spec_; }
  /// TCP: the port, also the one that the kernel picked. Otherwise 0.
  std::uint16_t port() const { return port_; }

 private:
  /// One bound socket, and the timer for when no descriptor is left for a client.
  struct Door {
    boost::asio::posix::stream_descriptor socket;
    boost::asio::steady_timer retry;
  };
  struct FileId {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const FileId&) const = default;
  };

  Listener(AsioLoop& loop, ListenSpec spec, std::vector<UniqueFd> sockets);
  static FileId file_id(const std::string& path);
  void wait_for_clients(Door& door);
  void accept_clients(Door& door);
  void admit(UniqueFd client);

  ListenSpec spec_;
  std::vector<Door> doors_;
  std::uint16_t port_ = 0;
  FileId file_;  // of a Unix socket
  Accept accept_;
};

}  // namespace gdbhub::net
