// vCont, c, C, s, S, vStopped, vCtrlC.
#include <algorithm>

#include "engines/gdb/gdb_engine.h"
#include "engines/gdb/packet_table.h"
#include "rsp/vcont.h"

namespace gdbhub::gdb {
namespace {

Reply vcont_actions(GdbEngine& engine, rsp::Reader) {
  return Reply::text(engine.surroundings().is_disabled("vConts") ? "vCont;c;C;t;r" : "vCont;c;C;t;s;S;r");
}

Reply vcont(GdbEngine& engine, rsp::Reader packet) {
  const Result<std::vector<rsp::ResumeItem>> items = rsp::parse_vcont(packet.rest());
  if (!items) return Reply::error();
  const bool stops = std::any_of(items->begin(), items->end(), [](const rsp::ResumeItem& item) {
    return item.kind == rsp::ResumeItem::Kind::Stop;
  });
  if (auto allowed = engine.require(Permission::Stop); stops && !allowed) return engine.refuse(allowed.error());
  return engine.run().resume(*items);
}

/// c, C, s, S: the thread of Hc does it; without one, the current thread does and all others continue.
Reply legacy(GdbEngine& engine, char letter, rsp::Reader packet) {
  const Result<rsp::LegacyResume> request = rsp::parse_legacy_resume(letter + std::string(packet.rest()));
  if (!request) return Reply::error();
  ThreadChoice current = engine.client().general;
  if (current.tid == Tid{}) current.tid = engine.current_thread();
  if (current.pid == Pid{}) current.pid = engine.hub().process_of(current.tid).value_or(Pid{});
  if (!engine.run().knows(current.pid)) return Reply::error();
  if (request->address) {
    if (auto allowed = engine.require(Permission::WriteRegisters); !allowed) return engine.refuse(allowed.error());
    Result<RegisterState> state = engine.hub().registers(engine.id(), current.tid, false);
    if (!state) return Reply::error();
    state->general.rip = request->address->value;
    if (!engine.hub().set_registers(engine.id(), current.tid, *state)) return Reply::error();
  }
  using Scope = rsp::ThreadPattern::Scope;
  const rsp::ThreadPattern& chosen = engine.client().resume_threads;
  const bool one = chosen.thread == Scope::One;
  rsp::ResumeItem first{request->kind, request->signal, {}, {}};
  first.threads = one ? chosen : rsp::ThreadPattern{Scope::One, Scope::One, current.pid, current.tid};
  std::vector<rsp::ResumeItem> items{first};
  if (!one) items.push_back({rsp::ResumeItem::Kind::Continue, 0, {}, {}});
  return engine.run().resume(items);
}

Reply legacy_c(GdbEngine& engine, rsp::Reader packet) { return legacy(engine, 'c', packet); }
Reply legacy_C(GdbEngine& engine, rsp::Reader packet) { return legacy(engine, 'C', packet); }
Reply legacy_s(GdbEngine& engine, rsp::Reader packet) { return legacy(engine, 's', packet); }
Reply legacy_S(GdbEngine& engine, rsp::Reader packet) { return legacy(engine, 'S', packet); }

Reply stopped(GdbEngine& engine, rsp::Reader) { return engine.run().acknowledge(); }

Reply ctrl_c(GdbEngine& engine, rsp::Reader) {
  return engine.interrupt();
}

constexpr PacketEntry table[] = {
    {"vCont?", vcont_actions, true, "", "which actions vCont knows"},
    {"vCont", vcont, false, "", "resumes, steps, steps a range, stops threads"},
    {"c", legacy_c, false, "", "continues"},
    {"C", legacy_C, false, "", "continues with a signal"},
    {"s", legacy_s, false, "", "steps"},
    {"S", legacy_S, false, "", "steps with a signal"},
    {"vStopped", stopped, true, "", "the next stop of non-stop mode"},
    {"vCtrlC", ctrl_c, true, "", "interrupts, in non-stop mode"},
};

}  // namespace

std::span<const PacketEntry> resume_packets() { return table; }

}  // namespace gdbhub::gdb
