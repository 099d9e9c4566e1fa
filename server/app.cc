#include "server/app.h"

#include <signal.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "server/say.h"
#include "server/sniff.h"
#include "server/stdio_channel.h"

namespace gdbhub::net {

App::~App() {
  // Sessions end (A26) while the kernel that they detach from is still there.
  for (const auto& connection : connections_) connection->abandon();
}

Result<int> App::run() {
  loop_.on_child([this](Tid tid) { kernel_.hint(tid); }, [this] { pump(); });
  loop_.on_terminate([this](int signal) { terminate(signal); });
  // The address before the program: a port that is taken must not cost anybody a process. And clients only
  // when there is something to find.
  if (auto done = bind(); !done) return done.error();
  if (auto done = start_tracees(); !done) return done.error();
  if (auto done = listen(); !done) return done.error();
  return loop_.run();
}

Result<> App::bind() {
  for (const auto& spec : options_.listeners) {
    if (spec.endpoint.kind == Endpoint::Kind::Stdio) continue;
    auto listener = Listener::bind(loop_, spec);
    if (!listener) return listener.error();
    listeners_.push_back(std::move(*listener));
  }
  return {};
}

Result<> App::listen() {
  for (const auto& spec : options_.listeners) {
    if (spec.endpoint.kind == Endpoint::Kind::Stdio) welcome(take_stdio(spec));
  }
  for (const auto& listener : listeners_) {
    if (auto done = listener->listen([this](Client client) { welcome(std::move(client)); }); !done)
      return done;
  }
  return {};
}

// ---- where the engines come in
// -----------------------------------------------------------------------------

Result<> App::start_tracees() {
  return {};
}

SessionFactory App::session_factory(const ListenSpec&) {
  return [](Transport&, std::string_view) { return nullptr; };
}

void App::pump() {
  loop_.cancel(next_pump_);
  // The hub looks for reports here.
  if (const auto due = kernel_.search_due()) next_pump_ = loop_.after(*due - loop_.now(), [this] { pump(); });
}

// ---- clients
// -----------------------------------------------------------------------------------------------

void App::welcome(Client client) {
  auto connection =
      Connection::start(loop_, std::move(client.input), std::move(client.output), std::move(client.peer),
                        session_factory(client.where), [this](Connection& closed) { client_left(closed); });
  connections_.insert(std::move(connection));
}

void App::client_left(Connection& connection) {
  connections_.erase(connection.shared_from_this());
  if (!connections_.empty()) return;
  if (options_.once) return loop_.stop(0);
  say("Remote side has terminated connection.  GDBserver will reopen the connection.");
  for (const auto& listener : listeners_) listener->announce();
}

void App::terminate(int signal) {
  // In stdio mode we share the terminal with our client: its ^C is not meant for us.
  const bool stdio = options_.listeners.front().endpoint.kind == Endpoint::Kind::Stdio;
  if (signal == SIGINT && stdio) return;
  loop_.stop(128 + signal);
}

}  // namespace gdbhub::net
