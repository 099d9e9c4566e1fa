#include "engines/dash/methods.h"

#include "engines/dash/client.h"

namespace gdbhub::dash {
namespace {

void hello(Client& client, const json&, Answer answer) {
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
    {"hello", Role::Observer, "", "Which hub this is, and what the client may do", hello},
    {"follow", Role::Observer, "since?: number, instance?: string",
     "Be told of the state from now on: a snapshot comes, or the deltas after `since` where `instance` is this hub and they are kept; then deltas",
     follow},
};

}  // namespace

std::span<const Method> session_methods() { return kMethods; }

const Method* find_method(std::string_view name) {
  for (const auto family : {session_methods(), inspect_methods(), control_methods()})
    for (const Method& method : family)
      if (method.name == name) return &method;
  return nullptr;
}

}  // namespace gdbhub::dash
