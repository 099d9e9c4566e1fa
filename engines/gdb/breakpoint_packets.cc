// Z and z.
#include "engines/gdb/gdb_engine.h"
#include "engines/gdb/packet_table.h"
#include "rsp/breakpoint_request.h"

namespace gdbhub::gdb {
namespace {

/// The debug register's part of a request; nullopt for what x86 cannot do (watching reads alone).
std::optional<HardwarePoint> hardware_point(const rsp::BreakpointRequest& request) {
  using Kind = HardwarePoint::Kind;
  switch (request.type) {
    case rsp::BreakpointType::Hardware: return HardwarePoint{Kind::Execute, request.address, 1};
    case rsp::BreakpointType::WriteWatch: return HardwarePoint{Kind::Write, request.address, request.kind};
    case rsp::BreakpointType::AccessWatch: return HardwarePoint{Kind::Access, request.address, request.kind};
    case rsp::BreakpointType::Software:
    case rsp::BreakpointType::ReadWatch: return std::nullopt;
  }
  return std::nullopt;
}

Result<> apply(GdbEngine& engine, const rsp::BreakpointRequest& request, Pid pid) {
  Hub& hub = engine.hub();
  const bool park = engine.run().at_prompt();
  if (const std::optional<HardwarePoint> point = hardware_point(request))
    return request.insert ? hub.insert_hardware(engine.id(), pid, *point)
                          : hub.remove_hardware(engine.id(), pid, *point, park);
  return request.insert ? hub.insert_breakpoint(engine.id(), pid, request.address)
                        : hub.remove_breakpoint(engine.id(), pid, request.address, park);
}

Reply change(GdbEngine& engine, std::string_view packet) {
  const Result<rsp::BreakpointRequest> request = rsp::parse_breakpoint_request(packet);
  if (!request) return request.error().code == ErrorCode::Unsupported ? Reply::unsupported() : Reply::error();
  const std::optional<Pid> pid = engine.current_process();
  if (!pid) return Reply::error();
  if (request->type == rsp::BreakpointType::ReadWatch) return Reply::unsupported();
  const Result<> done = engine.is_observer() ? Error{ErrorCode::NotPermitted, 0, "observers set no breakpoints"}
                                             : apply(engine, *request, *pid);
  if (done) return Reply::ok();
  return done.error().code == ErrorCode::BadMemory ? Reply::error() : engine.refuse(done.error());
}

Reply insert(GdbEngine& engine, rsp::Reader packet) { return change(engine, std::string("Z").append(packet.rest())); }
Reply remove(GdbEngine& engine, rsp::Reader packet) { return change(engine, std::string("z").append(packet.rest())); }

constexpr PacketEntry table[] = {
    {"Z", insert, false, "", "inserts a breakpoint of this client"},
    {"z", remove, false, "", "removes one; at an all-stop prompt it is only parked (A49)"},
};

}  // namespace

std::span<const PacketEntry> breakpoint_packets() { return table; }

}  // namespace gdbhub::gdb
