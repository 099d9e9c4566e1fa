#include "server/web_server.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "server/bind.h"
#include "server/web_sessions.h"

namespace gdbhub::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::chrono::milliseconds kRetryAccept{200};
constexpr int kNiceness = 10;

bool is_v6(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return address.ss_family == AF_INET6;
}

}  // namespace

/// One listening socket.
class WebServer::Door {
 public:
  /// `tls` may be null.
  Door(asio::io_context& context, UniqueFd socket, asio::ssl::context* tls, const WebHooks& hooks)
      : acceptor_(context), retry_(context), tls_(tls), hooks_(hooks) {
    acceptor_.assign(is_v6(socket.get()) ? tcp::v6() : tcp::v4(), socket.get());
    (void)socket.release();
  }

  void accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket client) {
      if (error == asio::error::operation_aborted) return;
      if (!error) {
        client.set_option(tcp::no_delay(true));
        if (tls_ != nullptr) {
          serve_https(std::move(client), *tls_, hooks_);
        } else {
          serve_http(std::move(client), hooks_);
        }
        return accept();
      }
      // No descriptor is left, most likely: the client waits in the backlog.
      spdlog::warn("dashboard: a client has to wait: {}", error.message());
      retry_.expires_after(kRetryAccept);
      retry_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) accept();
      });
    });
  }

 private:
  tcp::acceptor acceptor_;
  asio::steady_timer retry_;
  asio::ssl::context* tls_;
  const WebHooks& hooks_;
};

WebServer::WebServer(std::vector<UniqueFd> sockets, TlsContext tls, const WebRouter& router, Handlers handlers)
    : sockets_(std::move(sockets)), handlers_(std::move(handlers)), tls_(std::move(tls)) {
  const auto to_web = [this](std::function<void()> work) { asio::post(context_, std::move(work)); };
  hooks_ = std::make_unique<WebHooks>(WebHooks{
      .router = router,
      .open =
          [this, to_web](std::string peer) {
            auto channel = std::make_shared<WebChannel>(std::move(peer), to_web, handlers_.to_hub);
            handlers_.to_hub([this, channel] { handlers_.opened(channel); });
            return channel;
          },
      .closed =
          [this](std::shared_ptr<WebChannel> channel) {
            handlers_.to_hub([this, channel = std::move(channel)] { handlers_.closed(channel); });
          },
      .metrics =
          [this, to_web](std::function<void(std::string)> done) {
            handlers_.to_hub([this, to_web, done = std::move(done)] {
              to_web([done, page = handlers_.metrics()] { done(page); });
            });
          }});
}

WebServer::~WebServer() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
  doors_.clear();
}

Result<> WebServer::start() {
  for (const UniqueFd& socket : sockets_)
    if (::listen(socket.get(), SOMAXCONN) != 0) return bind_error(errno);
  for (UniqueFd& socket : sockets_) {
    doors_.push_back(std::make_unique<Door>(context_, std::move(socket), tls_.get(), *hooks_));
    doors_.back()->accept();
  }
  sockets_.clear();
  thread_ = std::thread([this] {
    // setpriority(2): on Linux, of this thread only. Debuggers come first where processors are few.
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceness);
    context_.run();
  });
  return {};
}

}  // namespace gdbhub::net
