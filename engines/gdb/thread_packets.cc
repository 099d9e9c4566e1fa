// H, T, qfThreadInfo, qThreadExtraInfo, qGetTLSAddr.
#include "engines/gdb/gdb_engine.h"
#include "engines/gdb/packet_table.h"
#include "engines/gdb/task_names.h"
#include "rsp/hex.h"

namespace gdbhub::gdb {
namespace {

Reply select(GdbEngine& engine, rsp::Reader packet) {
  const char what = packet.peek();
  if (!packet.consume('g') && !packet.consume('c')) return Reply::unsupported();
  const std::optional<rsp::ThreadPattern> pattern = rsp::ThreadPattern::parse(packet);
  if (!pattern) return Reply::error();
  if (what == 'c') {
    engine.client().resume_threads = *pattern;
    return Reply::ok();
  }
  using Scope = rsp::ThreadPattern::Scope;
  ThreadChoice& chosen = engine.client().general;
  if (pattern->thread != Scope::One) {
    chosen = {};
    if (pattern->process != Scope::One) return Reply::ok();
    // "Any thread of process N", or all of it: the first will do.
    const std::vector<Tid> threads = engine.run().threads(pattern->pid);
    chosen = {pattern->pid, threads.empty() ? leader_of(pattern->pid) : threads.front()};
    return Reply::ok();
  }
  // Chosen even when it is not there: gdb does not look at the answer, and takes what follows to be about this thread.
  chosen.tid = pattern->tid;
  if (pattern->process == Scope::One) chosen.pid = pattern->pid;
  for (Pid pid : engine.run().processes())
    for (Tid tid : engine.run().threads(pid))
      if (pattern->matches(pid, tid)) {
        chosen.pid = pid;
        return Reply::ok();
      }
  return Reply::error();
}

Reply is_alive(GdbEngine& engine, rsp::Reader packet) {
  const std::optional<rsp::ThreadPattern> pattern = rsp::ThreadPattern::parse(packet);
  if (!pattern || pattern->thread != rsp::ThreadPattern::Scope::One) return Reply::error();
  const std::optional<Pid> pid = engine.hub().process_of(pattern->tid);
  return pid && engine.run().knows(*pid) && pattern->matches(*pid, pattern->tid) ? Reply::ok() : Reply::error();
}

constexpr std::size_t longest_list = 256 * 1024;  // characters in one reply: some 20,000 threads

Reply list_rest(GdbEngine& engine, rsp::Reader) {
  std::string& list = engine.client().thread_list;
  if (list.empty()) return Reply::text("l");
  const std::size_t end = list.size() <= longest_list ? list.size() : list.rfind(',', longest_list);
  const std::string part = "m" + list.substr(0, end);
  list.erase(0, end + 1);
  return Reply::text(part);
}

Reply list(GdbEngine& engine, rsp::Reader packet) {
  std::string& list = engine.client().thread_list;
  list.clear();
  for (Pid pid : engine.run().processes()) {
    for (Tid tid : engine.run().threads(pid)) {
      if (!list.empty()) list += ',';
      list += rsp::format_thread(pid, tid, engine.client().features.multiprocess);
    }
  }
  return list_rest(engine, packet);
}

Reply extra_info(GdbEngine& engine, rsp::Reader packet) {
  const std::optional<rsp::ThreadPattern> pattern = rsp::ThreadPattern::parse(packet);
  if (!pattern) return Reply::error();
  const std::optional<Pid> pid = engine.hub().process_of(pattern->tid);
  if (!pid || !engine.run().knows(*pid)) return Reply::error();
  const std::optional<TaskName> task = task_name(engine.hub().kernel(), *pid, pattern->tid);
  return task ? Reply::text(rsp::to_hex(task->name)) : Reply::error();
}

Reply thread_local_address(GdbEngine& engine, rsp::Reader packet) {
  const std::optional<rsp::ThreadPattern> pattern = rsp::ThreadPattern::parse(packet);
  if (!pattern || pattern->thread != rsp::ThreadPattern::Scope::One || !packet.consume(',')) return Reply::error();
  const std::optional<std::uint64_t> offset = packet.hex();
  if (!offset || !packet.consume(',')) return Reply::error();
  const std::optional<std::uint64_t> link_map = packet.hex();
  const std::optional<Pid> pid = engine.hub().process_of(pattern->tid);
  if (!link_map || !pid || !engine.run().knows(*pid) || !engine.client().thread_locals) return Reply::error();
  const Result<RegisterState> state = engine.run().registers(pattern->tid, false);
  if (!state) return Reply::error();
  const Result<Address> found = engine.client().thread_local_layouts[*pid].find(
      {state->general.fs_base}, {*link_map}, *offset, [&](Address from, MutableByteSpan to) {
        return engine.hub().read_memory(engine.id(), *pid, from, to).value_or(0);
      });
  if (!found) return engine.refuse(found.error());
  std::string text;
  rsp::append_hex_number(text, found->value);
  return Reply::text(std::move(text));
}

constexpr PacketEntry table[] = {
    {"H", select, false, "", "chooses the current thread (Hg), or the one to resume (Hc)"},
    {"T", is_alive, false, "", "is the thread alive?"},
    {"qfThreadInfo", list, true, "", "all threads"},
    {"qsThreadInfo", list_rest, true, "", "the rest of them"},
    {"qThreadExtraInfo,", extra_info, false, "", "a thread's name"},
    {"qGetTLSAddr:", thread_local_address, false, "", "where a thread-local variable is"},
};

}  // namespace

std::span<const PacketEntry> thread_packets() { return table; }

}  // namespace gdbhub::gdb
