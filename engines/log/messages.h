// What a logging client is told of, as notifications of the API.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "engines/dash/rpc.h"
#include "gdbhub/ids.h"

namespace gdbhub::log {

using dash::json;

/// What a client is told of without having asked.
struct LogEvent {
  std::uint64_t sequence = 0;  ///< of the journal; 0: of its latest entry, for an event that is not in it
  std::chrono::system_clock::time_point when;  ///< the epoch: now
  Pid pid;
  Tid tid;
  std::string_view kind;
  std::string by;  ///< the engine; empty: the program itself or the hub
  std::string text;
  json more = nullptr;  ///< an object: further members of the event's parameters
};

/// The notification "event". `number` counts the events of this connection, those that were dropped included.
std::string notification(const LogEvent& event, std::uint64_t number);
/// So many events were not sent, because the client did not read. `number` is the last one's.
std::string gap(std::uint64_t dropped, std::uint64_t number, std::chrono::system_clock::time_point when);

}  // namespace gdbhub::log
