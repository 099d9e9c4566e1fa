#include "engines/gdb/stop_text.h"

#include "rsp/gdb_signals.h"
#include "rsp/stop_reply.h"
#include "rsp/thread_id.h"

namespace gdbhub::gdb {
namespace {

constexpr int si_kernel = 0x80;  // of a SIGTRAP: the thread executed int3

/// What of an event goes into the packet, beside the thread and its registers.
struct EventFields {
  const rsp::ClientFeatures& features;
  rsp::StopReply& reply;

  void operator()(const event::Breakpoint& breakpoint) const {
    if (breakpoint.hardware && features.hwbreak) reply.hwbreak();
    if (!breakpoint.hardware && features.swbreak) reply.swbreak();
  }
  void operator()(const event::Watchpoint& watchpoint) const {
    reply.watchpoint(watchpoint.access ? rsp::BreakpointType::AccessWatch : rsp::BreakpointType::WriteWatch,
                     watchpoint.data);
  }
  void operator()(const event::StepDone&) const {}
  void operator()(const event::Interrupted&) const {}
  void operator()(const event::Reported&) const {}
  void operator()(const event::Signal&) const {}
  void operator()(const event::Forked& forked) const {
    const std::string child = rsp::format_thread(forked.child, leader_of(forked.child), features.multiprocess);
    forked.vfork ? reply.vfork(child) : reply.fork(child);
  }
  void operator()(const event::VforkDone&) const { reply.vfork_done(); }
  void operator()(const event::Execed& execed) const {
    if (features.exec_events) reply.exec(execed.path);
  }
  void operator()(const event::SyscallEntry& entry) const {
    reply.syscall_entry(static_cast<std::uint64_t>(entry.number));
  }
  void operator()(const event::SyscallExit& exit) const {
    reply.syscall_return(static_cast<std::uint64_t>(exit.number));
  }
  // Not asked for (GdbEngine::wanted_events).
  void operator()(const event::ThreadStarted&) const {}
  void operator()(const event::Exiting&) const {}
  void operator()(const event::JobStopped&) const {}
  void operator()(const event::JobContinued&) const {}
};

int signal_of(const Stop& stop) {
  if (const auto* request = std::get_if<StoppedOnRequest>(&stop.detail)) return request->signal;
  if (const auto* detail = std::get_if<EventDetail>(&stop.detail))
    if (const auto* signal = std::get_if<event::Signal>(detail)) return signal->number;
  return SIGTRAP;
}

bool is_own_trap(const Stop& stop) {
  const auto* detail = std::get_if<EventDetail>(&stop.detail);
  const auto* signal = detail == nullptr ? nullptr : std::get_if<event::Signal>(detail);
  return signal != nullptr && signal->number == SIGTRAP && signal->info.si_code == si_kernel;
}

}  // namespace

std::string stop_text(Hub& hub, EngineId engine, const Client& client, Stop& stop,
                      const std::function<Result<RegisterState>(Tid)>& registers) {
  const rsp::ClientFeatures& features = client.features;
  rsp::StopReply reply(rsp::gdb_signal(signal_of(stop)));
  Result<RegisterState> state = registers(stop.tid);
  if (std::holds_alternative<ThreadCreated>(stop.detail)) reply.created();
  if (const auto* detail = std::get_if<EventDetail>(&stop.detail)) {
    std::visit(EventFields{features, reply}, *detail);
    if (features.swbreak && is_own_trap(stop) && state) {
      reply.swbreak();
      if (!std::exchange(stop.rewound, true)) {
        state->general.rip -= hub.isa().trap().size();
        (void)hub.set_registers(engine, stop.tid, *state);
      }
    }
  }
  if (state) {
    for (unsigned number : hub.isa().expedited()) {
      Bytes value(hub.isa().registers()[number].bits / 8);
      if (hub.isa().read(*state, number, value)) reply.register_value(number, value);
    }
  }
  if (!client.stops_without_thread) reply.thread(rsp::format_thread(stop.pid, stop.tid, features.multiprocess));
  return client.stops_in_short ? "S" + reply.text().substr(1, 2) : std::move(reply).text();
}

std::string ended_text(Pid pid, WaitStatus how, bool multiprocess) {
  const std::optional<Pid> process = multiprocess ? std::optional(pid) : std::nullopt;
  return how.is_killed() ? rsp::killed_reply(rsp::gdb_signal(how.term_signal()), process)
                         : rsp::exited_reply(how.exit_code(), process);
}

std::string thread_ended_text(Pid pid, Tid tid, WaitStatus how, bool multiprocess) {
  return rsp::thread_exited_reply(how.is_killed() ? 0 : how.exit_code(), rsp::format_thread(pid, tid, multiprocess));
}

int host_signal_or_zero(int gdb) { return rsp::host_signal(gdb).value_or(0); }

}  // namespace gdbhub::gdb
