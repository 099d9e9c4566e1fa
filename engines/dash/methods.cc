#include "engines/dash/methods.h"

#include "engines/dash/client.h"

namespace gdbhub::dash {
namespace {

void hello(Client& client, const json& params, Answer answer) {
  if (!params.empty()) {
    const auto role = params.value("role", "controller");
    if (role != "observer" && role != "controller")
      return answer(Error{ErrorCode::InvalidArgument, 0, "a role is \"observer\" or \"controller\""});
    const auto known = client.introduce(params.value("name", ""), role == "observer" ? Role::Observer : Role::Controller);
    if (!known) return answer(known.error());
  }
  answer(json{{"hub", "gdbhub"},
              {"version", client.service().version},
              {"role", client.info().role == Role::Observer ? "observer" : "controller"}});
}

void follow(Client& client, const json& params, Answer answer) {
  std::optional<std::uint64_t> since;
  if (params.contains("since")) since = params.at("since").get<std::uint64_t>();
  client.follow(since, params.value("instance", ""), answer);
}

constexpr Method kMethods[] = {
    {"hello", Role::Observer, "name?: string, role?: string",
     "Which hub this is, and what the client may do; `name` and `role` (observer, controller) say who it is, before it does anything", hello},
    {"follow", Role::Observer, "since?: number, instance?: string",
     "Be told of the state from now on: a snapshot comes, or the deltas after `since` where `instance` is this hub and they are kept; then deltas",
     follow},
};

}  // namespace

std::span<const Method> session_methods() { return kMethods; }

const Method* find_method(std::span<const std::span<const Method>> families, std::string_view name) {
  for (const auto family : families)
    for (const Method& method : family)
      if (method.name == name) return &method;
  return nullptr;
}

}  // namespace gdbhub::dash
