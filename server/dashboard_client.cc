#include "server/dashboard_client.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "server/bind.h"

namespace gdbhub::net {
namespace {

using nlohmann::json;

/// The hub's answer to one request, a line; what has come where the connection ends before.
Result<std::string> call(const Endpoint& hub, const std::string& line) {
  const auto socket = connect_to(hub);
  if (!socket) return Error{socket.error().code, 0, "cannot connect to " + socket.error().text};
  const auto failed = [&hub] { return Error{ErrorCode::Gone, errno, hub.text + ": " + std::strerror(errno)}; };
  for (std::string_view rest = line; !rest.empty();) {
    const auto sent = ::send(socket->get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) return failed();
    if (sent > 0) rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  std::string answer;
  for (char buffer[4096]; answer.find('\n') == answer.npos;) {
    const auto size = ::read(socket->get(), buffer, sizeof buffer);
    if (size < 0 && errno != EINTR) return failed();
    if (size == 0) break;
    if (size > 0) answer.append(buffer, static_cast<std::size_t>(size));
  }
  return answer;
}

}  // namespace

int run_dashboard_client(const DashboardClientOptions& options, std::ostream& out, std::ostream& err) {
  const auto fail = [&err](const std::string& text) {
    err << "gdbhub dashboard: " << text << std::endl;
    return 1;
  };
  json params = json::object();
  if (!options.at.empty()) params["address"] = options.at;
  const json request = {{"jsonrpc", "2.0"}, {"id", 1}, {"method", "open_dashboard"}, {"params", params}};
  const auto answer = call(options.hub, request.dump() + "\n");
  if (!answer) return fail(answer.error().text);
  try {
    const json message = json::parse(*answer);
    if (message.contains("error")) return fail(message.at("error").at("message").get<std::string>());
    out << message.at("result").at("url").get<std::string>() << std::endl;
    return 0;
  } catch (const json::exception&) {
    return fail(options.hub.text + " does not answer as a hub does");
  }
}

}  // namespace gdbhub::net
