// Puts a log engine behind a connection.
#pragma once

#include "engines/log/log_engine.h"
#include "server/session.h"

namespace gdbhub::net {

/// One `gdbhub log`, or another program that speaks JSON lines.
class LogSession final : public Session {
 public:
  LogSession(Hub& hub, Transport& transport)
      : engine_(hub, transport.peer(), GDBHUB_VERSION,
                {.send = [&transport](std::string line) { transport.send(std::move(line)); },
                 .unsent = [&transport] { return transport.unsent(); }}) {}

  void receive(std::string_view bytes) override { engine_.receive(bytes); }

 private:
  log::LogEngine engine_;
};

}  // namespace gdbhub::net
