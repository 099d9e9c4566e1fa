// A logpoint, and what becomes of its hits.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "engines/log/messages.h"
#include "engines/log/logpoint_spec.h"
#include "gdbhub/hub.h"

namespace gdbhub::log {

/// One logpoint of one client, in all processes.
class Logpoint {
 public:
  struct Options {
    std::uint64_t count = std::numeric_limits<std::uint64_t>::max();  ///< so many lines, then it is done
    std::uint64_t every = 1;      ///< each so-manieth hit whose condition holds
    bool registers = false;       ///< all general ones
    std::uint64_t arguments = 0;  ///< so many (up to 6), by the calling convention
  };

  Logpoint(unsigned id, std::string source, LogpointSpec spec, const Options& options)
      : id_(id), source_(std::move(source)), spec_(std::move(spec)), options_(options) {}

  unsigned id() const { return id_; }
  /// As the user wrote it.
  const std::string& source() const { return source_; }
  const LogpointSpec& spec() const { return spec_; }
  std::uint64_t hits() const { return hits_; }
  std::uint64_t logged() const { return logged_; }
  bool is_done() const { return logged_ >= options_.count; }

  /// A thread is at it; `where` is the place's name. The event to send, if the hit is to be logged. What
  /// cannot be evaluated is said in the event.
  std::optional<LogEvent> hit(Hub& hub, EngineId engine, const Event& event, const std::string& where);

 private:
  unsigned id_;
  std::string source_;
  LogpointSpec spec_;
  Options options_;
  std::uint64_t hits_ = 0;    ///< arrivals
  std::uint64_t passed_ = 0;  ///< of them with the condition true
  std::uint64_t logged_ = 0;
};

}  // namespace gdbhub::log
