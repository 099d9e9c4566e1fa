// The messages of one client, for somebody who looks on.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engines/dash/update.h"
#include "gdbhub/hub.h"

namespace gdbhub::dash {

/// Gathers for a tenth of a second, so that a busy client costs its watcher one message; what is too much, or too long, is left out and
/// counted. Tracer thread only.
class PacketWatch {
 public:
  static constexpr std::chrono::milliseconds kPeriod{100};
  static constexpr std::size_t kMaxPackets = 500;  ///< of one message
  static constexpr std::size_t kMaxText = 400;     ///< bytes of a packet

  using Send = std::function<void(MessagePtr)>;

  /// `hub` is not owned.
  PacketWatch(Hub& hub, EngineId engine, Send send);
  ~PacketWatch();
  PacketWatch(const PacketWatch&) = delete;
  PacketWatch& operator=(const PacketWatch&) = delete;

 private:
  struct Packet {
    std::uint64_t number = 0;  ///< counts from 1, those left out included
    bool from_client = false;
    std::chrono::system_clock::time_point when;
    std::string_view what;
    std::string text;
    std::size_t size = 0;  ///< of the whole
  };

  void flush();
  static std::string render(EngineId engine, const std::vector<Packet>& packets, std::uint64_t lost);

  Hub& hub_;
  const EngineId engine_;
  Send send_;
  std::uint64_t subscription_;
  std::vector<Packet> packets_;
  std::uint64_t number_ = 0;
  std::uint64_t lost_ = 0;
  EventLoop::TimerId timer_ = 0;  ///< 0: nothing is gathered
};

}  // namespace gdbhub::dash
