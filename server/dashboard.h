// `--dashboard`: the web server, and the hub's side of its clients.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engines/dash/client.h"
#include "engines/dash/feed.h"
#include "server/asio_loop.h"
#include "server/options.h"
#include "server/web_server.h"

namespace gdbhub::net {

/// Tracer thread only. Clients end (A26) with it.
class Dashboard {
 public:
  /// Takes the address. `service` is not owned.
  static Result<std::unique_ptr<Dashboard>> bind(AsioLoop& loop, dash::Service& service, const DashboardOptions& options, const TlsFiles& tls);
  ~Dashboard();

  /// Serves from now on.
  Result<> start();
  /// A URL with a new one-time token.
  std::string url();

 private:
  Dashboard(AsioLoop& loop, dash::Service& service, const DashboardOptions& options, std::vector<UniqueFd> sockets, TlsContext tls);
  void opened(const std::shared_ptr<WebChannel>& channel);

  AsioLoop& loop_;
  dash::Service& service_;
  const Role role_;
  const std::string host_;
  const std::uint16_t port_;
  WebAccess access_;
  WebRouter router_;
  WebServer server_;
  std::map<std::shared_ptr<WebChannel>, std::unique_ptr<dash::Client>> clients_;
};

}  // namespace gdbhub::net
