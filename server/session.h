// The seam between a connection and the engine that it turns out to be for.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace gdbhub::net {

/// What a session may do with its connection. Outlives the session. Loop thread only.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Queues bytes; never blocks. Silently dropped once the connection is closing. A connection whose peer
  /// lets more than Connection::kMaxUnsent pile up is closed.
  virtual void send(std::string bytes) = 0;
  /// Ends the session (soon, never inside the call), then the connection as soon as everything is sent.
  virtual void close_after_flush() = 0;
  /// Bytes queued that the kernel has not taken yet.
  virtual std::size_t unsent() const = 0;
  /// Who is there, for people: "127.0.0.1:4711", "uid 1000 pid 42", "stdio".
  virtual std::string peer() const = 0;
};

/// What a connection talks to once its first bytes have shown which protocol the client speaks. Owned by the
/// connection; its destructor is the disconnect (A26).
class Session {
 public:
  virtual ~Session() = default;
  /// Bytes as they came, in any portions; not empty.
  virtual void receive(std::string_view bytes) = 0;
  /// The client has taken nothing of what waits for it for `time`. Called again after each further such time.
  virtual void stalled([[maybe_unused]] std::chrono::seconds time) {}
};

/// Makes the session for a new connection. `first_bytes` only serve to choose (see sniff.h): the session
/// receives them again. Null refuses the client.
using SessionFactory = std::function<std::unique_ptr<Session>(Transport&, std::string_view first_bytes)>;

}  // namespace gdbhub::net
