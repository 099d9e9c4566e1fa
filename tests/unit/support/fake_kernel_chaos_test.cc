// A random tracer on a busy process: whatever it does in whatever order, the machine stays consistent.
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <array>
#include <set>

#include "tests/support/fake_kernel.h"

namespace gdbhub::test {
namespace {

/// Makes threads, children and signals, and ends by an exec of itself or by an exit.
FakeProgram busy() {
  FakeProgram program;
  const auto thread = program.new_label(), again = program.new_label(), handler = program.new_label();
  const auto child = program.new_label(), execute = program.new_label();
  program.set_handler(SIGUSR1, handler);
  for (int count = 0; count < 2; ++count) program.clone_thread(thread, program.space(2048) + 2048);
  program.call_kernel(SYS_fork);
  program.cmp(Reg::Rax, 0);
  program.je(child);
  program.call_kernel(SYS_vfork);
  program.cmp(Reg::Rax, 0);
  program.je(child);
  program.jmp(again);
  program.bind(child);
  program.execve("other");
  program.bind(thread);
  program.call_kernel(SYS_gettid);
  program.mov(Reg::Rbx, Reg::Rax);
  program.call_kernel(SYS_getpid);
  program.mov(Reg::Rdi, Reg::Rax);
  program.mov(Reg::Rsi, Reg::Rbx);
  program.mov_imm32(Reg::Rdx, SIGUSR1);
  program.call_kernel(SYS_tgkill);
  program.bind(again);
  program.mov_imm32(Reg::Rcx, 30);
  const auto loop = program.label();
  program.int3();
  program.dec(Reg::Rcx);
  program.jne(loop);
  program.call_kernel(SYS_gettid);
  program.cmp(Reg::Rax, 0);
  program.jne(execute);
  program.bind(handler);
  program.ret();
  program.bind(execute);
  program.execve("busy");
  return program;
}

class Chaos {
 public:
  explicit Chaos(std::uint64_t seed) : kernel_(seed), random_(seed) {
    kernel_.add_program("busy", busy());
    FakeProgram other;
    other.exit_group(3);
    kernel_.add_program("other", other);
    kernel_.set_on_run([this](Tid tid) {
      EXPECT_FALSE(stopped_.count(tid)) << "thread " << tid.value << " runs though nobody has resumed it";
    });
    LaunchSpec spec;
    spec.argv = {"busy"};
    spec.with_shell = false;
    EXPECT_TRUE(kernel_.spawn(spec));
  }

  void run(int rounds) {
    for (; rounds != 0 && !kernel_.tasks().empty(); --rounds) {
      kernel_.step_world();
      collect();
      act();
    }
    for (const Tid tid : kernel_.tasks()) {
      const auto pid = kernel_.process_of(tid);
      if (pid) static_cast<void>(kernel_.kill_process(*pid));
    }
    stopped_.clear();
    while (kernel_.step_world() || kernel_.wait_next()) {
      while (kernel_.wait_next()) {
      }
    }
    EXPECT_TRUE(kernel_.tasks().empty());
  }

 private:
  void collect() {
    while (const auto report = kernel_.wait_next()) {
      if (report->status.is_death()) {
        stopped_.erase(report->tid);
        EXPECT_FALSE(kernel_.registers(report->tid));
      } else {
        stopped_.insert(report->tid);
      }
    }
  }
  void act() {
    const auto tasks = kernel_.tasks();
    if (tasks.empty()) return;
    const Tid tid = tasks[random_() % tasks.size()];
    switch (random_() % 8) {
      case 0:
        static_cast<void>(kernel_.interrupt(tid));
        return;
      case 1:
        signal(tid);
        return;
      case 2:
        static_cast<void>(kernel_.set_debug_register(tid, 7, 0));
        return;
      default:
        break;
    }
    constexpr std::array kModes = {ResumeMode::Continue, ResumeMode::Step, ResumeMode::Syscall,
                                   ResumeMode::Listen, ResumeMode::Continue};
    const ResumeMode mode = kModes[random_() % kModes.size()];
    const auto info = kernel_.signal_info(tid);
    const int given = info && info->si_signo != SIGTRAP && random_() % 2 == 0 ? info->si_signo : 0;
    if (kernel_.resume(tid, mode, given)) stopped_.erase(tid);
  }
  void signal(Tid tid) {
    constexpr std::array kSignals = {SIGUSR1, SIGSTOP, SIGCONT, SIGCHLD, SIGTSTP};
    const auto pid = kernel_.process_of(tid);
    if (pid) static_cast<void>(kernel_.send_signal(*pid, tid, kSignals[random_() % kSignals.size()]));
  }

  FakeKernel kernel_;
  std::mt19937_64 random_;
  std::set<Tid> stopped_;
};

TEST(FakeKernelChaos, StaysConsistentUnderARandomTracer) {
  for (std::uint64_t seed = 1; seed <= 60 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Chaos(seed).run(1500);
  }
}

}  // namespace
}  // namespace gdbhub::test
