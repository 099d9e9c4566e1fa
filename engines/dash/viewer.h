// Looks at tracees for all clients of the API, as one observer that holds nobody.
#pragma once

#include <functional>
#include <unordered_map>
#include <vector>

#include "gdbhub/hub.h"

namespace gdbhub::dash {

/// Joins a process when it is first looked at. Observers alone keep nothing traced (A6), so it stays until the process is gone or let go.
/// Tracer thread only.
class Viewer final : public Engine {
 public:
  using Done = std::function<void(const Result<RegisterState>&)>;

  /// `hub` is not owned.
  explicit Viewer(Hub& hub) : hub_(hub) {}
  ~Viewer() override;
  Viewer(const Viewer&) = delete;
  Viewer& operator=(const Viewer&) = delete;

  /// As Hub::read_memory: never a trap byte (A4), also while the process runs.
  Result<Bytes> read_memory(Pid pid, Address from, std::size_t size);
  /// The registers of a thread. One that runs is stopped for the microseconds that reading takes, if `sample`; otherwise it is NotStopped.
  /// `done` is called once, perhaps within the call.
  void registers(Pid pid, Tid tid, bool sample, Done done);

  // Engine
  Verdict report(const Event& event) override;
  void quiesced(Pid, Tid, bool) override {}
  Action thread_started(Pid, Tid, Tid) override { return Action::Resume; }
  void thread_gone(Pid pid, Tid tid, WaitStatus how) override;
  void process_gone(Pid, WaitStatus) override {}
  void launched(Pid, const Result<>&) override {}
  void kept_waiting(const std::vector<Hold>&) override {}

 private:
  Result<> join(Pid pid);
  void answer(Tid tid, const Result<RegisterState>& result);

  Hub& hub_;
  EngineId id_;  ///< 0 until something is looked at
  std::unordered_map<Tid, std::vector<Done>> waiting_;
};

}  // namespace gdbhub::dash
