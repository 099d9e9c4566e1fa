// Q packets: this client's settings.
#include <cstdlib>

#include "engines/gdb/gdb_engine.h"
#include "engines/gdb/packet_table.h"
#include "rsp/gdb_signals.h"
#include "rsp/hex.h"

namespace gdbhub::gdb {
namespace {

/// "e;10;14": gdb's signal numbers in hex. A full new set each time.
std::optional<std::bitset<65>> parse_signals(rsp::Reader packet) {
  std::bitset<65> set;
  while (!packet.done()) {
    const std::optional<std::uint64_t> number = packet.hex();
    if (!number || (!packet.done() && !packet.consume(';'))) return std::nullopt;
    const std::optional<int> host = rsp::host_signal(static_cast<int>(*number & 0xffff));
    if (host && *host > 0 && *host < 65) set.set(static_cast<std::size_t>(*host));
  }
  return set;
}

Reply pass_signals(GdbEngine& engine, rsp::Reader packet) {
  const auto set = parse_signals(packet);
  if (!set) return Reply::error();
  engine.client().pass_signals = *set;
  return Reply::ok();
}

Reply program_signals(GdbEngine& engine, rsp::Reader packet) {
  const auto set = parse_signals(packet);
  if (!set) return Reply::error();
  engine.client().program_signals = *set;
  return Reply::ok();
}

Reply allow(GdbEngine& engine, rsp::Reader packet) {
  const std::optional<Permissions> changed = engine.client().permissions.changed_by(packet.rest());
  if (!changed) return Reply::error();
  engine.client().permissions = *changed;
  return Reply::ok();
}

Reply set_flag(bool& flag, rsp::Reader packet) {
  if (packet.rest() != "0" && packet.rest() != "1") return Reply::error();
  flag = packet.rest() == "1";
  return Reply::ok();
}

Reply disable_randomization(GdbEngine& engine, rsp::Reader packet) {
  return set_flag(engine.client().disable_randomization, packet);
}

Reply startup_with_shell(GdbEngine& engine, rsp::Reader packet) {
  return set_flag(engine.client().startup_with_shell, packet);
}

Reply thread_events(GdbEngine& engine, rsp::Reader packet) {
  return set_flag(engine.client().thread_events, packet);
}

/// "0", or "1" and the calls to stop at (none: all of them), numbers in hex. A full new set each time, for one process.
std::optional<SyscallSet> parse_syscalls(rsp::Reader packet) {
  if (packet.rest() == "0") return SyscallSet();
  if (packet.rest() == "1") return SyscallSet::all();
  if (!packet.consume('1')) return std::nullopt;
  SyscallSet set;
  while (packet.consume(';')) {
    const std::optional<std::uint64_t> number = packet.hex();
    if (!number) return std::nullopt;
    set.add(static_cast<long>(*number));
  }
  return packet.done() ? std::optional(set) : std::nullopt;
}

Reply catch_syscalls(GdbEngine& engine, rsp::Reader packet) {
  const std::optional<Pid> pid = engine.current_process();
  const std::optional<SyscallSet> calls = parse_syscalls(packet);
  if (!pid || !calls) return Reply::error();
  EventSet events = engine.wanted_events();
  events.syscall_entries = events.syscall_exits = *calls;
  const auto set = engine.hub().set_events(engine.id(), *pid, events);
  return set ? Reply::ok() : engine.refuse(set.error());
}

Reply environment_set(GdbEngine& engine, rsp::Reader packet) {
  const std::optional<std::string> text = rsp::text_from_hex(packet.rest());
  const std::size_t equals = text ? text->find('=') : std::string::npos;
  if (!text || equals == std::string::npos || equals == 0) return Reply::error();
  engine.client().environment.emplace_back(text->substr(0, equals), text->substr(equals + 1));
  return Reply::ok();
}

Reply environment_unset(GdbEngine& engine, rsp::Reader packet) {
  const std::optional<std::string> name = rsp::text_from_hex(packet.rest());
  if (!name || name->empty()) return Reply::error();
  engine.client().environment.emplace_back(*name, std::nullopt);
  return Reply::ok();
}

Reply environment_reset(GdbEngine& engine, rsp::Reader) {
  engine.client().environment.clear();
  return Reply::ok();
}

Reply working_directory(GdbEngine& engine, rsp::Reader packet) {
  const std::optional<std::string> path = rsp::text_from_hex(packet.rest());
  if (!path) return Reply::error();
  const char* home = std::getenv("HOME");
  const bool tilde = home != nullptr && (*path == "~" || path->starts_with("~/"));
  engine.client().working_directory = tilde ? home + path->substr(1) : *path;
  return Reply::ok();
}

constexpr PacketEntry table[] = {
    {"QPassSignals:", pass_signals, false, "QPassSignals+", "signals that do not stop for this client"},
    {"QProgramSignals:", program_signals, false, "QProgramSignals+", "signals that the program may get"},
    {"QAllow:", allow, false, "QAllow+", "what this client is not to do: enforced, with the reason (A52)"},
    {"QThreadEvents:", thread_events, false, "QThreadEvents+", "threads that begin and end are stops, for this client"},
    {"QCatchSyscalls:", catch_syscalls, false, "QCatchSyscalls+", "system calls of a process that stop for this client"},
    {"QDisableRandomization:", disable_randomization, false, "QDisableRandomization+", "ASLR of the next vRun"},
    {"QStartupWithShell:", startup_with_shell, false, "QStartupWithShell+", "shell for the next vRun"},
    {"QEnvironmentHexEncoded:", environment_set, false, "QEnvironmentHexEncoded+", "sets a variable for vRun"},
    {"QEnvironmentUnset:", environment_unset, false, "QEnvironmentUnset+", "unsets one"},
    {"QEnvironmentReset", environment_reset, true, "QEnvironmentReset+", "back to the hub's environment"},
    {"QSetWorkingDir:", working_directory, false, "QSetWorkingDir+", "working directory for vRun"},
};

}  // namespace

std::span<const PacketEntry> setting_packets() { return table; }

}  // namespace gdbhub::gdb
