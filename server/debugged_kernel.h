// The real kernel with --debug: says what is done to threads and what becomes of them.
#pragma once

#include "arch/linux_kernel.h"

namespace gdbhub::net {

/// As LinuxKernel. With DebugComponent::Threads and HardwarePoints off it costs a branch a call.
class DebuggedKernel : public arch::LinuxKernel {
 public:
  Result<> seize(Tid tid, bool exit_kill) override;
  Result<> interrupt(Tid tid) override;
  Result<> resume(Tid tid, ResumeMode mode, int signal) override;
  Result<> detach(Tid tid, int signal) override;
  std::optional<WaitResult> wait_next() override;
  std::optional<WaitStatus> wait_thread(Tid tid) override;
  Result<Pid> spawn(const LaunchSpec& spec) override;
  Result<> set_debug_register(Tid tid, int number, std::uint64_t value) override;
};

}  // namespace gdbhub::net
