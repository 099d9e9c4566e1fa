#include "tests/support/core_harness.h"

namespace gdbhub::test {

CoreHarness::CoreHarness(std::uint64_t seed) : kernel(seed), hub(kernel, isa, loop) {
  loop.advance(std::chrono::hours(1));  // no clock shows 0, and the hub takes 0 for "not set"
}

Pid CoreHarness::start(const FakeProgram& program) {
  const std::string name = "program" + std::to_string(++programs_);
  kernel.add_program(name, program);
  return kernel.create_process(name);
}

void CoreHarness::drain() {
  do {
    while (hub.pump()) {
    }
  } while (loop.run() != 0);
}

bool CoreHarness::turn() {
  const bool ran = kernel.step_world();
  drain();
  return ran;
}

bool CoreHarness::settle(int limit) {
  // After a turn in which nothing ran, what the hub has drained may have made something runnable.
  for (int idle = 0; limit != 0; --limit) {
    idle = turn() ? 0 : idle + 1;
    if (idle == 2) return true;
  }
  return false;
}

bool CoreHarness::until(const std::function<bool()>& done, int limit) {
  for (int idle = 0; limit != 0 && idle < 2; --limit) {
    if (done()) return true;
    idle = turn() ? 0 : idle + 1;
  }
  return done();
}

void CoreHarness::advance(Duration duration) {
  loop.advance(duration);
  drain();
}

}  // namespace gdbhub::test
