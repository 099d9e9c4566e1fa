// JSON-RPC 2.0, as far as it does not depend on the methods.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "gdbhub/result.h"

namespace gdbhub::dash {

using nlohmann::json;

/// The codes of the specification that are used here; those of the hub's own errors are kHubError - ErrorCode.
enum class RpcError { ParseError = -32700, InvalidRequest = -32600, MethodNotFound = -32601, InvalidParams = -32602 };
inline constexpr int kHubError = -32000;

/// A call. Params are always an object.
struct Request {
  json id;  ///< null with is_notification
  bool is_notification = false;
  std::string method;
  json params = json::object();
};

/// A message as a request, or the answer that says what is wrong with it.
std::variant<Request, std::string> parse_request(std::string_view text);

std::string result_text(const json& id, json result);
std::string error_text(const json& id, RpcError code, std::string_view message);
/// What the hub refused or could not do.
std::string error_text(const json& id, const Error& error);
std::string notification_text(std::string_view method, json params);

}  // namespace gdbhub::dash
