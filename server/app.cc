#include "server/app.h"

#include <poll.h>
#include <signal.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "server/api_session.h"
#include "server/dashboard_options.h"
#include "server/device_channel.h"
#include "server/logging.h"
#include "server/say.h"
#include "server/sniff.h"
#include "server/stdio_channel.h"

namespace gdbhub::net {

App::App(ServeOptions options)
    : options_(std::move(options)),
      hub_(kernel_, isa_, loop_),
      service_{.hub = hub_,
               .options = options_,
               .io = io_,
               .tracees = {},
               .exit = [this] { loop_.stop(0); },
               .leaving = [this](bool extended) { debugger_left_ = extended; },
               .left = [this] { debugger_left(); }},
      api_(hub_, symbols_) {
  api_.get().open_dashboard = [this](std::string_view where) { return open_dashboard(where); };
}

App::~App() {
  // Sessions end (A26) while the kernel that they detach from is still there.
  for (const auto& connection : connections_) connection->abandon();
  dashboard_.reset();
  starter_.reset();
  release_tracees();
  engines_.clear();
}

Result<int> App::run() {
  if (options_.any_may_kill) hub_.let_any_kill();
  loop_.on_terminate([this](int signal) { terminate(signal); });
  hub_.journal().subscribe([this](const JournalEntry& entry) {
    if (ends_with_tracees_ && entry.kind == "process-gone") loop_.post([this] { end_if_nothing_left(); });
  });
  // The address before the program: a port that is taken must not cost anybody a process. And clients only
  // when there is something to find.
  if (auto done = bind(); !done) return done.error();
  if (auto done = start_engines(); !done) return done.error();
  if (auto done = start_tracees(); !done) return done.error();
  const int status = loop_.run();
  return outcome_ ? Result<int>(status) : outcome_;
}

Result<> App::bind() {
  for (const auto& spec : options_.listeners) {
    if (spec.endpoint.kind == Endpoint::Kind::Stdio) {
      first_client_ = take_stdio(spec);
      continue;
    }
    if (spec.endpoint.kind == Endpoint::Kind::Device) {
      auto client = open_device(spec);
      if (!client) return client.error();
      first_client_ = std::move(*client);
      continue;
    }
    auto listener = Listener::bind(loop_, spec);
    if (!listener) return listener.error();
    listeners_.push_back(std::move(*listener));
  }
  if (options_.dashboard) {
    auto dashboard = Dashboard::bind(loop_, api_.get(), *options_.dashboard, options_.dashboard_tls);
    if (!dashboard) return dashboard.error();
    dashboard_ = std::move(*dashboard);
  }
  return {};
}

Result<std::string> App::open_dashboard(std::string_view where) {
  if (dashboard_) {
    if (where.empty()) return dashboard_->url();
    return Error{ErrorCode::Busy, 0, "this hub serves its dashboard already; ask without an address"};
  }
  auto options = parse_dashboard(where);
  if (!options) return options.error();
  auto dashboard = Dashboard::bind(loop_, api_.get(), *options, options_.dashboard_tls);
  if (!dashboard) return dashboard.error();
  if (auto done = (*dashboard)->start(); !done) return done.error();
  dashboard_ = std::move(*dashboard);
  return dashboard_->url();
}

Result<> App::start_engines() {
  for (const EngineChoice& choice : options_.engines) {
    auto engine = choice.kind.make(hub_, choice.options);
    if (!engine) return Error{engine.error().code, 0, "--engine " + std::string(choice.kind.name) + ": " + engine.error().text};
    engines_.push_back(std::move(*engine));
  }
  return {};
}

Result<> App::listen() {
  if (dashboard_) {
    if (auto done = dashboard_->start(); !done) return done;
    say("Dashboard: " + dashboard_->url());
  }
  if (first_client_) {
    if (has_stdio_client()) say("Remote debugging using stdio");
    welcome(*std::exchange(first_client_, std::nullopt));
  }
  for (const auto& listener : listeners_) {
    if (auto done = listener->listen([this](Client client) { welcome(std::move(client)); }); !done) return done;
  }
  return {};
}

// ---- tracees of the command line ----------------------------------------------------------------------

Result<> App::start_tracees() {
  if (!options_.attach && options_.program.empty()) return listen();
  starter_.emplace(hub_, [this](Pid pid, const Result<>& result) { tracee_ready(pid, result); });
  if (options_.attach) return starter_->attach(*options_.attach);
  if (has_stdio_client()) say("stdin/stdout redirected");  // the program's; it writes to our stderr
  return starter_->launch(launch_spec(options_));
}

void App::tracee_ready(Pid pid, const Result<>& result) {
  Result<> done = result;
  if (done) {
    if (!options_.attach) announce_created(options_.program.front(), pid);
    service_.tracees.push_back(pid);
    hub_.hold_for_first_client(pid);
    done = listen();
  }
  if (!done) {
    outcome_ = done.error();
    if (!result) outcome_ = Error{result.error().code, result.error().system, result.error().text + "."};
    loop_.stop(1);
  }
  loop_.post([this] { starter_.reset(); });
}

void App::release_tracees() {
  hub_.shut_down();
  // A thread in uninterruptible sleep may take long: then the kernel lets go of it when we exit.
  for (int patience = 1000; hub_.has_tracees() && patience > 0; --patience) {
    while (hub_.pump()) {
    }
    if (hub_.has_tracees()) ::poll(nullptr, 0, 1);
  }
}

SessionFactory App::session_factory(const ListenSpec& where) {
  return [this, where](Transport& transport, std::string_view first_bytes) -> std::unique_ptr<Session> {
    switch (sniff(first_bytes).protocol) {
      case Protocol::Rsp: return std::make_unique<GdbSession>(service_, transport, where);
      case Protocol::JsonLines: return std::make_unique<ApiSession>(api_.get(), transport, where.role);
      case Protocol::Unknown:
      case Protocol::Foreign: break;
    }
    return nullptr;
  };
}

// ---- clients ------------------------------------------------------------------------------------------

void App::welcome(Client client) {
  debug(DebugComponent::EventLoop, "{} has connected", client.peer);
  auto connection =
      Connection::start(loop_, std::move(client.input), std::move(client.output), std::move(client.peer),
                        session_factory(client.where), [this](Connection& closed) { client_left(closed); },
                        options_.grace_time);
  connections_.insert(std::move(connection));
}

void App::reopen_device() {
  // Where nobody has the other end the line ends again at once: not for ever without a pause.
  constexpr auto kPause = std::chrono::seconds(1);
  loop_.after(kPause, [this] {
    auto client = open_device(options_.listeners.front());
    if (client) return welcome(std::move(*client));
    spdlog::error("{}", client.error().text);
    reopen_device();
  });
}

void App::client_left(Connection& connection) {
  debug(DebugComponent::EventLoop, "{} has left", connection.peer());
  if (options_.listeners.empty()) return loop_.stop(0);  // serve_only
  const auto& comm = options_.listeners.front().endpoint;
  if (comm.kind == Endpoint::Kind::Device && connection.peer() == comm.path && !options_.once) reopen_device();
  connections_.erase(connection.shared_from_this());
  debugger_left();
}

void App::debugger_left() {
  const std::optional<bool> debugger = std::exchange(debugger_left_, std::nullopt);
  if (!debugger || service_.debuggers > 0) return;  // those who only watch keep nothing alive
  ends_with_tracees_ = !options_.multi && !*debugger;
  if (options_.once) return loop_.stop(0);
  if (end_if_nothing_left()) return;
  apply_last_drop();
  say("Remote side has terminated connection.  GDBserver will reopen the connection.");
  for (const auto& listener : listeners_) listener->announce();
}

bool App::end_if_nothing_left() {
  const bool nothing_left = ends_with_tracees_ && service_.debuggers == 0 && hub_.processes().empty();
  if (nothing_left) loop_.stop(0);
  return nothing_left;
}

void App::apply_last_drop() {
  for (const ProcessStatus& process : hub_.processes()) {
    const Pid pid = process.pid;
    if (process.owner != EngineId{}) continue;
    switch (options_.on_last_drop) {
      case LastDrop::Gdbserver:
      case LastDrop::Hold: break;  // they are held for the next client
      case LastDrop::Continue: hub_.resume_unclaimed(pid); break;
      case LastDrop::Detach: hub_.let_go_unclaimed(pid); break;
      case LastDrop::Kill: (void)kernel_.kill_process(pid); break;
    }
  }
}

void App::terminate(int signal) {
  // In stdio mode we share the terminal with our client: its ^C is not meant for us.
  if (signal == SIGINT && has_stdio_client()) return;
  loop_.stop(128 + signal);
}

}  // namespace gdbhub::net
