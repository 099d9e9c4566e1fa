// qXfer objects.
#include "engines/gdb/gdb_engine.h"
#include "engines/gdb/libraries_svr4.h"
#include "engines/gdb/osdata.h"
#include "engines/gdb/packet_table.h"
#include "engines/gdb/task_names.h"
#include "engines/gdb/waits.h"
#include "engines/gdb/xml.h"
#include "rsp/hex.h"
#include "rsp/xfer.h"

namespace gdbhub::gdb {
namespace {

/// A whole object, or an error: no such annex, or no process.
using Object = Result<Bytes>;

Error no_object(const char* why) { return {ErrorCode::NotFound, 0, why}; }

Object as_object(const Result<std::string>& text) {
  if (!text) return text.error();
  return Bytes(text->begin(), text->end());
}

Object features(GdbEngine& engine, const rsp::XferRequest& request) {
  if (request.annex != "target.xml") return no_object("no such description");
  return as_object(engine.hub().isa().target_xml());
}

Object auxv(GdbEngine& engine, const rsp::XferRequest&) {
  const std::optional<Pid> pid = engine.current_process();
  if (!pid) return no_object("no process");
  return engine.hub().kernel().proc_file(*pid, "auxv");
}

Object exec_file(GdbEngine& engine, const rsp::XferRequest& request) {
  std::optional<Pid> pid = engine.current_process();
  if (!request.annex.empty()) {
    rsp::Reader annex(request.annex);
    const std::optional<std::uint64_t> number = annex.hex();
    if (!number) return no_object("bad process id");
    pid = Pid{static_cast<int>(*number)};
  }
  if (!pid) return no_object("no process");
  return as_object(engine.hub().kernel().proc_link(*pid, "exe"));
}

Object libraries(GdbEngine& engine, const rsp::XferRequest& request) {
  const std::optional<Pid> pid = engine.current_process();
  if (!pid) return no_object("no process");
  const Result<Bytes> vector = engine.hub().kernel().proc_file(*pid, "auxv");
  if (!vector) return vector.error();
  const ReadMemory read = [&](Address from, MutableByteSpan to) {
    return engine.hub().read_memory(engine.id(), *pid, from, to).value_or(0);
  };
  return as_object(libraries_svr4(read, *vector, request.annex));
}

Object threads(GdbEngine& engine, const rsp::XferRequest&) {
  // What stands in the element, gdb's "info threads" shows: in non-stop mode nothing else can be said unasked (A14).
  const auto waits = waits_of(engine.hub(), engine.id(), engine.hub().loop().now());
  std::string xml = "<threads>\n";
  for (Pid pid : engine.run().processes()) {
    for (Tid tid : engine.run().threads(pid)) {
      xml += "<thread id=\"" + rsp::format_thread(pid, tid, engine.client().features.multiprocess) + "\"";
      if (const std::optional<TaskName> task = task_name(engine.hub().kernel(), pid, tid)) {
        if (task->processor >= 0) xml += " core=\"" + std::to_string(task->processor) + "\"";
        xml += " name=\"" + xml_escaped(task->name) + "\"";
      }
      // The thread's pthread_t. On x86-64 that is its thread pointer, in glibc and in musl.
      if (const Result<RegisterState> state = engine.run().registers(tid, false); state && state->general.fs_base != 0)
        xml += " handle=\"" + rsp::to_hex(bytes_of(state->general.fs_base)) + "\"";
      const auto wait = waits.find(tid);
      xml += wait == waits.end() ? "/>\n" : ">" + xml_escaped(wait->second) + "</thread>\n";
    }
  }
  return as_object(xml + "</threads>\n");
}

Object siginfo(GdbEngine& engine, const rsp::XferRequest&) {
  const Result<siginfo_t> info = engine.hub().signal_info(engine.id(), engine.current_thread());
  if (!info) return info.error();
  const ByteSpan bytes = bytes_of(*info);
  return Bytes(bytes.begin(), bytes.end());
}

Object operating_system(GdbEngine&, const rsp::XferRequest& request) { return as_object(osdata(request.annex)); }

struct ObjectEntry {
  std::string_view name;
  Object (*read)(GdbEngine&, const rsp::XferRequest&);
};

constexpr ObjectEntry objects[] = {
    {"features", features},     {"auxv", auxv},       {"exec-file", exec_file},
    {"libraries-svr4", libraries}, {"threads", threads}, {"siginfo", siginfo},
    {"osdata", operating_system},
};

Reply write_siginfo(GdbEngine& engine, const rsp::XferRequest& request) {
  if (auto allowed = engine.require(Permission::WriteRegisters); !allowed) return engine.refuse(allowed.error());
  Result<siginfo_t> info = engine.hub().signal_info(engine.id(), engine.current_thread());
  if (!info || request.offset + request.data.size() > sizeof *info || request.offset > sizeof *info)
    return Reply::error();
  std::copy(request.data.begin(), request.data.end(),
            writable_bytes_of(*info).begin() + static_cast<std::ptrdiff_t>(request.offset));
  if (!engine.hub().set_signal_info(engine.id(), engine.current_thread(), *info)) return Reply::error();
  std::string count;
  rsp::append_hex_number(count, request.data.size());
  return Reply::text(count);
}

Reply read_or_write(GdbEngine& engine, rsp::Reader packet) {
  const Result<rsp::XferRequest> request = rsp::parse_xfer(packet.rest());
  if (!request) return Reply::error();
  if (request->write) return request->object == "siginfo" ? write_siginfo(engine, *request) : Reply::unsupported();
  for (const ObjectEntry& object : objects) {
    if (object.name != request->object) continue;
    auto& transfer = engine.client().transfer;
    if (const std::string name = request->object + ":" + request->annex;
        request->offset == 0 || transfer.name != name) {
      Object whole = object.read(engine, *request);
      if (!whole) return Reply::error(whole.error().code == ErrorCode::NotFound ? 0 : 1);
      transfer = {name, std::move(*whole)};
    }
    return Reply::binary(rsp::xfer_window(transfer.data, request->offset, request->length));
  }
  return Reply::unsupported();
}

constexpr PacketEntry table[] = {
    {"qXfer:", read_or_write, false,
     "qXfer:features:read+;qXfer:auxv:read+;qXfer:exec-file:read+;qXfer:libraries-svr4:read+;"
     "augmented-libraries-svr4-read+;qXfer:threads:read+;qXfer:siginfo:read+;qXfer:siginfo:write+;qXfer:osdata:read+",
     "objects in windows: target description, auxv, libraries, threads, siginfo, osdata"},
};

}  // namespace

std::span<const PacketEntry> xfer_packets() { return table; }

}  // namespace gdbhub::gdb
