// Code as people know it: instructions, names and source lines of addresses, who has called a thread.
#include <fmt/format.h>

#include <algorithm>

#include "engines/dash/client.h"
#include "engines/dash/methods.h"
#include "engines/dash/parameters.h"

namespace gdbhub::dash {
namespace {

constexpr std::size_t kMaxCode = 512;
constexpr unsigned kDefaultAround = 8, kMaxAround = 200;
constexpr std::size_t kMaxFrames = 256;
constexpr std::size_t kMaxAddresses = 256;
/// Enough for hundreds of ordinary frames.
constexpr std::size_t kMaxStack = 256 << 10;
/// Below the stack pointer: a leaf function's variables may be there (System V ABI, AMD64, 3.2.2).
constexpr std::size_t kRedZone = 128;

json to_json(const CodeSpot& spot) {
  json object = {{"address", text_of(spot.address)}};
  if (!spot.function.empty()) object.update({{"function", spot.function}, {"offset", spot.offset}});
  if (spot.line != 0) object.update({{"file", spot.file}, {"line", spot.line}});
  if (!spot.module.empty()) object["module"] = spot.module;
  return object;
}

CodeLookup::Found answer_with(const Answer& answer, const char* name) {
  return [answer, name](const Result<std::vector<CodeSpot>>& spots) {
    if (!spots) return answer(spots.error());
    json list = json::array();
    for (const CodeSpot& spot : *spots) list.push_back(to_json(spot));
    answer(json{{name, std::move(list)}});
  };
}

void code(Client& client, const json& params, Answer answer) {
  const auto at = address_of(params);
  if (!at) return answer(at.error());
  const auto size = std::min(params.value("size", kMaxCode), kMaxCode);
  const auto bytes = client.service().viewer.read_memory(pid_of(params), *at, size);
  if (!bytes) return answer(bytes.error());
  json lines = json::array();
  for (const CodeLine& line : client.service().disassemble(*bytes, *at)) {
    const auto offset = static_cast<std::size_t>(line.at - *at);
    lines.push_back({{"address", text_of(line.at)}, {"bytes", hex(ByteSpan(*bytes).subspan(offset, line.length))}, {"text", line.text}});
  }
  answer(json{{"lines", std::move(lines)}});
}

void describe(Client& client, const json& params, Answer answer) {
  const Pid pid = pid_of(params);
  if (client.hub().threads(pid).empty())
    return answer(Error{ErrorCode::NotFound, 0, "there is no process " + std::to_string(pid.value)});
  std::vector<Address> addresses;
  for (const json& text : params.at("addresses")) {
    const auto address = parse_address(text.get<std::string>());
    if (!address) return answer(address.error());
    addresses.push_back(*address);
  }
  if (addresses.size() > kMaxAddresses) return answer(Error{ErrorCode::InvalidArgument, 0, "256 addresses at most"});
  client.service().code.describe(pid, std::move(addresses), answer_with(answer, "spots"));
}

void backtrace(Client& client, const json& params, Answer answer) {
  const Tid tid = tid_of(params);
  const auto pid = client.hub().process_of(tid);
  if (!pid) return answer(Error{ErrorCode::NotFound, 0, "there is no thread " + std::to_string(tid.value)});
  Service& service = client.service();
  service.viewer.registers(*pid, tid, params.value("sample", false), [&service, pid = *pid, tid, answer](const Result<RegisterState>& state) {
    if (!state) return answer(state.error());
    // It still stands where the registers are from: the sample is of one moment.
    StackSample sample{pid, tid, state->general, Address{state->general.rsp - kRedZone}, {}};
    if (auto stack = service.viewer.read_memory(pid, sample.begin, kMaxStack)) sample.stack = std::move(*stack);
    service.code.callers(std::move(sample), kMaxFrames, answer_with(answer, "frames"));
  });
}

void source(Client& client, const json& params, Answer answer) {
  const Pid pid = pid_of(params);
  const auto at = address_of(params);
  if (!at) return answer(at.error());
  if (client.hub().threads(pid).empty()) return answer(Error{ErrorCode::NotFound, 0, "there is no process " + std::to_string(pid.value)});
  const auto around = std::min(params.value("around", kDefaultAround), kMaxAround);
  client.service().code.source(pid, *at, around, [answer](const Result<SourceText>& text) {
    if (!text) return answer(text.error());
    answer(json{{"file", text->file}, {"line", text->line}, {"first", text->first}, {"lines", text->lines}, {"newer", text->is_newer}});
  });
}

constexpr Method kMethods[] = {
    {"code", Role::Observer, "pid: number, address: string, size?: number", "Instructions from an address on", code},
    {"describe", Role::Observer, "pid: number, addresses: string[]", "The function, the source line and the file of each address, as far as they are known", describe},
    {"backtrace", Role::Observer, "tid: number, sample?: boolean",
     "Where a thread stands, and the return addresses of the calls that have led there. One that runs is refused; with `sample` it is stopped for microseconds",
     backtrace},
    {"source", Role::Observer, "pid: number, address: string, around?: number",
     "The source line of an address and some around it, where the file is there; `newer` than the program: they may not be what it was made of", source},
};

}  // namespace

std::span<const Method> code_methods() { return kMethods; }

}  // namespace gdbhub::dash
