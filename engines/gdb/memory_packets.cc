// m, M, x, X.
#include <algorithm>

#include "engines/gdb/gdb_engine.h"
#include "engines/gdb/packet_table.h"
#include "rsp/hex.h"

namespace gdbhub::gdb {
namespace {

constexpr std::uint64_t longest = 0x80000;  // bytes in one reply: their hex fits a packet

struct Range {
  Address at;
  std::uint64_t length = 0;
};

std::optional<Range> parse_range(rsp::Reader& packet) {
  const std::optional<std::uint64_t> at = packet.hex();
  if (!at || !packet.consume(',')) return std::nullopt;
  const std::optional<std::uint64_t> length = packet.hex();
  if (!length) return std::nullopt;
  return Range{{*at}, *length};
}

Result<Bytes> read(GdbEngine& engine, const Range& range) {
  const std::optional<Pid> pid = engine.current_process();
  if (!pid) return Error{ErrorCode::NotFound, 0, "no process"};
  Bytes bytes(std::min(range.length, longest));
  const Result<std::size_t> count = engine.hub().read_memory(engine.id(), *pid, range.at, bytes);
  if (!count) return count.error();
  bytes.resize(*count);
  return bytes;
}

Reply write(GdbEngine& engine, const Range& range, const std::optional<Bytes>& bytes) {
  const std::optional<Pid> pid = engine.current_process();
  if (!pid || !bytes || bytes->size() != range.length) return Reply::error();
  if (bytes->empty()) return Reply::ok();  // gdb's probe for X
  if (auto allowed = engine.require(Permission::WriteMemory); !allowed) return engine.refuse(allowed.error());
  return Reply::of(engine.hub().write_memory(engine.id(), *pid, range.at, *bytes));
}

Reply read_hex(GdbEngine& engine, rsp::Reader packet) {
  const std::optional<Range> range = parse_range(packet);
  if (!range) return Reply::error();
  const Result<Bytes> bytes = read(engine, *range);
  return bytes ? Reply::text(rsp::to_hex(*bytes)) : Reply::error();
}

Reply read_binary(GdbEngine& engine, rsp::Reader packet) {
  const std::optional<Range> range = parse_range(packet);
  if (!range) return Reply::error();
  const Result<Bytes> bytes = read(engine, *range);
  if (!bytes) return Reply::error();
  std::string payload = "b";
  rsp::append_escaped(payload, *bytes);
  return Reply::binary(std::move(payload));
}

Reply write_hex(GdbEngine& engine, rsp::Reader packet) {
  const std::optional<Range> range = parse_range(packet);
  if (!range || !packet.consume(':')) return Reply::error();
  return write(engine, *range, rsp::from_hex(packet.rest()));
}

Reply write_binary(GdbEngine& engine, rsp::Reader packet) {
  const std::optional<Range> range = parse_range(packet);
  if (!range || !packet.consume(':')) return Reply::error();
  return write(engine, *range, rsp::unescape(packet.rest()));
}

constexpr PacketEntry table[] = {
    {"m", read_hex, false, "", "memory in hex; short where the mapping ends"},
    {"x", read_binary, false, "binary-upload+", "memory in binary"},
    {"M", write_hex, false, "", "writes memory"},
    {"X", write_binary, false, "", "writes memory, from binary"},
};

}  // namespace

std::span<const PacketEntry> memory_packets() { return table; }

}  // namespace gdbhub::gdb
