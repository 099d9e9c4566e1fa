// Which processes a connection takes part in, and those that it brings to the hub itself.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engines/log/self.h"

namespace gdbhub::log {

/// Brings processes to the hub and takes part in those that it has. A process that the hub has already is joined as an
/// observer joins: it is neither kept traced nor owned by this client. What the client has brought itself
/// ends with it: let go, children of it included.
class ProcessControl {
 public:
  /// Called when a program was started for the client: its path and pid.
  using Created = std::function<void(const std::string& program, Pid pid)>;

  ProcessControl(const Self& self, Created created) : self_(self), created_(std::move(created)) {}
  ~ProcessControl();
  ProcessControl(const ProcessControl&) = delete;
  ProcessControl& operator=(const ProcessControl&) = delete;

  Result<json> attach(const json& params);
  Result<json> wait(const json& params);
  Result<json> launch(const json& params);
  Result<json> detach(const json& params);

  // What the hub tells the engine.
  Verdict report(const Event& event);
  void process_gone(Pid pid, WaitStatus how);
  void launched(Pid pid, const Result<>& result);

  /// Takes part in a process of the hub's, unless it does already. NotFound when the hub does not have it.
  Result<> join(Pid pid);
  /// The client has brought the process, or it is a child of one that the client follows: it may be held.
  bool owns(Pid pid) const { return own_.contains(pid); }
  /// It has been attached and has not stopped since: it may be in the middle of an exec, with the memory of the new program
  /// and the exec's report still to come. Nothing may be put into it before it has arrived.
  bool is_arriving(Pid pid) const;
  /// A report from it: it has arrived. True the first time.
  bool arrive(Pid pid);
  /// It has just begun, and `wait` has found it.
  bool was_awaited(Pid pid) const;

 private:
  struct Own {
    bool launched = false;
    bool arriving = false;
    bool awaited = false;
  };

  Result<> attach_to(Pid pid, bool awaited = false);
  std::vector<Pid> processes_called(const std::string& name) const;
  bool is_called(Pid pid, const std::string& name) const;
  void look_for_awaited();
  void release(Pid pid);

  const Self& self_;
  Created created_;
  std::map<Pid, Own> own_;
  std::string awaited_;      ///< of `wait`; empty: nobody
  std::map<Pid, int> seen_;  ///< while waiting: processes, and how often each may still be looked at
  EventLoop::TimerId timer_ = 0;
};

}  // namespace gdbhub::log
