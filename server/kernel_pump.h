// Brings what the kernel reports to the hub: after SIGCHLD, in time, and without going to sleep where a report is about to come.
#pragma once

#include "arch/linux_kernel.h"
#include "engines/core/arbiter.h"
#include "server/asio_loop.h"

namespace gdbhub::net {

/// Connects the three; owns none of them. Make it before the loop runs.
class KernelPump {
 public:
  KernelPump(AsioLoop& loop, arch::LinuxKernel& kernel, core::Arbiter& hub);
  KernelPump(const KernelPump&) = delete;
  KernelPump& operator=(const KernelPump&) = delete;

  /// Before the loop sleeps: handles reports that come within a fraction of a millisecond, one after the other. True: it did.
  /// Where they do not come in time, or other programs want the processor, it does without for a while.
  bool linger();

 private:
  void pump();
  bool await_one(TimePoint deadline);

  AsioLoop& loop_;
  arch::LinuxKernel& kernel_;
  core::Arbiter& hub_;
  EventLoop::TimerId next_pump_ = 0;
  std::int64_t sitting_out_ = 0;  ///< so many times linger() does nothing
};

}  // namespace gdbhub::net
