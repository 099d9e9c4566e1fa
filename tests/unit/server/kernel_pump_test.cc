// Between the real kernel and the hub: nothing is missed, whether the pump lingers or sleeps.
#include "server/kernel_pump.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arch/x86_isa.h"

namespace gdbhub::net {
namespace {

extern "C" {
void kernel_pump_loop();
extern const char kernel_pump_site[];
}
asm(R"(
  .text
  .globl kernel_pump_loop, kernel_pump_site
kernel_pump_loop:
  mov $1000000, %ecx
1: dec %ecx
  jnz 1b
kernel_pump_site: nop
  jmp kernel_pump_loop
)");

/// Ends the loop after some hits of its breakpoint, and never stops the thread.
class Counter final : public Engine {
 public:
  explicit Counter(AsioLoop& loop) : loop_(loop) {}
  Verdict report(const Event&) override {
    if (++hits_ == kEnough) loop_.stop(0);
    return Verdict::keep();
  }
  void quiesced(Pid, Tid, bool) override {}
  Action thread_started(Pid, Tid, Tid) override { return Action::Resume; }
  void thread_gone(Pid, Tid, WaitStatus) override {}
  void process_gone(Pid, WaitStatus) override {}
  void launched(Pid, const Result<>&) override {}
  void kept_waiting(const std::vector<Hold>&) override {}

  int hits() const { return hits_; }

 private:
  static constexpr int kEnough = 100;
  AsioLoop& loop_;
  int hits_ = 0;
};

// The thread takes longer from hit to hit than the pump lingers: it sleeps, and wakes up for each.
TEST(KernelPump, HitsThatComeAfterTheLingeringAreNotMissed) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    kernel_pump_loop();
  }
  {
    AsioLoop loop;
    arch::LinuxKernel kernel;
    const arch::X86Isa isa;
    core::Arbiter hub(kernel, isa, loop);
    const KernelPump pump(loop, kernel, hub);
    Counter counter(loop);
    const EngineId id = hub.connect(counter, {"test", "", Role::Controller});
    ASSERT_TRUE(hub.attach(id, Pid{child}, {}));
    ASSERT_TRUE(hub.insert_breakpoint(id, Pid{child}, {reinterpret_cast<std::uint64_t>(kernel_pump_site)}));
    loop.run();
    EXPECT_GE(counter.hits(), 100);
    hub.disconnect(id);
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, __WALL);
}

}  // namespace
}  // namespace gdbhub::net
