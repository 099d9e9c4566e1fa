// What controllers may do (A38): each of it stands in the log under the client's name (A40).
#include <charconv>

#include "engines/dash/client.h"
#include "engines/dash/methods.h"

namespace gdbhub::dash {
namespace {

Pid pid_of(const json& params) { return Pid{params.at("pid").get<int>()}; }
Tid tid_of(const json& params) { return Tid{params.at("tid").get<int>()}; }
EngineId engine_of(const json& params) { return EngineId{params.at("engine").get<std::uint32_t>()}; }

/// Addresses are text, since numbers of JSON are doubles to many.
Result<Address> address_of(const json& params) {
  const auto text = params.at("address").get<std::string>();
  const std::string_view digits = std::string_view(text).substr(text.starts_with("0x") ? 2 : 0);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size())
    return Error{ErrorCode::InvalidArgument, 0, "\"" + text + "\" is no address, as 0x401136 is"};
  return Address{value};
}

/// The named thread, or all of the process.
std::vector<Tid> threads_of(Client& client, const json& params) {
  if (params.contains("tid")) return {tid_of(params)};
  return client.hub().threads(pid_of(params));
}

Result<json> done(Client& client, const Result<>& result) {
  if (!result) return result.error();
  return json{{"engine", client.engine().id().value}};
}

Result<json> interrupt(Client& client, const json& params) {
  return done(client, client.engine().hold(pid_of(params), threads_of(client, params)));
}

Result<json> resume(Client& client, const json& params) {
  return done(client, client.engine().resume(pid_of(params), threads_of(client, params)));
}

Result<json> step(Client& client, const json& params) {
  return done(client, client.engine().step(pid_of(params), tid_of(params)));
}

Result<json> release(Client& client, const json& params) {
  return done(client, client.hub().end_hold(client.engine().id(), engine_of(params), tid_of(params)));
}

Result<json> ask(Client& client, const json& params) {
  const Tid tid = tid_of(params);
  return done(client, client.hub().tell(client.engine().id(), engine_of(params),
                                        "please let thread " + std::to_string(tid.value) + " run; you hold it"));
}

Result<json> tell(Client& client, const json& params) {
  return done(client, client.hub().tell(client.engine().id(), engine_of(params), params.at("text").get<std::string>()));
}

Result<json> disconnect(Client& client, const json& params) {
  return done(client, client.hub().dismiss(client.engine().id(), engine_of(params)));
}

Result<json> insert_breakpoint(Client& client, const json& params) {
  const auto at = address_of(params);
  if (!at) return at.error();
  return done(client, client.engine().insert_breakpoint(pid_of(params), *at));
}

Result<json> remove_breakpoint(Client& client, const json& params) {
  const auto at = address_of(params);
  if (!at) return at.error();
  return done(client, client.engine().remove_breakpoint(pid_of(params), *at));
}

Result<json> kill(Client& client, const json& params) {
  return done(client, client.engine().kill(pid_of(params), params.value("force", false)));
}

constexpr Method kMethods[] = {
    {"interrupt", Role::Controller, "pid: number, tid?: number", "Stop the thread, or all of the process, and hold it", interrupt},
    {"continue", Role::Controller, "pid: number, tid?: number", "End this client's own holds; what others hold stays held", resume},
    {"step", Role::Controller, "pid: number, tid: number", "One instruction of the thread, then hold it", step},
    {"release", Role::Controller, "engine: number, tid: number", "End another client's hold (0: the hub's own); it is told", release},
    {"ask", Role::Controller, "engine: number, tid: number", "Ask the people at another client to let the thread run", ask},
    {"tell", Role::Controller, "engine: number, text: string", "A message for the people at another client", tell},
    {"disconnect", Role::Controller, "engine: number", "End another client's connection, with all that it has", disconnect},
    {"insert_breakpoint", Role::Controller, "pid: number, address: string", "A breakpoint of this client's; hits hold the thread",
     insert_breakpoint},
    {"remove_breakpoint", Role::Controller, "pid: number, address: string", "Remove a breakpoint of this client's", remove_breakpoint},
    {"kill", Role::Controller, "pid: number, force?: boolean", "SIGKILL, where this client may (A28) or with force", kill},
};

}  // namespace

std::span<const Method> control_methods() { return kMethods; }

}  // namespace gdbhub::dash
