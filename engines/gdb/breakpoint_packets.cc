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

/// gdb sends no conditions and commands of watchpoints: it has to look at the values itself.
bool is_watchpoint(const rsp::BreakpointRequest& request) { return request.type > rsp::BreakpointType::Hardware; }

Result<> insert(GdbEngine& engine, const rsp::BreakpointRequest& request, Pid pid) {
  Hub& hub = engine.hub();
  if (auto allowed = engine.require(Permission::InsertBreakpoints); !allowed) return allowed;
  Result<AgentBreakpoints::Logic> logic = AgentBreakpoints::compile(request);
  if (!logic) return logic.error();
  const std::optional<HardwarePoint> point = hardware_point(request);
  const Result<> inserted = point ? hub.insert_hardware(engine.id(), pid, *point)
                                  : hub.insert_breakpoint(engine.id(), pid, request.address);
  if (inserted && !is_watchpoint(request))
    engine.agent_breakpoints().set({pid, request.address, point.has_value()}, std::move(*logic));
  return inserted;
}

Result<> remove(GdbEngine& engine, const rsp::BreakpointRequest& request, Pid pid) {
  const bool park = engine.run().at_prompt();
  const std::optional<HardwarePoint> point = hardware_point(request);
  if (!is_watchpoint(request)) engine.agent_breakpoints().remove({pid, request.address, point.has_value()}, park);
  return point ? engine.hub().remove_hardware(engine.id(), pid, *point, park)
               : engine.hub().remove_breakpoint(engine.id(), pid, request.address, park);
}

Reply change(GdbEngine& engine, std::string_view packet) {
  const Result<rsp::BreakpointRequest> request = rsp::parse_breakpoint_request(packet);
  if (!request) return request.error().code == ErrorCode::Unsupported ? Reply::unsupported() : Reply::error();
  if (request->type == rsp::BreakpointType::ReadWatch) return Reply::unsupported();
  const std::optional<Pid> pid = engine.current_process();
  // The process has ended, and the client is to hear of it at its next resume (A48). gdb inserts its breakpoints first, and
  // would not resume if that failed.
  if (!pid && engine.run().knows(engine.client().general.pid)) return Reply::ok();
  if (!pid) return Reply::error();
  const Result<> done = request->insert ? insert(engine, *request, *pid) : remove(engine, *request, *pid);
  if (done) return Reply::ok();
  return done.error().code == ErrorCode::BadMemory ? Reply::error() : engine.refuse(done.error());
}

Reply insert_point(GdbEngine& engine, rsp::Reader packet) {
  return change(engine, std::string("Z").append(packet.rest()));
}
Reply remove_point(GdbEngine& engine, rsp::Reader packet) {
  return change(engine, std::string("z").append(packet.rest()));
}

constexpr PacketEntry table[] = {
    {"Z", insert_point, false, "ConditionalBreakpoints+;BreakpointCommands+",
     "inserts a breakpoint of this client, or gives it other conditions and commands"},
    {"z", remove_point, false, "", "removes one; at an all-stop prompt it is only parked (A49)"},
};

}  // namespace

std::span<const PacketEntry> breakpoint_packets() { return table; }

}  // namespace gdbhub::gdb
