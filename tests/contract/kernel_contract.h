// The fixture of the contract suite: each test runs on the fake kernel, with several seeds, and on the real
// one.
#pragma once

#include <gtest/gtest.h>

#include <cerrno>
#include <deque>
#include <map>
#include <set>

#include "tests/contract/worlds.h"

namespace gdbhub::test {

/// Seed 0 is the real kernel.
class KernelContract : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  void SetUp() override {
    if (GetParam() == 0) {
      world_ = std::make_unique<LinuxWorld>();
    } else {
      world_ = std::make_unique<FakeWorld>(GetParam());
    }
  }
  void TearDown() override {
    for (const Pid pid : processes_) static_cast<void>(kernel().kill_process(pid));
  }

  Kernel& kernel() { return world_->kernel(); }
  World& world() { return *world_; }

  /// Starts the program and returns its leader, stopped at the exec.
  Tid launch(const FakeProgram& program) {
    world_->install("main", program);
    LaunchSpec spec;
    spec.argv = {world_->path_of("main")};
    spec.with_shell = false;
    const auto pid = kernel().spawn(spec);
    EXPECT_TRUE(pid.ok());
    if (!pid) return {};
    processes_.insert(*pid);
    EXPECT_EQ(next_of(leader_of(*pid)), WaitStatus::event(PtraceEvent::Exec));
    return leader_of(*pid);
  }
  /// launch, and lets it run.
  Tid run(const FakeProgram& program) {
    const Tid leader = launch(program);
    resume(leader);
    return leader;
  }
  Pid start_untraced(const FakeProgram& program) {
    world_->install("main", program);
    const Pid pid = world_->start_untraced("main");
    processes_.insert(pid);
    return pid;
  }

  /// The next report of one thread; those of others are kept for later.
  WaitStatus next_of(Tid tid) {
    while (reports_[tid].empty()) {
      if (!pump(Patience::Long)) {
        ADD_FAILURE() << "no report of thread " << tid.value;
        return WaitStatus(0);
      }
    }
    const WaitStatus status = reports_[tid].front();
    reports_[tid].pop_front();
    return status;
  }
  /// Whether nobody reports anything for a while.
  bool is_quiet() {
    pump(Patience::Short);
    for (const auto& [tid, reports] : reports_) {
      if (!reports.empty()) return false;
    }
    return true;
  }
  /// Takes one report into the queues.
  bool pump(Patience patience) {
    const auto result = world_->next(patience);
    if (!result) return false;
    reports_[result->tid].push_back(result->status);
    arrivals_.push_back(result->tid);
    const auto event = result->status.event();
    if (event == PtraceEvent::Fork || event == PtraceEvent::Vfork) {
      processes_.insert(Pid{static_cast<int>(kernel().event_message(result->tid).value_or(0))});
    }
    return true;
  }

  void resume(Tid tid, ResumeMode mode = ResumeMode::Continue, int signal = 0) {
    const auto result = kernel().resume(tid, mode, signal);
    EXPECT_TRUE(result.ok()) << result.error().text;
  }
  /// Interrupts a running thread and waits for the stop.
  void stop(Tid tid) {
    EXPECT_TRUE(kernel().interrupt(tid).ok());
    EXPECT_EQ(next_of(tid), WaitStatus::event(PtraceEvent::Stop));
  }
  void step(Tid tid) {
    resume(tid, ResumeMode::Step);
    EXPECT_EQ(next_of(tid), WaitStatus::stopped(SIGTRAP));
  }

  GeneralRegisters registers(Tid tid) {
    const auto result = kernel().registers(tid);
    EXPECT_TRUE(result.ok());
    return result.value_or(GeneralRegisters{});
  }
  Address pc(Tid tid) { return Address{registers(tid).rip}; }
  int signal_code(Tid tid) { return signal_info(tid).si_code; }
  siginfo_t signal_info(Tid tid) {
    const auto result = kernel().signal_info(tid);
    EXPECT_TRUE(result.ok());
    return result.value_or(siginfo_t{});
  }
  std::uint64_t message(Tid tid) { return kernel().event_message(tid).value_or(~0ull); }
  Tid child_of(Tid tid) { return Tid{static_cast<int>(message(tid))}; }
  ErrorCode error_of_registers(Tid tid) {
    const auto result = kernel().registers(tid);
    EXPECT_FALSE(result.ok());
    return result.ok() ? ErrorCode::System : result.error().code;
  }
  std::uint64_t quad(Tid tid, Address at) {
    std::uint64_t value = 0;
    const auto memory = kernel().open_memory(tid);
    EXPECT_TRUE(memory.ok());
    if (memory) {
      EXPECT_EQ((*memory.value()).read(at, writable_bytes_of(value)), sizeof value);
    }
    return value;
  }
  /// The order in which reports have come in.
  const std::vector<Tid>& arrivals() const { return arrivals_; }

 private:
  std::unique_ptr<World> world_;
  std::set<Pid> processes_;
  std::map<Tid, std::deque<WaitStatus>> reports_;
  std::vector<Tid> arrivals_;
};

inline std::string world_name(const ::testing::TestParamInfo<std::uint64_t>& info) {
  return info.param == 0 ? "Linux" : "Fake" + std::to_string(info.param);
}

#define GDBHUB_ON_BOTH_KERNELS(Suite) \
  INSTANTIATE_TEST_SUITE_P(, Suite, ::testing::Range<std::uint64_t>(0, 11), world_name)

}  // namespace gdbhub::test
