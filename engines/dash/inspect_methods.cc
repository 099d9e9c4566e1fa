// What anybody may look at: registers, code, memory, mappings. Nothing here stops a thread for longer than reading takes.
#include <fmt/format.h>

#include <algorithm>

#include "engines/dash/client.h"
#include "engines/dash/methods.h"
#include "engines/dash/parameters.h"
#include "gdbhub/procfs.h"

namespace gdbhub::dash {
namespace {

constexpr std::size_t kMaxMemory = 16 << 10;

/// Values as the processor's numbers: most significant digit first.
json register_rows(const Isa& isa, const RegisterState& state) {
  json rows = json::array();
  const auto& infos = isa.registers();
  for (unsigned number = 0; number < infos.size(); ++number) {
    const RegisterInfo& info = infos[number];
    Bytes value(info.bits / 8);
    json row = {{"name", info.name}, {"group", info.group}, {"bits", info.bits}};
    if (isa.read(state, number, value)) {
      std::reverse(value.begin(), value.end());
      row["value"] = "0x" + hex(value);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

void registers(Client& client, const json& params, Answer answer) {
  const Tid tid = tid_of(params);
  const auto pid = client.hub().process_of(tid);
  if (!pid) return answer(Error{ErrorCode::NotFound, 0, "there is no thread " + std::to_string(tid.value)});
  Hub& hub = client.hub();
  client.service().viewer.registers(*pid, tid, params.value("sample", false),
                                    [&hub, answer = std::move(answer)](const Result<RegisterState>& state) {
                                      if (!state) return answer(state.error());
                                      answer(json{{"registers", register_rows(hub.isa(), *state)}});
                                    });
}

void memory(Client& client, const json& params, Answer answer) {
  const auto at = address_of(params);
  if (!at) return answer(at.error());
  const auto size = std::min(params.at("size").get<std::size_t>(), kMaxMemory);
  const auto bytes = client.service().viewer.read_memory(pid_of(params), *at, size);
  if (!bytes) return answer(bytes.error());
  answer(json{{"address", text_of(*at)}, {"bytes", hex(*bytes)}});
}

void mappings(Client& client, const json& params, Answer answer) {
  const auto text = client.hub().kernel().proc_file(pid_of(params), "maps");
  const bool ours = !client.hub().threads(pid_of(params)).empty();
  if (!ours || !text) return answer(ours ? text.error() : Error{ErrorCode::NotFound, 0, "there is no such process"});
  json rows = json::array();
  for (const Mapping& mapping : parse_maps({reinterpret_cast<const char*>(text->data()), text->size()})) {
    std::string access = "---p";
    if (mapping.readable) access[0] = 'r';
    if (mapping.writable) access[1] = 'w';
    if (mapping.executable) access[2] = 'x';
    if (mapping.shared) access[3] = 's';
    rows.push_back({{"begin", text_of(mapping.range.begin)},
                    {"end", text_of(mapping.range.end())},
                    {"access", access},
                    {"offset", text_of(Address{mapping.offset})},
                    {"path", mapping.path}});
  }
  answer(json{{"mappings", std::move(rows)}});
}

void watch_packets(Client& client, const json& params, Answer answer) {
  client.watch_packets(engine_of(params));
  answer(json::object());
}

constexpr Method kMethods[] = {
    {"registers", Role::Observer, "tid: number, sample?: boolean",
     "All registers of a thread. One that runs is refused; with `sample` it is stopped for microseconds", registers},
    {"memory", Role::Observer, "pid: number, address: string, size: number", "Bytes as hexadecimal digits, without anybody's traps (A4)", memory},
    {"mappings", Role::Observer, "pid: number", "The process's memory map", mappings},
    {"watch_packets", Role::Observer, "engine: number", "Be told what this client and the hub say to each other (0: nobody's any more)", watch_packets},
};

}  // namespace

std::span<const Method> inspect_methods() { return kMethods; }

}  // namespace gdbhub::dash
