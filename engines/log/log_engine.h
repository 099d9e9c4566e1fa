// `gdbhub log` and other programs that follow what happens, as an engine that does nothing to anybody.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engines/log/event_sink.h"
#include "engines/log/library_follower.h"
#include "engines/log/messages.h"
#include "gdbhub/hub.h"

namespace gdbhub::log {

/// One connection of a log client. Bytes in by receive(), lines out by the output. It hears of what happens from the
/// journal; it is attached to the processes only to see their libraries, and holds nobody. Its destructor is
/// the disconnect.
class LogEngine final : public Engine {
 public:
  /// A longer line is refused.
  static constexpr std::size_t kMaxLine = 64 << 10;

  /// `peer`: who the client is, for people. `version`: the hub's. `hub` is not owned.
  LogEngine(Hub& hub, std::string peer, std::string version, EventSink::Output output);
  ~LogEngine() override;
  LogEngine(const LogEngine&) = delete;
  LogEngine& operator=(const LogEngine&) = delete;

  /// Bytes from the client, in any portions.
  void receive(std::string_view bytes);

  // Engine
  Verdict report(const Event& event) override {
    libraries_.report(event);
    return Verdict::keep();
  }
  void quiesced(Pid, Tid, bool) override {}
  Action thread_started(Pid, Tid, Tid) override { return Action::Resume; }
  void thread_gone(Pid, Tid, WaitStatus) override {}
  void process_gone(Pid pid, WaitStatus) override { libraries_.forget(pid); }
  void launched(Pid, const Result<>&) override {}
  void kept_waiting(const std::vector<Hold>&) override {}

 private:
  void handle(std::string_view line);
  void subscribe();
  void send_snapshot();
  void send_library(std::string_view kind, Pid pid, Tid tid, std::string path);
  void follow_soon(Pid pid);
  void send(const JournalEntry& entry);
  std::string by(EngineId engine) const { return engine ? hub_.name_of(engine) : std::string(); }

  Hub& hub_;
  std::string version_;
  EventSink::Output output_;  ///< for answers, which are never dropped
  EventSink events_;
  EngineId id_;
  LibraryFollower libraries_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::string line_;       ///< what has come of a line
  bool skipping_ = false;  ///< the rest of a line that is too long
  std::uint64_t subscription_ = 0;
};

}  // namespace gdbhub::log
