// Z and z.
#include "engines/gdb/gdb_engine.h"
#include "engines/gdb/packet_table.h"
#include "rsp/breakpoint_request.h"

namespace gdbhub::gdb {
namespace {

Reply insert_software(GdbEngine& engine, const rsp::BreakpointRequest& request, Pid pid) {
  const Result<> inserted = engine.hub().insert_breakpoint(engine.id(), pid, request.address);
  if (!inserted && inserted.error().code == ErrorCode::NotPermitted) return engine.refuse(inserted.error());
  return Reply::of(inserted);
}

Reply remove_software(GdbEngine& engine, const rsp::BreakpointRequest& request, Pid pid) {
  return Reply::of(engine.hub().remove_breakpoint(engine.id(), pid, request.address, engine.run().at_prompt()));
}

Reply change(GdbEngine& engine, std::string_view packet) {
  const Result<rsp::BreakpointRequest> request = rsp::parse_breakpoint_request(packet);
  if (!request) return request.error().code == ErrorCode::Unsupported ? Reply::unsupported() : Reply::error();
  const std::optional<Pid> pid = engine.current_process();
  if (!pid) return Reply::error();
  if (request->type != rsp::BreakpointType::Software) return Reply::unsupported();
  return request->insert ? insert_software(engine, *request, *pid) : remove_software(engine, *request, *pid);
}

Reply insert(GdbEngine& engine, rsp::Reader packet) { return change(engine, "Z" + std::string(packet.rest())); }
Reply remove(GdbEngine& engine, rsp::Reader packet) { return change(engine, "z" + std::string(packet.rest())); }

constexpr PacketEntry table[] = {
    {"Z", insert, false, "", "inserts a breakpoint of this client"},
    {"z", remove, false, "", "removes one; at an all-stop prompt it is only parked (A49)"},
};

}  // namespace

std::span<const PacketEntry> breakpoint_packets() { return table; }

}  // namespace gdbhub::gdb
