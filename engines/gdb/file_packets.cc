// vFile.
#include "engines/gdb/gdb_engine.h"
#include "engines/gdb/packet_table.h"

namespace gdbhub::gdb {
namespace {

Reply file(GdbEngine& engine, rsp::Reader packet) { return Reply::binary(engine.files().handle(packet.rest())); }

constexpr PacketEntry table[] = {
    {"vFile:", file, false, "", "files of the hub's machine"},
};

}  // namespace

std::span<const PacketEntry> file_packets() { return table; }

}  // namespace gdbhub::gdb
