// What controllers may do (A38): each of it stands in the log under the client's name (A40).
#include <chrono>
#include <cstdint>

#include "engines/dash/client.h"
#include "engines/dash/methods.h"
#include "engines/dash/parameters.h"
#include "engines/dash/place_finder.h"
#include "expr/place.h"

namespace gdbhub::dash {
namespace {

/// The named thread, or all of the process.
std::vector<Tid> threads_of(Client& client, const json& params) {
  if (params.contains("tid")) return {tid_of(params)};
  return client.hub().threads(pid_of(params));
}

void answer_with(const Answer& answer, Client& client, const Result<>& result) {
  if (!result) return answer(result.error());
  answer(json{{"engine", client.engine().id().value}});
}

void interrupt(Client& client, const json& params, Answer answer) {
  answer_with(answer, client, client.engine().hold(pid_of(params), threads_of(client, params)));
}

void resume(Client& client, const json& params, Answer answer) {
  answer_with(answer, client, client.engine().resume(pid_of(params), threads_of(client, params)));
}

void step(Client& client, const json& params, Answer answer) {
  answer_with(answer, client, client.engine().step(pid_of(params), tid_of(params)));
}

void release(Client& client, const json& params, Answer answer) {
  answer_with(answer, client, client.hub().end_hold(client.engine().id(), engine_of(params), tid_of(params)));
}

void ask(Client& client, const json& params, Answer answer) {
  const EngineId self = client.engine().id();
  const auto released = client.hub().request_release(self, engine_of(params), tid_of(params));
  if (!released) return answer(released.error());
  answer(json{{"engine", self.value}, {"released", *released}});
}

void tell(Client& client, const json& params, Answer answer) {
  answer_with(answer, client, client.hub().tell(client.engine().id(), engine_of(params), params.at("text").get<std::string>()));
}

void disconnect(Client& client, const json& params, Answer answer) {
  answer_with(answer, client, client.hub().dismiss(client.engine().id(), engine_of(params)));
}

/// All places or none.
Result<json> insert_breakpoints(ClientEngine& engine, Pid pid, const std::vector<CodePlace>& places) {
  json rows = json::array();
  for (const CodePlace& place : places) {
    if (auto done = engine.insert_breakpoint(pid, place.address); !done) {
      for (const CodePlace& other : places)
        if (&other < &place) (void)engine.remove_breakpoint(pid, other.address);
      return done.error();
    }
    rows.push_back({{"address", text_of(place.address)}});
    if (!place.function.empty()) rows.back()["function"] = place.function;
    if (place.line != 0) rows.back().update({{"file", place.file}, {"line", place.line}});
  }
  return json{{"engine", engine.id().value}, {"places", std::move(rows)}};
}

void insert_breakpoint(Client& client, const json& params, Answer answer) {
  const Pid pid = pid_of(params);
  const auto text = params.at("at").get<std::string>();
  const auto place = expr::parse_place(text, text);
  if (!place) return answer(place.error());
  if (const auto* address = std::get_if<Address>(&*place))
    return answer(insert_breakpoints(client.engine(), pid, {{*address, {}, {}, 0}}));
  Service& service = client.service();
  find_places(service.hub, service.symbols, pid, std::get<CodeName>(*place),
              [&client, alive = client.alive(), pid, answer](const Result<std::vector<CodePlace>>& places) {
                if (alive.expired()) return;
                answer(places ? insert_breakpoints(client.engine(), pid, *places) : places.error());
              });
}

void remove_breakpoint(Client& client, const json& params, Answer answer) {
  const auto at = address_of(params);
  if (!at) return answer(at.error());
  answer_with(answer, client, client.engine().remove_breakpoint(pid_of(params), *at));
}

void let_go(Client& client, const json& params, Answer answer) {
  answer_with(answer, client, client.engine().let_go(pid_of(params)));
}

void kill(Client& client, const json& params, Answer answer) {
  answer_with(answer, client, client.engine().kill(pid_of(params), params.value("force", false)));
}

void linger(Client& client, const json& params, Answer answer) {
  constexpr std::uint32_t kLongest = 24 * 60 * 60;
  const auto seconds = optional_member<std::uint32_t>(params, "seconds", 0);
  if (!seconds) return answer(seconds.error());
  const auto name = params.at("name").get<std::string>();
  if (name.empty() || *seconds > kLongest) return answer(Error{ErrorCode::InvalidArgument, 0, "It takes a name, and up to a day"});
  answer_with(answer, client, client.linger(name, std::chrono::seconds(*seconds)));
}

void take_over(Client& client, const json& params, Answer answer) {
  if (auto done = client.take_over(params.at("name").get<std::string>()); !done) return answer(done.error());
  answer(json{{"engine", client.engine().id().value}});
}

void open_dashboard(Client& client, const json& params, Answer answer) {
  const auto url = client.service().open_dashboard(params.value("address", ""));
  if (!url) return answer(url.error());
  answer(json{{"url", *url}});
}

constexpr Method kMethods[] = {
    {"interrupt", Role::Controller, "pid: number, tid?: number", "Stop the thread, or all of the process, and hold it", interrupt},
    {"continue", Role::Controller, "pid: number, tid?: number", "End this client's own holds; what others hold stays held", resume},
    {"step", Role::Controller, "pid: number, tid: number", "One instruction of the thread, then hold it", step},
    {"release", Role::Controller, "engine: number, tid: number", "End another client's hold (0: the hub's own); it is told", release},
    {"ask", Role::Controller, "engine: number, tid: number",
     "Ask another client to let the thread run: an engine that nobody sits at may do so at once (`released`), people get a message", ask},
    {"tell", Role::Controller, "engine: number, text: string", "A message for the people at another client", tell},
    {"disconnect", Role::Controller, "engine: number", "End another client's connection, with all that it has", disconnect},
    {"insert_breakpoint", Role::Controller, "pid: number, at: string",
     "Breakpoints of this client's at FUNCTION, FILE:LINE, *ADDRESS or *FUNCTION+OFFSET, as far as the process's files know it now; hits hold the thread",
     insert_breakpoint},
    {"remove_breakpoint", Role::Controller, "pid: number, address: string", "Remove a breakpoint of this client's", remove_breakpoint},
    {"let_go", Role::Controller, "pid: number", "Let the program go, to run without the hub; refused while other controllers are attached", let_go},
    {"kill", Role::Controller, "pid: number, force?: boolean", "SIGKILL, where this client may (A28) or with force", kill},
    {"linger", Role::Controller, "name: string, seconds: number",
     "When the connection drops, what this client holds and has set stays for so long, for who takes over the name; 0: no longer", linger},
    {"take_over", Role::Controller, "name: string", "Go on as the client of that name that is away (A39); before any other command",
     take_over},
    {"open_dashboard", Role::Controller, "address?: string",
     "A URL of the dashboard, good for one browser. Where none is served one is, at `address` (as after --dashboard=)", open_dashboard},
};

}  // namespace

std::span<const Method> control_methods() { return kMethods; }

}  // namespace gdbhub::dash
