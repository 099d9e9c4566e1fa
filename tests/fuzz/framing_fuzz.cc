// Any bytes, in any portions: the frames must not depend on the portions, and a link must stay bounded.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gdbhub/check.h"
#include "rsp/link.h"

namespace gdbhub::rsp {
namespace {

constexpr std::size_t kLimit = 64;

struct Describe {
  std::string operator()(const Packet& packet) const { return "$" + packet.payload; }
  std::string operator()(const BadChecksum& packet) const { return "!" + packet.payload; }
  std::string operator()(Ack) const { return "+"; }
  std::string operator()(Nack) const { return "-"; }
  std::string operator()(Interrupt) const { return "^C"; }
  std::string operator()(TooLong) const { return "too long"; }
};

std::vector<std::string> frames(std::string_view bytes, std::size_t portion) {
  Framer framer(kLimit);
  std::vector<std::string> seen;
  while (!bytes.empty()) {
    framer.push(bytes.substr(0, portion));
    bytes.remove_prefix(std::min(portion, bytes.size()));
    while (const auto frame = framer.next()) {
      if (const auto* packet = std::get_if<Packet>(&*frame)) GDBHUB_CHECK(packet->payload.size() <= kLimit);
      seen.push_back(std::visit(Describe{}, *frame));
    }
  }
  return seen;
}

/// A link that answers each packet with itself. Every byte of input may cost one resend at most.
void run_link(std::string_view bytes) {
  Link link(kLimit);
  link.receive(bytes);
  std::size_t written = 0;
  while (const auto incoming = link.next()) {
    if (const auto* packet = std::get_if<Packet>(&*incoming)) {
      link.send(packet->payload);
      if (packet->payload == "n") link.set_no_ack();
    }
    written += link.take_output().size();
  }
  GDBHUB_CHECK(written <= bytes.size() * (kLimit + 5));
}

}  // namespace
}  // namespace gdbhub::rsp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gdbhub::rsp;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = frames(bytes, bytes.size());
  for (const std::size_t portion : {1, 2, 7}) GDBHUB_CHECK(frames(bytes, portion) == whole);
  run_link(bytes);
  return 0;
}
