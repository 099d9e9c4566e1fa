#include "server/starter.h"

#include <cerrno>

#include "server/say.h"
#include "server/terminal.h"

namespace gdbhub::net {

Result<> Starter::launch(const LaunchSpec& spec) {
  const Result<Pid> pid = hub_.launch(id_, spec, {});
  if (!pid) return pid.error();
  give_terminal(*pid);
  return {};
}

void announce_created(const std::string& program, Pid pid) {
  say("Process " + program + " created; pid = " + std::to_string(pid.value));
}

Result<> Starter::attach(Pid pid) {
  if (const auto attached = hub_.attach(id_, pid, {}); !attached) {
    Error error = attached.error();
    if (error.code == ErrorCode::NotFound) error.text = "No such process (" + std::to_string(ESRCH) + ")";
    error.text = "Cannot attach to process " + std::to_string(pid.value) + ": " + error.text;
    return error;
  }
  say("Attached; pid = " + std::to_string(pid.value));
  ready_(pid, {});
  return {};
}

}  // namespace gdbhub::net
