// An engine that counts what it is told, and keeps nothing.
#pragma once

#include "gdbhub/hub.h"

namespace gdbhub::bench {

/// Goes on at each event, or stops with `stops`. Its connection ends with it.
class BenchEngine final : public Engine {
 public:
  explicit BenchEngine(Hub& hub, bool stops = false) : hub_(hub), stops_(stops), id_(hub.connect(*this, {"bench", "", Role::Controller})) {}
  ~BenchEngine() override { hub_.disconnect(id_); }
  BenchEngine(const BenchEngine&) = delete;
  BenchEngine& operator=(const BenchEngine&) = delete;

  EngineId id() const { return id_; }
  std::uint64_t reports() const { return reports_; }

  Verdict report(const Event&) override {
    ++reports_;
    return stops_ ? Verdict::stop(HoldReason::Breakpoint) : Verdict::keep();
  }
  void quiesced(Pid, Tid, bool) override {}
  Action thread_started(Pid, Tid, Tid) override { return Action::Resume; }
  void thread_gone(Pid, Tid, WaitStatus) override {}
  void process_gone(Pid, WaitStatus) override {}
  void launched(Pid, const Result<>&) override {}
  void kept_waiting(const std::vector<Hold>&) override {}

 private:
  Hub& hub_;
  bool stops_;
  EngineId id_;
  std::uint64_t reports_ = 0;
};

}  // namespace gdbhub::bench
