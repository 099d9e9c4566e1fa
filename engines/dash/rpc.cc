#include "engines/dash/rpc.h"

#include <utility>

namespace gdbhub::dash {
namespace {

constexpr const char* kVersion = "2.0";

std::string dump(const json& message) { return message.dump(-1, ' ', false, json::error_handler_t::replace); }

std::string error_message(const json& id, int code, std::string_view message) {
  return dump({{"jsonrpc", kVersion}, {"id", id}, {"error", {{"code", code}, {"message", message}}}});
}

}  // namespace

std::variant<Request, std::string> parse_request(std::string_view text) {
  json message = json::parse(text, nullptr, false);
  if (message.is_discarded()) return error_text(nullptr, RpcError::ParseError, "This is not JSON");
  if (!message.is_object()) return error_text(nullptr, RpcError::InvalidRequest, "A request is an object");
  Request request;
  const auto id = message.find("id");
  request.is_notification = id == message.end();
  if (id != message.end()) {
    if (!id->is_string() && !id->is_number() && !id->is_null())
      return error_text(nullptr, RpcError::InvalidRequest, "An id is a string or a number");
    request.id = std::move(*id);
  }
  const auto method = message.find("method");
  if (method == message.end() || !method->is_string())
    return error_text(request.id, RpcError::InvalidRequest, "A request names its method");
  request.method = method->get<std::string>();
  if (const auto params = message.find("params"); params != message.end()) {
    if (!params->is_object())
      return error_text(request.id, RpcError::InvalidParams, "The parameters are an object, by name");
    request.params = std::move(*params);
  }
  return request;
}

std::string result_text(const json& id, json result) {
  return dump({{"jsonrpc", kVersion}, {"id", id}, {"result", std::move(result)}});
}

std::string error_text(const json& id, RpcError code, std::string_view message) {
  return error_message(id, static_cast<int>(code), message);
}

std::string error_text(const json& id, const Error& error) {
  return error_message(id, kHubError - static_cast<int>(error.code), error.text);
}

std::string notification_text(std::string_view method, json params) {
  return dump({{"jsonrpc", kVersion}, {"method", method}, {"params", std::move(params)}});
}

}  // namespace gdbhub::dash
