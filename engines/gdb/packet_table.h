// Which packet is handled by whom. The tables are the protocol's documentation, too (docs/protocol.md).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "engines/gdb/reply.h"
#include "rsp/reader.h"

namespace gdbhub::gdb {

class GdbEngine;

/// Handles a packet; the reader stands behind the prefix.
using Handler = Reply (*)(GdbEngine& engine, rsp::Reader packet);

struct PacketEntry {
  std::string_view prefix;
  Handler handler = nullptr;
  bool whole = false;         ///< the prefix is the whole packet
  std::string_view feature;   ///< what qSupported says of it; empty: nothing
  std::string_view summary;   ///< one line for people
};

// One table for each family, in the file of that name.
std::span<const PacketEntry> general_packets();
std::span<const PacketEntry> register_packets();
std::span<const PacketEntry> memory_packets();
std::span<const PacketEntry> search_packets();
std::span<const PacketEntry> breakpoint_packets();
std::span<const PacketEntry> resume_packets();
std::span<const PacketEntry> thread_packets();
std::span<const PacketEntry> process_packets();
std::span<const PacketEntry> setting_packets();
std::span<const PacketEntry> xfer_packets();
std::span<const PacketEntry> file_packets();
std::span<const PacketEntry> monitor_packets();

/// All of them.
std::vector<std::span<const PacketEntry>> packet_families();
/// The entry with the longest prefix that matches; null for a packet that the hub does not know.
const PacketEntry* find_packet(std::string_view packet);

}  // namespace gdbhub::gdb
