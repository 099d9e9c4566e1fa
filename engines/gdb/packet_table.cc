#include "engines/gdb/packet_table.h"

#include <algorithm>
#include <array>

namespace gdbhub::gdb {

std::vector<std::span<const PacketEntry>> packet_families() {
  return {general_packets(), register_packets(), memory_packets(),  search_packets(),
          breakpoint_packets(), resume_packets(),  thread_packets(),   process_packets(), setting_packets(),
          xfer_packets(),    file_packets(),     monitor_packets()};
}

namespace {

/// By first character, longest prefix first.
using Index = std::array<std::vector<const PacketEntry*>, 128>;

Index make_index() {
  Index index;
  for (std::span<const PacketEntry> family : packet_families())
    for (const PacketEntry& entry : family) index[static_cast<unsigned char>(entry.prefix.front())].push_back(&entry);
  for (auto& entries : index)
    std::sort(entries.begin(), entries.end(), [](const PacketEntry* a, const PacketEntry* b) {
      return a->prefix.size() > b->prefix.size();
    });
  return index;
}

}  // namespace

const PacketEntry* find_packet(std::string_view packet) {
  static const Index index = make_index();
  if (packet.empty() || static_cast<unsigned char>(packet.front()) >= index.size()) return nullptr;
  for (const PacketEntry* entry : index[static_cast<unsigned char>(packet.front())])
    if (entry->whole ? packet == entry->prefix : packet.starts_with(entry->prefix)) return entry;
  return nullptr;
}

}  // namespace gdbhub::gdb
