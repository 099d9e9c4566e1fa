// All threads and processes of the hub, by id. Ids wrap and are used again: never order by them.
#pragma once

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <vector>

#include "engines/core/process.h"

namespace gdbhub::core {

/// Owns every Process and Thread. Pointers to them are stable until removed.
class TaskTable {
 public:
  Thread* thread(Tid tid) const {
    auto it = threads_.find(tid);
    return it == threads_.end() ? nullptr : it->second.get();
  }
  Process* process(Pid pid) const {
    auto it = by_pid_.find(pid);
    return it == by_pid_.end() ? nullptr : it->second;
  }
  /// In the order in which the hub got them.
  const std::vector<std::unique_ptr<Process>>& processes() const { return processes_; }

  Process& add_process(Pid pid) {
    processes_.push_back(std::make_unique<Process>());
    processes_.back()->pid = pid;
    by_pid_[pid] = processes_.back().get();
    return *processes_.back();
  }
  Thread& add_thread(Process& process, Tid tid) {
    auto& slot = threads_[tid];
    slot = std::make_unique<Thread>();
    slot->tid = tid;
    slot->process = &process;
    process.threads.push_back(slot.get());
    return *slot;
  }
  void remove_thread(Thread& thread) {
    std::erase(thread.process->threads, &thread);
    threads_.erase(thread.tid);
  }
  /// The process must have no threads left.
  void remove_process(Process& process) {
    by_pid_.erase(process.pid);
    std::erase_if(processes_, [&](const auto& p) { return p.get() == &process; });
  }
  /// After an exec by another thread than the leader the kernel gives it the leader's id.
  void rename_thread(Thread& thread, Tid to) {
    auto node = threads_.extract(thread.tid);
    node.key() = to;
    thread.tid = to;
    threads_.insert(std::move(node));
  }

 private:
  std::unordered_map<Tid, std::unique_ptr<Thread>> threads_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::unordered_map<Pid, Process*> by_pid_;
};

}  // namespace gdbhub::core
