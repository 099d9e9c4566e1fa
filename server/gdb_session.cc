#include "server/gdb_session.h"

#include <algorithm>

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

GdbSession::GdbSession(GdbService& service, Transport& transport, const ListenSpec& where)
    : service_(service),
      transport_(transport),
      engine_(service.hub, *this,
              {.peer = transport.peer(),
               .role = where.role,
               .join = where.join,
               .tracees = service.options.multi && service.options.program.empty() ? std::vector<Pid>{}
                                                                                   : service.tracees}) {
  ++service_.debuggers;
}

void GdbSession::leaving(bool extended) {
  --service_.debuggers;
  service_.leaving(extended);
}

void GdbSession::say(std::string_view line) { net::say(line); }

LaunchSpec GdbSession::launch_defaults() const { return launch_spec(service_.options); }

bool GdbSession::is_disabled(std::string_view packet) const {
  const auto& disabled = service_.options.disabled_packets;
  return std::find(disabled.begin(), disabled.end(), packet) != disabled.end();
}

}  // namespace gdbhub::net
