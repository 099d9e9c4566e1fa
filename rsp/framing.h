// Cuts a byte stream into the frames of the remote protocol.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace gdbhub::rsp {

/// What stands between `$` and `#`, still escaped. The checksum was right.
struct Packet {
  std::string payload;
};
/// `+`
struct Ack {};
/// `-`
struct Nack {};
/// 0x03 outside a packet.
struct Interrupt {};
/// A packet whose checksum is wrong. The payload counts only where the transport is reliable (no-ack mode).
struct BadChecksum {
  std::string payload;
};
/// A packet of more than the limit. It has been dropped.
struct TooLong {};

/// The sum of all bytes, modulo 256.
std::uint8_t checksum(std::string_view payload);
/// Appends a whole frame: `start` (`$` or `%`), the payload, `#` and the checksum.
void append_frame(std::string& to, char start, std::string_view payload);

using Frame = std::variant<Packet, Ack, Nack, Interrupt, BadChecksum, TooLong>;

/// Turns bytes, in portions of any size, into frames. Noise between frames is ignored; a `$` inside a packet
/// begins a new one. Holds at most one unfinished packet, once next() has returned nullopt.
class Framer {
 public:
  /// 1 MiB of memory in hex would be twice as much; as binary data with escapes it is just above.
  static constexpr std::size_t kDefaultLimit = (std::size_t{1} << 20) + 4096;

  /// `limit`: the longest payload taken, in bytes as they come (escapes count double).
  explicit Framer(std::size_t limit = kDefaultLimit) : limit_(limit) {}

  void push(std::string_view bytes);
  /// The next whole frame, or nullopt when more bytes are needed.
  std::optional<Frame> next();

 private:
  enum class State { Between, Body, ChecksumHigh, ChecksumLow };

  std::optional<Frame> read_between();
  void read_body();
  std::optional<Frame> read_checksum();
  void begin_packet();
  void take(std::string_view part);
  Frame finish(int received_sum);

  std::size_t limit_;
  State state_ = State::Between;
  std::string input_;  ///< pushed; looked at up to cursor_
  std::size_t cursor_ = 0;
  std::string payload_;  ///< of the packet under way
  bool too_long_ = false;
  int checksum_high_ = 0;  ///< a digit's value, or -1
};

}  // namespace gdbhub::rsp
