// Starts what the command line names, before any client is there.
#pragma once

#include <functional>

#include "gdbhub/hub.h"

namespace gdbhub::net {

/// An engine for the time until the tracee is ready to be held for its first client (A51).
class Starter final : public Engine {
 public:
  using Ready = std::function<void(Pid, const Result<>&)>;

  Starter(Hub& hub, Ready ready)
      : hub_(hub), ready_(std::move(ready)), id_(hub.connect(*this, {"gdbhub", "command line", Role::Controller})) {}
  ~Starter() override { hub_.disconnect(id_); }
  Starter(const Starter&) = delete;
  Starter& operator=(const Starter&) = delete;

  /// `ready` is called, or the error returned.
  Result<> launch(const LaunchSpec& spec);
  Result<> attach(Pid pid);

  Verdict report(const Event&) override { return Verdict::keep(); }
  void quiesced(Pid, Tid, bool) override {}
  Action thread_started(Pid, Tid, Tid) override { return Action::Resume; }
  void thread_gone(Pid, Tid, WaitStatus) override {}
  void process_gone(Pid, WaitStatus) override {}
  void launched(Pid pid, const Result<>& result) override { ready_(pid, result); }
  void kept_waiting(const std::vector<Hold>&) override {}

 private:
  Hub& hub_;
  Ready ready_;
  EngineId id_;
};

/// gdbserver's message for a program that has been started, by the command line or for a client.
void announce_created(const std::string& program, Pid pid);

}  // namespace gdbhub::net
