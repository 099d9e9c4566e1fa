#include "server/dashboard.h"

#include <netinet/in.h>

#include "engines/dash/metrics.h"
#include "server/bind.h"
#include "server/tls.h"

namespace gdbhub::net {

Result<std::unique_ptr<Dashboard>> Dashboard::bind(AsioLoop& loop, dash::Service& service, const DashboardOptions& options, const TlsFiles& tls) {
  TlsContext context;
  if (!tls.certificate.empty()) {
    auto made = make_tls_context(tls);
    if (!made) return made.error();
    context = std::move(*made);
  }
  Endpoint endpoint = options.endpoint;
  auto sockets = bind_tcp(endpoint);
  if (!sockets && sockets.error().system == EADDRINUSE && !options.fixed_port) {
    endpoint.port = "0";  // another hub's dashboard has the customary one; the URL tells
    sockets = bind_tcp(endpoint);
  }
  if (!sockets) {
    Error error = sockets.error();
    error.text = "--dashboard: " + error.text;
    return error;
  }
  return std::unique_ptr<Dashboard>(new Dashboard(loop, service, options, std::move(*sockets), std::move(context)));
}

Dashboard::Dashboard(AsioLoop& loop, dash::Service& service, const DashboardOptions& options, std::vector<UniqueFd> sockets, TlsContext tls)
    : loop_(loop),
      service_(service),
      role_(options.role),
      host_(options.endpoint.host),
      port_(local_port(sockets.front().get())),
      access_(host_, port_, tls != nullptr),
      router_(access_),
      server_(std::move(sockets), std::move(tls), router_,
              {.to_hub = [this](std::function<void()> work) { loop_.post(std::move(work)); },
               .opened = [this](const auto& channel) { opened(channel); },
               .closed = [this](const auto& channel) { clients_.erase(channel); },
               .metrics = [this] { return dash::metrics_page(service_.hub, service_.feed.counters().take(), service_.feed.followers()); }}) {}

// The clients' channels lead to the server's thread: they go first.
Dashboard::~Dashboard() { clients_.clear(); }

Result<> Dashboard::start() {
  (void)service_.feed.counters();  // /metrics counts from here on
  return server_.start();
}

std::string Dashboard::url() {
  const bool loopback = host_.empty() || host_ == "localhost";
  std::string host = loopback ? "127.0.0.1" : host_;
  if (host.find(':') != host.npos) host = "[" + host + "]";
  // In the fragment, which browsers keep to themselves: no server's log and no referrer has it.
  return std::string(access_.scheme()) + "://" + host + ":" + std::to_string(port_) + "/#token=" + access_.issue_token();
}

void Dashboard::opened(const std::shared_ptr<WebChannel>& channel) {
  auto client = std::make_unique<dash::Client>(service_, EngineInfo{"dashboard", channel->peer(), role_},
                                               dash::Outlet{.send = [channel](dash::MessagePtr message) { channel->send(std::move(message)); },
                                                            .unsent = [channel] { return channel->unsent(); },
                                                            .close = [channel] { channel->close(); }});
  channel->on_request = [weak = std::weak_ptr(channel), this](std::string text) {
    const auto found = clients_.find(weak.lock());
    if (found != clients_.end()) found->second->receive(text);
  };
  clients_.emplace(channel, std::move(client));
}

}  // namespace gdbhub::net
