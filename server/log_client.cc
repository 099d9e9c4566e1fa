#include "server/log_client.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <climits>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "server/bind.h"
#include "server/log_format.h"
#include "server/private_hub.h"

namespace gdbhub::net {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto kFirstPause = 100ms;
constexpr std::chrono::milliseconds kLongestPause = 3s;

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

/// A number is a pid, everything else a name.
json attach_params(const std::string& target) {
  int pid = 0;
  const auto [end, error] = std::from_chars(target.data(), target.data() + target.size(), pid);
  if (error == std::errc{} && end == target.data() + target.size()) return {{"pid", pid}};
  return {{"name", target}};
}

/// The messages of the hub point at places in what the user wrote: their lines are kept, all else is made
/// harmless.
std::string printable_lines(const std::string& text) {
  std::string safe;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    safe += (begin == 0 ? "" : "\n") + printable(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return safe;
}

}  // namespace

int LogClient::fail(const std::string& text) {
  err_ << "gdbhub log: " << text << std::endl;
  return 1;
}

void LogClient::ask(const char* method, const Json& params, std::string what) {
  asked_[++last_request_] = std::move(what);
  requests_ +=
      json{{"jsonrpc", "2.0"}, {"id", last_request_}, {"method", method}, {"params", params}}.dump() + "\n";
}

bool LogClient::ask_for_everything(int socket) {
  const bool again = connections_++ > 0;
  asked_.clear();
  // Who only looks at what the hub has anyway may be an observer, and changes nothing for the debuggers
  // there. Children that debuggers let go are followed by a controller only.
  const bool controls = options_.brings_processes() || !options_.logpoints.empty();
  ask("hello", {{"name", "log"}, {"role", controls ? "controller" : "observer"}}, "");
  if (options_.events) ask("subscribe", json::object(), "");
  for (const std::string& at : options_.logpoints) {
    json params = {{"at", at},
                   {"every", options_.every},
                   {"registers", options_.registers},
                   {"args", options_.arguments}};
    if (options_.count) params["count"] = *options_.count;
    ask("insert_logpoint", params, "--at");
  }
  for (const std::string& target : options_.attach)
    ask("attach", attach_params(target), "--attach " + target);
  if (!options_.wait.empty()) ask("wait", {{"name", options_.wait}}, "--wait " + options_.wait);
  if (!options_.program.empty() && !again)
    ask("launch", {{"argv", options_.program}}, options_.program.front());
  if (again)
    err_ << fmt::format("gdbhub log: connected again; {} logpoint{} set again", options_.logpoints.size(),
                        options_.logpoints.size() == 1 ? " is" : "s are")
         << std::endl;
  return send_all(socket, std::exchange(requests_, {}));
}

std::optional<int> LogClient::follow(const UniqueFd& socket) {
  if (!ask_for_everything(socket.get())) return std::nullopt;
  std::string input;
  char buffer[1 << 16];
  while (!status_) {
    const auto size = ::read(socket.get(), buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return std::nullopt;
    input.append(buffer, static_cast<std::size_t>(size));
    std::size_t begin = 0;
    for (std::size_t end; !status_ && (end = input.find('\n', begin)) != input.npos; begin = end + 1)
      handle(std::string_view(input).substr(begin, end - begin));
    input.erase(0, begin);
    out_ << std::flush;
    unflushed_ = 0;
    if (!out_) return fail("the output cannot be written");
  }
  return status_;
}

void LogClient::handle(std::string_view line) {
  const auto nonsense = [&] {
    status_ = fail("not a hub's answer: " + printable(std::string(line.substr(0, 200))));
  };
  try {
    const json message = json::parse(line);
    if (!message.is_object()) return nonsense();
    if (message.value("method", "") == "event") return handle_event(message.at("params"));
    handle_answer(message);
  } catch (const json::exception&) {
    nonsense();
  }
}

void LogClient::handle_answer(const Json& message) {
  const auto asked = message.contains("id") && message["id"].is_number_integer()
                         ? asked_.find(message["id"].get<int>())
                         : asked_.end();
  const std::string what = asked == asked_.end() ? "" : asked->second;
  if (asked != asked_.end()) asked_.erase(asked);
  if (message.contains("error")) {
    const std::string text = printable_lines(message["error"].value("message", "?"));
    const int status = fail((what.empty() ? "the hub refuses" : what) + ": " + text);
    // When all was well before, what could be done again is better than nothing.
    if (connections_ == 1) status_ = status;
    return;
  }
  const json& result = message.at("result");
  if (!result.is_object()) return;
  if (const auto pid = result.find("pid"); pid != result.end()) own_.insert(pid->get<int>());
  if (const auto pids = result.find("pids"); pids != result.end())
    for (const json& pid : *pids) own_.insert(pid.get<int>());
}

void LogClient::handle_event(const Json& event) {
  const std::string kind = event.value("kind", "?");
  const int pid = event.value("pid", 0);
  const std::string line = format_event(event, options_.json);
  const bool is_note =
      kind == "logpoint" || kind == "found" || kind == "ended" || kind == "error" || kind == "launch-failed";
  if (!options_.json && is_note && !options_.events) {
    err_ << "gdbhub log: " << printable(event.value("text", ""))
         << (pid != 0 ? fmt::format(" (pid {})", pid) : "") << std::endl;
  } else {
    print(line);
  }
  if (kind == "found") own_.insert(pid);
  if (kind == "ended") end_of(pid, event);
  if (kind == "launch-failed") status_ = 127;
  const bool is_done = kind == "logpoint" && event.value("done", false);
  // What was started runs to its end, without logpoints as fast as ever.
  if (is_done && ++logpoints_done_ >= options_.logpoints.size() && options_.program.empty()) status_ = 0;
}

void LogClient::print(const std::string& line) {
  // A program that was started writes to the same pipe: so much goes there in one piece.
  if (unflushed_ + line.size() > PIPE_BUF) {
    out_ << std::flush;
    unflushed_ = 0;
  }
  out_ << line;
  unflushed_ += line.size();
}

void LogClient::end_of(int pid, const Json& event) {
  if (own_.erase(pid) == 0 || !own_.empty()) return;
  // The program's own status, as of a shell.
  if (!options_.program.empty())
    program_status_ = event.contains("signal") ? 128 + event.value("signal", 0) : event.value("exit", 0);
  status_ = program_status_;
}

int run_log_client(const LogOptions& options, std::ostream& out, std::ostream& err) {
  std::ofstream file;
  if (!options.output.empty()) {
    file.open(options.output, std::ios::app);
    if (!file) {
      err << "gdbhub log: cannot write " << options.output << ": " << strerror(errno) << std::endl;
      return 1;
    }
  }
  LogClient client(options, options.output.empty() ? out : file, err);
  if (!options.hub) return run_with_private_hub(client);
  auto pause = std::chrono::milliseconds(kFirstPause);
  for (bool connected = false;;) {
    const auto socket = connect_to(*options.hub);
    if (!socket && !connected) return client.fail("cannot connect to " + socket.error().text);
    if (socket) {
      connected = true;
      pause = kFirstPause;
      if (const auto status = client.follow(*socket)) return *status;
      err << "hub closed the connection" << std::endl;
      if (!options.reconnect) return 0;
      if (!options.program.empty()) return client.fail("the program's end was not seen");
      err << "gdbhub log: waiting for a hub at " << options.hub->text << std::endl;
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace gdbhub::net
