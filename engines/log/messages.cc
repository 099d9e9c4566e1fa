#include "engines/log/messages.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace gdbhub::log {
namespace {

using nlohmann::json;

constexpr const char* kVersion = "2.0";

std::string line_of(const json& message) {
  return message.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

double seconds(std::chrono::system_clock::time_point when) {
  return std::chrono::duration<double>(when.time_since_epoch()).count();
}

json event_message(json params) {
  return {{"jsonrpc", kVersion}, {"method", "event"}, {"params", std::move(params)}};
}

/// Ids are strings or numbers; null and no id are different things.
bool is_id(const json& value) {
  return value.is_string() || value.is_number() || value.is_null();
}

}  // namespace

std::variant<Request, std::string> parse_request(std::string_view line) {
  const json message = json::parse(line, nullptr, false);
  if (message.is_discarded()) return failure(kNullId, RpcError::ParseError, "This is not JSON");
  const auto invalid = [](std::string_view why) { return failure(kNullId, RpcError::InvalidRequest, why); };
  if (!message.is_object()) return invalid("A request is an object");
  Request request;
  if (const auto id = message.find("id"); id != message.end()) {
    if (!is_id(*id)) return invalid("An id is a string or a number");
    request.id = id->dump(-1, ' ', false, json::error_handler_t::replace);
  }
  const auto method = message.find("method");
  if (method == message.end() || !method->is_string()) return invalid("A request names its method");
  request.method = method->get<std::string>();
  if (const auto params = message.find("params"); params != message.end() && params->is_object()) {
    if (const auto events = params->find("events"); events != params->end() && events->is_boolean())
      request.wants_events = events->get<bool>();
  }
  return request;
}

std::string subscribed(std::string_view id, std::string_view version, EngineId engine) {
  return line_of({{"jsonrpc", kVersion},
                  {"id", json::parse(id)},
                  {"result", {{"hub", "gdbhub"}, {"version", version}, {"engine", engine.value}}}});
}

std::string failure(std::string_view id, RpcError code, std::string_view message) {
  return line_of({{"jsonrpc", kVersion},
                  {"id", json::parse(id)},
                  {"error", {{"code", static_cast<int>(code)}, {"message", message}}}});
}

std::string notification(const LogEvent& event) {
  return line_of(event_message({{"seq", event.sequence},
                                {"time", seconds(event.when)},
                                {"pid", event.pid.value},
                                {"tid", event.tid.value},
                                {"kind", event.kind},
                                {"by", event.by},
                                {"text", event.text}}));
}

std::string gap(std::uint64_t dropped, std::chrono::system_clock::time_point when) {
  return line_of(event_message({{"time", seconds(when)},
                                {"kind", "gap"},
                                {"dropped", dropped},
                                {"text", std::to_string(dropped) + " events were not read in time"}}));
}

}  // namespace gdbhub::log
