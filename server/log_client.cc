#include "server/log_client.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>

#include "server/bind.h"

namespace gdbhub::net {
namespace {

using nlohmann::json;

constexpr std::string_view kSubscribe =
    R"({"jsonrpc":"2.0","id":1,"method":"subscribe","params":{"events":true}})"
    "\n";

/// Seconds since the epoch as the local time of day, 12:34:56.789012.
std::string time_of_day(double seconds) {
  auto whole = static_cast<std::time_t>(std::floor(seconds));
  auto micros = std::lround((seconds - static_cast<double>(whole)) * 1e6);
  if (micros == 1'000'000) {
    ++whole;
    micros = 0;
  }
  std::tm local{};
  ::localtime_r(&whole, &local);
  return fmt::format("{:02}:{:02}:{:02}.{:06}", local.tm_hour, local.tm_min, local.tm_sec, micros);
}

/// Control characters made visible: part of the text comes from tracees, and is not to steer a terminal.
std::string printable(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      safe += c;
    } else {
      safe += fmt::format("\\x{:02x}", byte);
    }
  }
  return safe;
}

std::string event_text(const json& event) {
  std::string line = time_of_day(event.value("time", 0.0));
  for (const char* id : {"pid", "tid"}) {
    if (const auto value = event.value(id, 0); value != 0) line += fmt::format(" {} {}", id, value);
  }
  line += fmt::format(" {}", event.value("kind", "?"));
  if (const auto text = event.value("text", ""); !text.empty()) line += fmt::format(" {}", text);
  return printable(line) + "\n";
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

Result<std::string> format_log_line(std::string_view line, bool as_json) {
  const auto wrong = [](std::string text) { return Error{ErrorCode::InvalidArgument, 0, std::move(text)}; };
  try {
    const auto message = json::parse(line);
    if (!message.is_object())
      return wrong(fmt::format("not a hub's answer: {}", printable(std::string(line))));
    if (message.contains("error")) {
      return wrong(fmt::format("the hub refuses: {}", printable(message["error"].value("message", "?"))));
    }
    if (message.value("method", "") != "event") return std::string();
    const auto& event = message.at("params");
    return as_json ? event.dump() + "\n" : event_text(event);
  } catch (const json::exception& error) {
    return wrong(fmt::format("not a hub's answer: {}", printable(std::string(line))));
  }
}

int run_log_client(const LogOptions& options, std::ostream& out, std::ostream& err) {
  const auto fail = [&err](const std::string& text) {
    err << "gdbhub log: " << text << std::endl;
    return 1;
  };
  const auto socket = connect_to(options.hub);
  if (!socket) return fail("cannot connect to " + socket.error().text);
  if (!send_all(socket->get(), kSubscribe)) return fail(options.hub.text + ": " + strerror(errno));

  std::string input;
  char buffer[16384];
  for (;;) {
    const auto size = ::read(socket->get(), buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    input.append(buffer, static_cast<std::size_t>(size));
    std::size_t begin = 0;
    for (std::size_t end; (end = input.find('\n', begin)) != input.npos; begin = end + 1) {
      const auto text = format_log_line(std::string_view(input).substr(begin, end - begin), options.json);
      if (!text) return fail(text.error().text);
      out << *text << std::flush;
    }
    input.erase(0, begin);
  }
  err << "hub closed the connection" << std::endl;
  return 0;
}

}  // namespace gdbhub::net
