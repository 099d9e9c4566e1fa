#include "rsp/framing.h"

#include <cstring>
#include <utility>

#include "gdbhub/bytes.h"
#include "rsp/hex.h"

namespace gdbhub::rsp {

std::uint8_t checksum(std::string_view payload) {
  std::uint8_t sum = 0;
  for (const Byte byte : bytes_of(payload)) sum = static_cast<std::uint8_t>(sum + byte);
  return sum;
}

void append_frame(std::string& to, char start, std::string_view payload) {
  const Byte sum = checksum(payload);
  to.reserve(to.size() + payload.size() + 4);
  to += start;
  to += payload;
  to += '#';
  append_hex(to, {&sum, 1});
}

void Framer::push(std::string_view bytes) {
  input_.erase(0, cursor_);
  cursor_ = 0;
  input_ += bytes;
}

std::optional<Frame> Framer::next() {
  while (cursor_ < input_.size()) {
    std::optional<Frame> frame;
    switch (state_) {
      case State::Between:
        frame = read_between();
        break;
      case State::Body:
        read_body();
        break;
      case State::ChecksumHigh:
      case State::ChecksumLow:
        frame = read_checksum();
        break;
    }
    if (frame) return frame;
  }
  input_.clear();
  cursor_ = 0;
  return std::nullopt;
}

std::optional<Frame> Framer::read_between() {
  switch (input_[cursor_++]) {
    case '$':
      begin_packet();
      return std::nullopt;
    case '+':
      return Ack{};
    case '-':
      return Nack{};
    case '\x03':
      return Interrupt{};
    default:
      return std::nullopt;
  }
}

void Framer::read_body() {
  std::string_view part = std::string_view(input_).substr(cursor_);
  const bool ends = part.find('#') != std::string_view::npos;
  part = part.substr(0, part.find('#'));
  cursor_ += part.size() + (ends ? 1 : 0);
  // Data never has a bare `$`, so the client has begun anew; from the back, as it may have done so often.
  if (const auto restart = part.rfind('$'); restart != std::string_view::npos) {
    begin_packet();
    part.remove_prefix(restart + 1);
  }
  take(part);
  if (ends) state_ = State::ChecksumHigh;
}

std::optional<Frame> Framer::read_checksum() {
  const char c = input_[cursor_++];
  if (c == '$') {
    begin_packet();
    return std::nullopt;
  }
  if (state_ == State::ChecksumHigh) {
    checksum_high_ = hex_digit(c);
    state_ = State::ChecksumLow;
    return std::nullopt;
  }
  state_ = State::Between;
  const int low = hex_digit(c);
  return finish(checksum_high_ < 0 || low < 0 ? -1 : checksum_high_ << 4 | low);
}

Frame Framer::finish(int received_sum) {
  std::string payload = std::exchange(payload_, {});
  if (too_long_) return TooLong{};
  if (received_sum != checksum(payload)) return BadChecksum{std::move(payload)};
  return Packet{std::move(payload)};
}

void Framer::begin_packet() {
  payload_.clear();
  too_long_ = false;
  state_ = State::Body;
}

void Framer::take(std::string_view part) {
  if (too_long_) return;
  if (part.size() > limit_ - payload_.size()) {
    too_long_ = true;
    payload_ = {};
    return;
  }
  payload_ += part;
}

}  // namespace gdbhub::rsp
