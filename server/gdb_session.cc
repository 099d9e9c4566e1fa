#include "server/gdb_session.h"

#include <algorithm>

#include "server/logging.h"
#include "server/say.h"

namespace gdbhub::net {

LaunchSpec launch_spec(const ServeOptions& options) {
  LaunchSpec spec;
  spec.argv = options.program;
  spec.wrapper = options.wrapper;
  spec.with_shell = options.startup_with_shell;
  spec.disable_randomization = options.disable_randomization;
  return spec;
}

namespace {

/// What a new client joins: the tracees of the command line (with --multi: none), and what the last client has left (A51).
std::vector<Pid> tracees_to_join(const GdbService& service) {
  std::vector<Pid> tracees;
  if (!service.options.multi || !service.options.program.empty()) tracees = service.tracees;
  for (const ProcessStatus& process : service.hub.processes())
    if (process.owner == EngineId{} && std::find(tracees.begin(), tracees.end(), process.pid) == tracees.end())
      tracees.push_back(process.pid);
  return tracees;
}

/// What stays the same when a client connects anew: the host, or the user of a local one.
std::string identity_of(const std::string& peer) {
  const std::size_t pid = peer.find(" pid ");
  return peer.substr(0, pid != peer.npos ? pid : peer.rfind(':'));
}

}  // namespace

GdbSession::GdbSession(GdbService& service, Transport& transport, const ListenSpec& where)
    : service_(service),
      transport_(transport),
      engine_(service.hub, *this,
              {.peer = transport.peer(),
               .role = where.role,
               .join = where.join,
               .identity = identity_of(transport.peer()),
               .tracees = tracees_to_join(service)}) {
  if (!engine_.took_over()) ++service_.debuggers;
}

void GdbSession::receive(std::string_view bytes) {
  debug_packets(transport_.peer(), "->", bytes);
  engine_.receive(bytes);
}

void GdbSession::stalled(std::chrono::seconds time) {
  service_.hub.release_holds(engine_.id(), "read nothing for " + std::to_string(time.count()) + " s");
}

void GdbSession::send(std::string bytes) {
  debug_packets(transport_.peer(), "<-", bytes);
  transport_.send(std::move(bytes));
}

void GdbSession::set_debug(std::string_view name, std::string_view value) {
  constexpr std::pair<std::string_view, DebugComponent> components[] = {
      {"debug", DebugComponent::Threads},
      {"debug-hw-points", DebugComponent::HardwarePoints},
      {"event-loop-debug", DebugComponent::EventLoop},
      {"remote-debug", DebugComponent::Remote}};
  for (const auto& [component, what] : components)
    if (name == component) net::set_debug(what, value == "1");
  if (name == "debug-format") set_debug_timestamps(value != "none");
  if (name == "debug-file") set_debug_file(std::string(value));
}

Result<> GdbSession::follow_output(bool on) {
  if (!service_.io.enabled())
    return Error{ErrorCode::Unsupported, 0, "programs write to the hub's own terminal (see --inferior-io)"};
  output_.reset();
  if (on) output_.emplace(service_.io, transport_, [this](Pid pid, std::string text) { engine_.output(pid, std::move(text)); });
  return {};
}

Result<> GdbSession::write_input(Pid pid, std::string_view bytes) { return service_.io.write(pid, bytes); }

void GdbSession::leaving(bool extended) {
  --service_.debuggers;
  service_.leaving(extended);
}

std::function<void()> GdbSession::when_given_up(bool extended) {
  return [&service = service_, extended] {
    --service.debuggers;
    service.leaving(extended);
    service.left();
  };
}

void GdbSession::say(std::string_view line) { net::say(line); }

LaunchSpec GdbSession::launch_defaults() const { return launch_spec(service_.options); }

bool GdbSession::is_disabled(std::string_view packet) const {
  const auto& disabled = service_.options.disabled_packets;
  return std::find(disabled.begin(), disabled.end(), packet) != disabled.end();
}

}  // namespace gdbhub::net
