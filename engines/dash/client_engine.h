// What a client of the API does to tracees, as an engine like any other.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "gdbhub/hub.h"

namespace gdbhub::dash {

/// Joins a process when it has something to do there, and leaves it when nothing of it is left, so that it keeps nobody's program
/// traced (A6). But not as the last controller: that would end the program's tracing, which is what let_go is for. Its
/// destructor is the disconnect (A26).
class ClientEngine final : public Engine {
 public:
  struct Listener {
    std::function<void(const std::vector<Hold>& by)> kept_waiting;
    std::function<void(std::string_view text)> told;
    std::function<void()> dismissed;
    std::function<EngineActivity()> activity;
  };

  ClientEngine(Hub& hub, EngineInfo info, Listener listener)
      : hub_(hub), listener_(std::move(listener)), id_(hub.connect(*this, std::move(info))) {}
  ~ClientEngine() override { hub_.disconnect(id_); }
  ClientEngine(const ClientEngine&) = delete;
  ClientEngine& operator=(const ClientEngine&) = delete;

  EngineId id() const { return id_; }

  /// Stops threads, and holds them until resume.
  Result<> hold(Pid pid, const std::vector<Tid>& threads);
  /// Ends own holds. What others hold stays held.
  Result<> resume(Pid pid, const std::vector<Tid>& threads);
  /// One instruction, then held again.
  Result<> step(Pid pid, Tid tid);
  Result<> insert_breakpoint(Pid pid, Address at);
  Result<> remove_breakpoint(Pid pid, Address at);
  /// Lets the program go, to run without the hub. Refused while other controllers are attached.
  Result<> let_go(Pid pid);
  Result<> kill(Pid pid, bool force);

  // Engine
  Verdict report(const Event& event) override;
  void quiesced(Pid, Tid, bool) override {}
  Action thread_started(Pid, Tid, Tid) override { return Action::Resume; }
  void thread_gone(Pid, Tid, WaitStatus) override {}
  void process_gone(Pid pid, WaitStatus) override { breakpoints_.erase(pid); }
  void launched(Pid, const Result<>&) override {}
  void kept_waiting(const std::vector<Hold>& by) override { listener_.kept_waiting(by); }
  void told(std::string_view text) override { listener_.told(text); }
  void dismissed() override { listener_.dismissed(); }
  EngineActivity activity() const override { return listener_.activity(); }

 private:
  Result<> join(Pid pid);
  void leave_if_idle(Pid pid);
  bool holds_any(Pid pid) const;
  /// Another controller of the process, or 0.
  EngineId other_controller(Pid pid) const;
  /// A line of the log (A40).
  void note(Pid pid, Tid tid, std::string_view kind, std::string text);

  Hub& hub_;
  Listener listener_;
  std::map<Pid, std::set<Address>> breakpoints_;
  EngineId id_;
};

}  // namespace gdbhub::dash
