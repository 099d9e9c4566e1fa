#include "engines/log/methods.h"

#include "engines/log/log_engine.h"

namespace gdbhub::log {
namespace {

/// A method of one part of the client's engine as a method of the API.
template <auto kPart, auto kMethod>
void call(dash::Client& client, const json& params, dash::Answer answer) {
  LogEngine& engine = client.part<LogEngine>();
  engine.self().events.hold_back();
  const Result<json> result = ((engine.*kPart)().*kMethod)(params);
  answer(result);
  engine.self().events.release();
}

constexpr auto kFeed = &LogEngine::feed;
constexpr auto kProcesses = &LogEngine::processes;
constexpr auto kLogpoints = &LogEngine::logpoints;

constexpr dash::Method kMethods[] = {
    {"subscribe", Role::Observer, "events?: boolean, kinds?: string[]",
     "Be told of what happens, line by line, as `event`: what there is, then each entry of the log; with `kinds` these only", call<kFeed, &JournalFeed::subscribe>},
    {"attach", Role::Observer, "pid?: number, name?: string",
     "Take part in a process, or all of a name. One that the hub has already is joined without owning it; another one needs a controller", call<kProcesses, &ProcessControl::attach>},
    {"wait", Role::Controller, "name: string", "Attach to the next process of that name that begins; `event` tells of it", call<kProcesses, &ProcessControl::wait>},
    {"launch", Role::Controller, "argv: string[], cwd?: string", "Start a program, without a shell", call<kProcesses, &ProcessControl::launch>},
    {"detach", Role::Observer, "pid: number", "Leave a process", call<kProcesses, &ProcessControl::detach>},
    {"insert_logpoint", Role::Observer, "at: string, count?: number, every?: number, registers?: boolean, args?: number",
     "An `event` each time that a thread passes a place, in all processes of the hub", call<kLogpoints, &Logpoints::insert>},
    {"remove_logpoint", Role::Observer, "id: number", "Remove a logpoint of this client's", call<kLogpoints, &Logpoints::remove>},
    {"list_logpoints", Role::Observer, "", "This client's logpoints with their hits", call<kLogpoints, &Logpoints::list>},
};

}  // namespace

std::span<const dash::Method> methods() { return kMethods; }

}  // namespace gdbhub::log
