// What goes over a log connection: JSON-RPC 2.0, one message per line.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "gdbhub/ids.h"

namespace gdbhub::log {

/// A client's call.
struct Request {
  std::string id;  ///< as JSON; empty for a notification, which gets no answer
  std::string method;
  bool wants_events = true;  ///< params.events
};

/// The codes of the JSON-RPC 2.0 specification that are used here.
enum class RpcError { ParseError = -32700, InvalidRequest = -32600, MethodNotFound = -32601 };

/// The id of an answer to what could not be understood.
inline constexpr std::string_view kNullId = "null";

/// What a log client is told of.
struct LogEvent {
  std::uint64_t sequence = 0;  ///< of the journal; of its latest entry, for an event that is not in it
  std::chrono::system_clock::time_point when;
  Pid pid;
  Tid tid;
  std::string_view kind;
  std::string by;  ///< the engine; empty: the program itself or the hub
  std::string text;
};

/// One line as a request, or the line that answers it with what is wrong with it.
std::variant<Request, std::string> parse_request(std::string_view line);

// Each makes a whole line, its newline included. Text that is not UTF-8 is mended, not refused.

/// The answer to "subscribe".
std::string subscribed(std::string_view id, std::string_view version, EngineId engine);
std::string failure(std::string_view id, RpcError code, std::string_view message);
std::string notification(const LogEvent& event);
/// So many events were not sent, because the client did not read.
std::string gap(std::uint64_t dropped, std::chrono::system_clock::time_point when);

}  // namespace gdbhub::log
