// The hub on the real kernel and the real event loop, without sockets, and a program for it.
#pragma once

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "arch/linux_kernel.h"
#include "arch/x86_isa.h"
#include "engines/core/arbiter.h"
#include "server/kernel_pump.h"

namespace gdbhub::bench {

/// A child of this process that runs `body`, which does not return. Code and data have the addresses that they have here.
class RealProgram {
 public:
  explicit RealProgram(void (*body)()) : pid_{::fork()} {
    if (pid_.value != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    body();
    std::abort();
  }
  ~RealProgram() {
    ::kill(pid_.value, SIGKILL);
    ::waitpid(pid_.value, nullptr, __WALL);
  }
  RealProgram(const RealProgram&) = delete;
  RealProgram& operator=(const RealProgram&) = delete;

  Pid pid() const { return pid_; }

 private:
  Pid pid_;
};

/// As net::App puts them together.
class RealHub {
 public:
  RealHub() : hub(kernel, isa, loop), pump_(loop, kernel, hub) {}
  /// Handles events until `done` holds.
  template <class Condition>
  void until(Condition done) {
    while (!done())
      if (!pump_.linger()) loop.context().run_one();
  }

  net::AsioLoop loop;
  arch::LinuxKernel kernel;
  arch::X86Isa isa;
  core::Arbiter hub;

 private:
  net::KernelPump pump_;
};

}  // namespace gdbhub::bench
