#include "rsp/link.h"

#include <utility>

namespace gdbhub::rsp {

std::optional<Incoming> Link::next() {
  while (auto frame = framer_.next()) {
    if (auto incoming = std::visit([this](auto& what) { return on(what); }, *frame)) return incoming;
  }
  return std::nullopt;
}

void Link::send(std::string_view payload) {
  const std::size_t start = output_.size();
  append_frame(output_, '$', payload);
  if (acks_) unacknowledged_ = output_.substr(start);
  resends_ = 0;
}

void Link::notify(std::string_view payload) {
  append_frame(output_, '%', payload);
}

std::string Link::take_output() {
  return std::exchange(output_, {});
}

void Link::set_no_ack() {
  acks_ = false;
  unacknowledged_ = {};
}

std::optional<Incoming> Link::on(Packet& packet) {
  if (acks_) output_ += '+';
  return std::move(packet);
}

std::optional<Incoming> Link::on(BadChecksum& packet) {
  // Without acks the transport vouches for the bytes, and there is no way to ask again.
  if (!acks_) return Packet{std::move(packet.payload)};
  output_ += '-';
  return std::nullopt;
}

std::optional<Incoming> Link::on(TooLong&) {
  if (acks_) output_ += '+';
  return TooLong{};
}

std::optional<Incoming> Link::on(Ack&) {
  unacknowledged_.clear();
  resends_ = 0;
  return std::nullopt;
}

std::optional<Incoming> Link::on(Nack&) {
  if (!unacknowledged_.empty() && ++resends_ <= kMaxResends) output_ += unacknowledged_;
  return std::nullopt;
}

}  // namespace gdbhub::rsp
