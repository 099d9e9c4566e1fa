// What a client of the API does to tracees, as an engine like any other.
#pragma once

#include <functional>
#include <map>
#include <memory>
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

  ClientEngine(Hub& hub, EngineInfo info, Listener listener) : ClientEngine(hub, std::move(listener)) {
    id_ = hub.connect(*this, std::move(info));
  }
  /// Goes on as the engine of that identity, whose client is away (A39). NotFound when there is none. Within a batch only.
  static Result<std::unique_ptr<ClientEngine>> take_over(Hub& hub, const EngineInfo& info, Listener listener);
  ~ClientEngine() override;
  ClientEngine(const ClientEngine&) = delete;
  ClientEngine& operator=(const ClientEngine&) = delete;

  EngineId id() const { return id_; }
  /// When the client goes, what it has stays for so long, for the next one of its identity (A39).
  void linger(Duration time) { lingers_for_ = time; }

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
  void dismissed() override {
    lingers_for_ = {};
    listener_.dismissed();
  }
  EngineActivity activity() const override { return listener_.activity(); }

 private:
  ClientEngine(Hub& hub, Listener listener) : hub_(hub), listener_(std::move(listener)) {}
  Result<> join(Pid pid);
  void leave_if_idle(Pid pid);
  bool holds_any(Pid pid) const;
  /// Another controller of the process, or 0.
  EngineId other_controller(Pid pid) const;

  Hub& hub_;
  Listener listener_;
  std::map<Pid, std::set<Address>> breakpoints_;
  EngineId id_;  ///< 0: it has not come to be
  Duration lingers_for_{};
};

}  // namespace gdbhub::dash
