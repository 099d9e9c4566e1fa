#include "server/api_session.h"

#include "engines/dash/rpc.h"

namespace gdbhub::net {
namespace {

/// What one message counts where the connection counts bytes.
constexpr std::size_t kBytesOfMessage = 4096;

}  // namespace

void ApiSession::receive(std::string_view bytes) {
  line_ += bytes;
  for (std::size_t end; (end = line_.find('\n')) != line_.npos;) {
    const std::string line = line_.substr(0, end);
    line_.erase(0, end + 1);
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    if (!client_) begin(line);
    client_->receive(line);
  }
  if (line_.size() <= kMaxLine) return;
  transport_.send(dash::error_text(nullptr, dash::RpcError::InvalidRequest, "The line is too long") + "\n");
  transport_.close_after_flush();
}

void ApiSession::begin(std::string_view first_line) {
  EngineInfo info{"api", transport_.peer(), most_};
  const auto parsed = dash::parse_request(first_line);
  const auto* request = std::get_if<dash::Request>(&parsed);
  // The log's clients of before there was `hello`, which only watch.
  if (request != nullptr && request->method == "subscribe") info = {"log", transport_.peer(), Role::Observer};
  client_.emplace(service_, std::move(info),
                  dash::Outlet{.send = [this](const dash::MessagePtr& message) { transport_.send(message->text() + "\n"); },
                               .unsent = [this] { return transport_.unsent() / kBytesOfMessage; },
                               .close = [this] { transport_.close_after_flush(); }});
}

}  // namespace gdbhub::net
