// Between the real kernel and the hub: nothing is missed, whether the pump lingers or sleeps.
#include "server/kernel_pump.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "arch/x86_isa.h"
#include "tests/support/elf_writer.h"

namespace gdbhub::net {
namespace {

using test::FakeProgram;
using test::Reg;

/// For ever: a million turns, then "site".
FakeProgram seldom_at_its_site() {
  FakeProgram p;
  const auto again = p.label();
  p.mov_imm32(Reg::Rcx, 1'000'000);
  const auto turn = p.label();
  p.dec(Reg::Rcx);
  p.jne(turn);
  p.symbol("site");
  p.nop();
  p.jmp(again);
  return p;
}

/// Inserts a breakpoint as soon as the program is there, ends the loop after some hits of it, and never stops the thread.
class Counter final : public Engine {
 public:
  Counter(Hub& hub, AsioLoop& loop, Address site)
      : hub_(hub), loop_(loop), site_(site), id_(hub.connect(*this, {"test", "", Role::Controller})) {}
  ~Counter() override { hub_.disconnect(id_); }

  Verdict report(const Event&) override {
    if (++hits_ == kEnough) loop_.stop(0);
    return Verdict::keep();
  }
  void launched(Pid pid, const Result<>& result) override {
    ready_ = result && hub_.insert_breakpoint(id_, pid, site_) && hub_.control(id_, leader_of(pid), Action::Resume, {});
    if (!ready_) loop_.stop(0);
  }
  void process_gone(Pid, WaitStatus) override { loop_.stop(0); }
  void quiesced(Pid, Tid, bool) override {}
  Action thread_started(Pid, Tid, Tid) override { return Action::Resume; }
  void thread_gone(Pid, Tid, WaitStatus) override {}
  void kept_waiting(const std::vector<Hold>&) override {}

  static constexpr int kEnough = 100;
  EngineId id() const { return id_; }
  bool ready() const { return ready_; }
  int hits() const { return hits_; }

 private:
  Hub& hub_;
  AsioLoop& loop_;
  Address site_;
  EngineId id_;
  bool ready_ = false;
  int hits_ = 0;
};

// The thread takes longer from hit to hit than the pump lingers: it sleeps, and wakes up for each.
TEST(KernelPump, HitsThatComeAfterTheLingeringAreNotMissed) {
  const FakeProgram program = seldom_at_its_site();
  std::string folder = "/tmp/gdbhub-pump-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  ASSERT_TRUE(write_elf(program, folder + "/seldom"));
  {
    AsioLoop loop;
    arch::LinuxKernel kernel;
    const arch::X86Isa isa;
    core::Arbiter hub(kernel, isa, loop);
    const KernelPump pump(loop, kernel, hub);
    Counter counter(hub, loop, program.symbol("site"));
    LaunchSpec spec;
    spec.argv = {folder + "/seldom"};
    spec.with_shell = false;
    const Result<Pid> pid = hub.launch(counter.id(), spec, {});
    ASSERT_TRUE(pid);
    loop.run();
    EXPECT_TRUE(counter.ready());
    EXPECT_EQ(counter.hits(), Counter::kEnough);
    EXPECT_TRUE(kernel.kill_process(*pid));
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace gdbhub::net
