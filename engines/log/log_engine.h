// What a client of the API follows and logs, as an engine beside all others.
#pragma once

#include "engines/dash/client.h"
#include "engines/log/event_sink.h"
#include "engines/log/journal_feed.h"
#include "engines/log/logpoints.h"
#include "engines/log/process_control.h"
#include "engines/log/self.h"

namespace gdbhub::log {

/// Made with the client's first method of this family (methods.h); ends with its connection, which ends all that
/// it has (A26). It never holds a thread that the client has not brought to the hub itself.
class LogEngine final : public Engine {
 public:
  /// `client` is not owned.
  explicit LogEngine(dash::Client& client);
  LogEngine(const LogEngine&) = delete;
  LogEngine& operator=(const LogEngine&) = delete;

  const Self& self() const { return self_; }
  JournalFeed& feed() { return feed_; }
  ProcessControl& processes() { return processes_; }
  Logpoints& logpoints() { return logpoints_; }

  // Engine
  Verdict report(const Event& event) override;
  void quiesced(Pid, Tid, bool) override {}
  Action thread_started(Pid, Tid, Tid) override { return Action::Resume; }
  void thread_gone(Pid, Tid, WaitStatus) override {}
  void process_gone(Pid pid, WaitStatus how) override;
  void launched(Pid pid, const Result<>& result) override;
  void kept_waiting(const std::vector<Hold>&) override {}
  void dismissed() override { outlet_.close(); }
  std::string condition(Pid pid, Address at) const override { return logpoints_.text(pid, at); }

 private:
  const dash::Outlet& outlet_;
  EventSink events_;
  Self self_;  // before the parts: what they still do when they end, they do as this engine
  JournalFeed feed_;
  ProcessControl processes_;
  Logpoints logpoints_;
};

}  // namespace gdbhub::log
