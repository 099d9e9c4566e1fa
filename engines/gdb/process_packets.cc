// vRun, vAttach, D, vKill, k, R, I, qAttached.
#include "engines/gdb/gdb_engine.h"
#include "engines/gdb/packet_table.h"
#include "rsp/hex.h"

namespace gdbhub::gdb {
namespace {

Reply run(GdbEngine& engine, rsp::Reader packet) {
  std::vector<std::string> argv;
  while (!packet.done()) {
    const std::optional<std::string> argument = rsp::text_from_hex(packet.until(';'));
    if (!argument) return Reply::error();
    argv.push_back(*argument);
  }
  const std::vector<std::string>& last = engine.client().program;
  if (argv.empty()) {
    argv = last;
  } else if (argv[0].empty()) {  // gdb has no remote exec-file: the one of the command line
    if (last.empty()) return engine.refuse({ErrorCode::InvalidArgument, 0, "no program to debug was given"});
    argv[0] = last[0];
  }
  return engine.start(std::move(argv));
}

/// No answer: the client goes on as if it had just connected to a new process.
Reply restart(GdbEngine& engine, rsp::Reader) {
  for (Pid pid : std::vector<Pid>(engine.run().processes())) (void)engine.kill(pid, false);
  (void)engine.start(engine.client().program);
  return Reply::later();
}

Reply attach(GdbEngine& engine, rsp::Reader packet) {
  const std::optional<std::uint64_t> pid = packet.hex();
  if (!pid) return Reply::error();
  return engine.attach(Pid{static_cast<int>(*pid)});
}

Reply detach(GdbEngine& engine, rsp::Reader packet) {
  if (!packet.consume(';')) {
    const std::optional<Pid> pid = engine.current_process();
    return pid ? engine.detach(*pid) : Reply::error();
  }
  const std::optional<std::uint64_t> pid = packet.hex();
  return pid ? engine.detach(Pid{static_cast<int>(*pid)}) : Reply::error();
}

Reply kill_one(GdbEngine& engine, rsp::Reader packet) {
  const std::optional<std::uint64_t> pid = packet.hex();
  return pid ? engine.kill(Pid{static_cast<int>(*pid)}, false) : Reply::error();
}

/// `k` has no answer. Who may not kill, detaches (A28).
Reply kill_all(GdbEngine& engine, rsp::Reader) {
  engine.surroundings().say("Killing all inferiors");
  for (Pid pid : std::vector<Pid>(engine.run().processes())) {
    const Reply killed = engine.kill(pid, false);
    if (!killed.is_later() && killed.payload() != "OK") (void)engine.detach(pid);
  }
  if (!engine.client().extended) engine.surroundings().close();
  return Reply::later();
}

/// 1 to all but the owner of a launched process, whose `quit` may kill it (A42).
Reply was_attached(GdbEngine& engine, rsp::Reader packet) {
  std::optional<Pid> pid = engine.current_process();
  if (packet.consume(':')) {
    const std::optional<std::uint64_t> number = packet.hex();
    if (!number) return Reply::error();
    pid = Pid{static_cast<int>(*number)};
  }
  if (!pid) return Reply::error();
  for (const ProcessStatus& process : engine.hub().processes())
    if (process.pid == *pid) return Reply::text(process.launched && process.owner == engine.id() ? "0" : "1");
  return Reply::error();
}

/// lldb's way to give the program input.
Reply input(GdbEngine& engine, rsp::Reader packet) {
  const std::optional<std::string> bytes = rsp::text_from_hex(packet.rest());
  const std::optional<Pid> pid = engine.current_process();
  if (!bytes || !pid) return Reply::error();
  const Result<> written = engine.write_input(*pid, *bytes);
  return written ? Reply::ok() : engine.refuse(written.error());
}

constexpr PacketEntry table[] = {
    {"vRun;", run, false, "", "starts a program"},
    {"vAttach;", attach, false, "", "attaches to a process, or joins it"},
    {"D", detach, false, "", "this client leaves the process"},
    {"vKill;", kill_one, false, "", "kills a process, if the client may (A28)"},
    {"k", kill_all, true, "", "kills all, or detaches from those that the client may not kill"},
    {"R", restart, false, "", "restarts the program"},
    {"I", input, false, "", "input for the program, from its owner (--inferior-io)"},
    {"qAttached", was_attached, false, "", "may quitting kill it?"},
};

}  // namespace

std::span<const PacketEntry> process_packets() { return table; }

}  // namespace gdbhub::gdb
