// The dashboard's HTTP and WebSocket server, on a thread of its own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "gdbhub/result.h"
#include "gdbhub/unique_fd.h"
#include "server/web_channel.h"
#include "server/web_router.h"

namespace gdbhub::net {

struct WebHooks;
/// Null: no TLS.
using TlsContext = std::unique_ptr<boost::asio::ssl::context>;

/// Its thread inherits the signal mask of who makes it: make it where SIGCHLD and the like are blocked. The destructor drops all connections
/// and joins the thread; nothing is called after it.
class WebServer {
 public:
  struct Handlers {
    WebChannel::Post to_hub;  ///< runs work on the tracer thread
    std::function<void(std::shared_ptr<WebChannel>)> opened;  ///< called there
    std::function<void(std::shared_ptr<WebChannel>)> closed;  ///< called there
    std::function<std::string()> metrics;                     ///< called there
  };

  /// `sockets` are bound. `router` is not owned.
  WebServer(std::vector<UniqueFd> sockets, TlsContext tls, const WebRouter& router, Handlers handlers);
  ~WebServer();
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  /// Clients may come from now on.
  Result<> start();

 private:
  class Door;

  std::vector<UniqueFd> sockets_;
  Handlers handlers_;
  TlsContext tls_;                     // before the context, whose sessions use it until they are destroyed
  std::unique_ptr<WebHooks> hooks_;    // as well
  boost::asio::io_context context_{1};
  std::vector<std::unique_ptr<Door>> doors_;
  std::thread thread_;
};

}  // namespace gdbhub::net
