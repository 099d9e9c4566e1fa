// The methods of the API: a table, which docs/api.md is generated from.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "engines/dash/rpc.h"
#include "gdbhub/engine.h"

namespace gdbhub::dash {

class Client;

/// Takes the result of a call, once; at once or later. Harmless when the client has gone meanwhile.
using Answer = std::function<void(const Result<json>&)>;

struct Method {
  std::string_view name;
  Role role;                ///< that the caller needs
  std::string_view params;  ///< for people: "pid, tid?"
  std::string_view summary;
  /// May throw json::exception for parameters that are not there or of another type.
  void (*handler)(Client& client, const json& params, Answer answer);
};

/// Null: there is none.
const Method* find_method(std::span<const std::span<const Method>> families, std::string_view name);
/// By family.
std::span<const Method> session_methods();
std::span<const Method> inspect_methods();
std::span<const Method> code_methods();
std::span<const Method> control_methods();

}  // namespace gdbhub::dash
