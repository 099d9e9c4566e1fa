// Reliable exchange of packets: acknowledgements and retransmission over a Framer.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "rsp/framing.h"

namespace gdbhub::rsp {

/// What a client said. TooLong has been acknowledged, so that the client does not send it again; it deserves
/// an error reply.
using Incoming = std::variant<Packet, Interrupt, TooLong>;

/// One client's connection, without the connection. Pass in what was read, take out what is to be written;
/// call take_output() after receive/next and after send.
class Link {
 public:
  /// So many `-` in a row mean that the line, or the client, is beyond hope.
  static constexpr int kMaxResends = 8;

  explicit Link(std::size_t limit = Framer::kDefaultLimit) : framer_(limit) {}

  void receive(std::string_view bytes) { framer_.push(bytes); }
  /// The next packet or interrupt, acknowledged if that is the mode; nullopt when more bytes are needed.
  /// Packets come one at a time because the answer to one (QStartNoAckMode) changes how the next is received.
  std::optional<Incoming> next();

  /// Queues a reply. `payload` is as it goes over the line: escaped or run-length encoded by the caller.
  void send(std::string_view payload);
  /// Queues a notification (`%`), which is never acknowledged.
  void notify(std::string_view payload);
  /// What is to be written now.
  std::string take_output();

  /// No more acknowledgements, in either direction. QStartNoAckMode itself has been acknowledged by then,
  /// whether this is called before or after its OK is sent.
  void set_no_ack();
  bool acks() const { return acks_; }
  /// The client refused the same packet too often. Close the connection.
  bool broken() const { return resends_ > kMaxResends; }

 private:
  std::optional<Incoming> on(Packet& packet);
  std::optional<Incoming> on(BadChecksum& packet);
  std::optional<Incoming> on(TooLong&);
  std::optional<Incoming> on(Interrupt&) { return Interrupt{}; }
  std::optional<Incoming> on(Ack&);
  std::optional<Incoming> on(Nack&);

  Framer framer_;
  bool acks_ = true;
  std::string output_;
  std::string unacknowledged_;  ///< the last packet, framed, until the client says `+`
  int resends_ = 0;             ///< in a row
};

}  // namespace gdbhub::rsp
