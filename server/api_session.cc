#include "server/api_session.h"

#include <utility>

#include "engines/dash/rpc.h"
#include "server/log_session.h"

namespace gdbhub::net {
namespace {

/// What one message counts where the connection counts bytes.
constexpr std::size_t kBytesOfMessage = 4096;

}  // namespace

void ApiSession::receive(std::string_view bytes) {
  if (log_) return log_->receive(bytes);
  line_ += bytes;
  for (std::size_t end; !log_ && (end = line_.find('\n')) != line_.npos;) {
    const std::string line = line_.substr(0, end);
    if (line.find_first_not_of(" \t\r") != line.npos) {
      if (!client_) choose(line);
      if (log_) return log_->receive(std::exchange(line_, {}));
      client_->receive(line);
    }
    line_.erase(0, end + 1);
  }
  if (line_.size() <= kMaxLine) return;
  transport_.send(dash::error_text(nullptr, dash::RpcError::InvalidRequest, "The line is too long") + "\n");
  transport_.close_after_flush();
}

void ApiSession::choose(std::string_view first_line) {
  const auto parsed = dash::parse_request(first_line);
  const auto* request = std::get_if<dash::Request>(&parsed);
  if (request != nullptr && request->method == "subscribe") {
    log_ = std::make_unique<LogSession>(service_.hub, transport_);
    return;
  }
  client_ = std::make_unique<dash::Client>(
      service_, EngineInfo{"api", transport_.peer(), role_},
      dash::Outlet{.send = [this](const dash::MessagePtr& message) { transport_.send(message->text() + "\n"); },
                   .unsent = [this] { return transport_.unsent() / kBytesOfMessage; },
                   .close = [this] { transport_.close_after_flush(); }});
}

}  // namespace gdbhub::net
