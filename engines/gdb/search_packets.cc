// qCRC, qSearch:memory: work on whole ranges of memory, in pieces so that other clients are not kept waiting.
#include <string.h>

#include <algorithm>
#include <array>

#include "engines/gdb/gdb_engine.h"
#include "engines/gdb/packet_table.h"
#include "rsp/framing.h"
#include "rsp/hex.h"

namespace gdbhub::gdb {
namespace {

constexpr std::uint64_t piece = 256 * 1024;  // bytes for each turn of the loop: less than a millisecond

/// A range of one process's memory, from front to back.
class Range {
 public:
  Range(GdbEngine& engine, Pid pid, Address at, std::uint64_t left) : engine_(engine), pid_(pid), at_(at), left_(left) {}

  bool done() const { return left_ == 0; }
  Address at() const { return at_; }
  /// Appends the next piece; false when not all of it can be read.
  bool read(Bytes& to) {
    const std::size_t length = std::min(left_, piece), before = to.size();
    to.resize(before + length);
    const auto count = engine_.hub().read_memory(engine_.id(), pid_, at_, MutableByteSpan(to).subspan(before));
    at_ = at_ + length;
    left_ -= length;
    return count && *count == length;
  }

 private:
  GdbEngine& engine_;
  Pid pid_;
  Address at_;
  std::uint64_t left_;
};

/// The checksum of gdb's "compare-sections": CRC-32, most significant bit first, not inverted.
constexpr std::uint32_t crc_polynomial = 0x04c11db7;
constexpr std::array<std::uint32_t, 256> crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i << 24;
    for (int bit = 0; bit < 8; ++bit) value = value << 1 ^ (value >> 31 != 0 ? crc_polynomial : 0);
    table[i] = value;
  }
  return table;
}();

Reply checksum(GdbEngine& engine, rsp::Reader packet) {
  const std::optional<std::uint64_t> at = packet.hex();
  if (!at || !packet.consume(',')) return Reply::error();
  const std::optional<std::uint64_t> length = packet.hex();
  const std::optional<Pid> pid = engine.current_process();
  if (!length || !packet.done() || !pid) return Reply::error();
  return engine.answer_in_steps(
      [range = Range(engine, *pid, {*at}, *length), crc = 0xffffffffu]() mutable -> std::optional<Reply> {
        Bytes bytes;
        if (!range.read(bytes)) return Reply::error();
        for (const Byte byte : bytes) crc = crc << 8 ^ crc_table[crc >> 24 ^ byte];
        if (!range.done()) return std::nullopt;
        std::string text = "C";
        rsp::append_hex_number(text, crc);
        return Reply::text(std::move(text));
      });
}

Reply search(GdbEngine& engine, rsp::Reader packet) {
  const std::optional<std::uint64_t> at = packet.hex();
  if (!at || !packet.consume(';')) return Reply::error();
  const std::optional<std::uint64_t> length = packet.hex();
  if (!length || !packet.consume(';')) return Reply::error();
  std::optional<Bytes> pattern = rsp::unescape(packet.rest());
  const std::optional<Pid> pid = engine.current_process();
  if (!pattern || pattern->empty() || !pid) return Reply::error();
  return engine.answer_in_steps([range = Range(engine, *pid, {*at}, *length), pattern = std::move(*pattern),
                                 window = Bytes()]() mutable -> std::optional<Reply> {
    if (!range.read(window)) return Reply::error(0);
    if (const void* found = ::memmem(window.data(), window.size(), pattern.data(), pattern.size())) {
      const auto before = static_cast<std::uint64_t>(static_cast<const Byte*>(found) - window.data());
      std::string text = "1,";
      rsp::append_hex_number(text, (range.at() - window.size() + before).value);
      return Reply::text(std::move(text));
    }
    if (range.done()) return Reply::text("0");
    // What may be the beginning of a match that the next piece ends.
    const std::size_t rest = std::min(window.size(), pattern.size() - 1);
    window.erase(window.begin(), window.end() - static_cast<std::ptrdiff_t>(rest));
    return std::nullopt;
  });
}

constexpr PacketEntry table[] = {
    {"qCRC:", checksum, false, "", "checksum of a range of memory"},
    {"qSearch:memory:", search, false, "qSearch:memory+", "where a pattern is in a range of memory"},
};

}  // namespace

std::span<const PacketEntry> search_packets() { return table; }

}  // namespace gdbhub::gdb
