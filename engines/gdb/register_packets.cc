// g, G, p, P.
#include "engines/gdb/gdb_engine.h"
#include "engines/gdb/packet_table.h"
#include "rsp/hex.h"

namespace gdbhub::gdb {
namespace {

std::size_t size_of(const RegisterInfo& info) { return info.bits / 8; }

Reply read_all(GdbEngine& engine, rsp::Reader) {
  const Isa& isa = engine.hub().isa();
  const Result<RegisterState> state = engine.run().registers(engine.current_thread(), true);
  if (!state) return Reply::error();
  std::string text;
  text.reserve(2 * isa.register_bytes());
  Bytes value;
  for (unsigned number = 0; number < isa.registers().size(); ++number) {
    value.resize(size_of(isa.registers()[number]));
    if (isa.read(*state, number, value)) {
      rsp::append_hex(text, value);
    } else {
      text.append(2 * value.size(), 'x');
    }
  }
  return Reply::text(std::move(text));
}

Reply write_all(GdbEngine& engine, rsp::Reader packet) {
  if (auto allowed = engine.require(Permission::WriteRegisters); !allowed) return engine.refuse(allowed.error());
  const Isa& isa = engine.hub().isa();
  Result<RegisterState> state = engine.run().registers(engine.current_thread(), true);
  if (!state) return Reply::error();
  std::string_view text = packet.rest();
  for (unsigned number = 0; number < isa.registers().size() && !text.empty(); ++number) {
    const std::size_t digits = 2 * size_of(isa.registers()[number]);
    const std::string_view field = text.substr(0, digits);
    text.remove_prefix(field.size());
    if (field.find('x') != field.npos) continue;  // unavailable: leave it
    const std::optional<Bytes> value = rsp::from_hex(field);
    if (!value || value->size() * 2 != digits) return Reply::error();
    if (!isa.write(*state, number, *value)) return Reply::error();
  }
  return Reply::of(engine.hub().set_registers(engine.id(), engine.current_thread(), *state));
}

Reply read_one(GdbEngine& engine, rsp::Reader packet) {
  const Isa& isa = engine.hub().isa();
  const std::optional<std::uint64_t> number = packet.hex();
  if (!number || *number >= isa.registers().size()) return Reply::error();
  const auto index = static_cast<unsigned>(*number);
  const Result<RegisterState> state =
      engine.run().registers(engine.current_thread(), !isa.is_general(index));
  if (!state) return Reply::error();
  Bytes value(size_of(isa.registers()[index]));
  if (!isa.read(*state, index, value)) return Reply::text(std::string(2 * value.size(), 'x'));
  return Reply::text(rsp::to_hex(value));
}

Reply write_one(GdbEngine& engine, rsp::Reader packet) {
  if (auto allowed = engine.require(Permission::WriteRegisters); !allowed) return engine.refuse(allowed.error());
  const Isa& isa = engine.hub().isa();
  const std::optional<std::uint64_t> number = packet.hex();
  if (!number || *number >= isa.registers().size() || !packet.consume('=')) return Reply::error();
  const auto index = static_cast<unsigned>(*number);
  const std::optional<Bytes> value = rsp::from_hex(packet.rest());
  Result<RegisterState> state =
      engine.run().registers(engine.current_thread(), !isa.is_general(index));
  if (!state || !value || !isa.write(*state, index, *value)) return Reply::error();
  return Reply::of(engine.hub().set_registers(engine.id(), engine.current_thread(), *state));
}

constexpr PacketEntry table[] = {
    {"g", read_all, true, "", "all registers"},
    {"G", write_all, false, "", "writes all registers"},
    {"p", read_one, false, "", "one register"},
    {"P", write_one, false, "", "writes one register, and no other (A37)"},
};

}  // namespace

std::span<const PacketEntry> register_packets() { return table; }

}  // namespace gdbhub::gdb
