#include "engines/dash/packet_watch.h"

#include <fmt/format.h>

#include <utility>

#include "engines/dash/rpc.h"

namespace gdbhub::dash {
namespace {

/// Packets may be binary.
std::string printable(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      text += c;
    } else {
      text += fmt::format("\\x{:02x}", byte);
    }
  }
  return text;
}

}  // namespace

PacketWatch::PacketWatch(Hub& hub, EngineId engine, Send send)
    : hub_(hub), engine_(engine), send_(std::move(send)), subscription_(hub.traffic().subscribe([this](const TrafficEntry& entry) {
        if (entry.engine != engine_) return;
        ++number_;
        if (packets_.size() >= kMaxPackets) {
          ++lost_;
          return;
        }
        packets_.push_back({number_, entry.from_client, entry.when, entry.what, std::string(entry.text.substr(0, kMaxText)), entry.text.size()});
        if (timer_ == 0) timer_ = hub_.loop().after(kPeriod, [this] { flush(); });
      })) {}

PacketWatch::~PacketWatch() {
  hub_.traffic().unsubscribe(subscription_);
  if (timer_ != 0) hub_.loop().cancel(timer_);
}

void PacketWatch::flush() {
  timer_ = 0;
  send_(std::make_shared<Message>(
      [engine = engine_, packets = std::exchange(packets_, {}), lost = std::exchange(lost_, 0)] { return render(engine, packets, lost); }));
}

std::string PacketWatch::render(EngineId engine, const std::vector<Packet>& packets, std::uint64_t lost) {
  json rows = json::array();
  for (const Packet& packet : packets) {
    std::string text = printable(packet.text);
    if (packet.size > packet.text.size()) text += fmt::format(" … ({} bytes)", packet.size);
    rows.push_back({{"number", packet.number},
                    {"from_client", packet.from_client},
                    {"time", std::chrono::duration<double>(packet.when.time_since_epoch()).count()},
                    {"what", packet.what},
                    {"text", std::move(text)}});
  }
  return notification_text("packets", {{"engine", engine.value}, {"packets", std::move(rows)}, {"lost", lost}});
}

}  // namespace gdbhub::dash
