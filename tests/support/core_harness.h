// A hub without sockets: the fake kernel, the rules of the real processor, virtual time, and the arbiter.
#pragma once

#include <functional>
#include <string>

#include "arch/x86_isa.h"
#include "engines/core/arbiter.h"
#include "tests/support/fake_kernel.h"
#include "tests/support/virtual_loop.h"

namespace gdbhub::test {

/// Time passes only by advance(), programs run only by turn(). Engines must be disconnected before it goes.
class CoreHarness {
 public:
  explicit CoreHarness(std::uint64_t seed = 1);

  /// Starts a program that nobody traces.
  Pid start(const FakeProgram& program);
  /// One scheduling decision of the world, then everything that the hub makes of it. False: nothing ran.
  bool turn();
  /// Takes turns until nothing can run (true) or `limit` turns have passed (false).
  bool settle(int limit = 5'000);
  /// Takes turns until `done` holds; false if it does not within `limit` turns or when nothing can run.
  bool until(const std::function<bool()>& done, int limit = 20'000);
  /// Takes so many turns.
  void turns(int count) {
    while (count-- > 0) turn();
  }
  void advance(Duration duration);
  /// Handles what the kernel has to tell, and what is posted, without letting the world run.
  void drain();

  std::uint64_t quad(Pid pid, Address at) const { return kernel.quad_of(leader_of(pid), at); }
  Address pc_of(Tid tid) const { return Address{kernel.registers_of(tid).rip}; }
  bool alive(Pid pid) const { return kernel.state_of(leader_of(pid)).has_value(); }

  FakeKernel kernel;
  arch::X86Isa isa;
  VirtualLoop loop;
  core::Arbiter hub;

 private:
  int programs_ = 0;
};

}  // namespace gdbhub::test
