// The fixture of the core's contract: each test runs a hub over the fake kernel, with several seeds, and over the real one.
#pragma once

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <set>

#include "arch/x86_isa.h"
#include "engines/core/arbiter.h"
#include "gdbhub/procfs.h"
#include "tests/contract/worlds.h"
#include "tests/support/programs.h"
#include "tests/support/test_engine.h"
#include "tests/support/virtual_loop.h"

namespace gdbhub::test {

/// Seed 0 is the real kernel.
class CoreContract : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  CoreContract() {
    if (GetParam() == 0) {
      world_ = std::make_unique<LinuxWorld>();
    } else {
      world_ = std::make_unique<FakeWorld>(GetParam());
    }
    hub_ = std::make_unique<core::Arbiter>(world_->kernel(), isa_, loop_);
    loop_.advance(std::chrono::hours(1));  // no clock shows 0, and the hub takes 0 for "not set"
  }
  /// Engines must be disconnected by now.
  ~CoreContract() override {
    for (Pid one : seen_) static_cast<void>(world_->kernel().kill_process(one));
    until([&] { return !hub_->has_tracees(); });
    EXPECT_FALSE(hub_->has_tracees());
  }

  bool is_real() const { return GetParam() == 0; }
  core::Arbiter& hub() { return *hub_; }
  World& world() { return *world_; }

  /// What a launch of the program takes.
  LaunchSpec installed(const FakeProgram& program) {
    const std::string name = "main" + std::to_string(++programs_);
    world_->install(name, program);
    LaunchSpec spec;
    spec.argv = {world_->path_of(name)};
    spec.with_shell = false;
    return spec;
  }
  /// Starts a program that nobody traces; `pid` and `leader` are then its own.
  Pid start(const FakeProgram& program) {
    const std::string name = "main" + std::to_string(++programs_);  // a running one cannot be overwritten
    world_->install(name, program);
    pid = world_->start_untraced(name);
    leader = leader_of(pid);
    seen_.insert(pid);
    // The real one may still be inside execve(2), which writes the auxiliary vector near its end.
    for (bool loaded = false; !loaded;) {
      const auto auxv = world_->kernel().proc_file(pid, "auxv");
      loaded = auxv && auxv.value().size() > 16;  // more than its end
      if (is_real()) world_->let_run();
    }
    return pid;
  }
  void kill(int signal) { world_->kill(pid, signal); }

  /// What the hub makes of what the kernel has to tell: not all of it, as a program may make stops for ever.
  void drain() {
    for (int rounds = 10; rounds > 0; --rounds) {
      const bool more = hub_->pump();
      if (loop_.run() == 0 && !more) break;
    }
    for (const ProcessStatus& process : hub_->processes()) seen_.insert(process.pid);
  }
  /// Lets programs run until `done` holds; false if it does not in time.
  bool until(const std::function<bool()>& done) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::seconds(10);
    for (int turn = 0; turn < 20'000 && Clock::now() < end; ++turn) {
      drain();
      if (done()) return true;
      world_->let_run();
      if (turn % 10 == 9) loop_.advance(std::chrono::milliseconds(10));
    }
    return done();
  }
  /// Lets programs run for a while.
  void idle() {
    for (int turn = is_real() ? 5 : 300; turn > 0; --turn) {
      drain();
      world_->let_run();
    }
    drain();
  }
  void advance(Duration duration) {
    loop_.advance(duration);
    drain();
  }
  /// Holds the thread, and waits until that is in force.
  void stop(TestEngine& engine, Tid tid) {
    engine.hold(tid);
    expect(until([&] { return engine.held(tid); }), "thread " + std::to_string(tid.value) + " cannot be stopped");
  }
  /// Waits until all threads of the process are held by the engine.
  void stop_all(TestEngine& engine) {
    expect(until([&] {
      for (Tid tid : hub().threads(pid))
        if (engine.wish(tid) != Action::Stop) engine.hold(tid);
      for (Tid tid : hub().threads(pid))
        if (!engine.held(tid)) return false;
      return true;
    }), "not all threads can be stopped");
  }
  void wait_reports(const TestEngine& engine, std::size_t count) {
    const bool came = until([&] { return engine.reports.size() >= count; });
    expect(came, "only " + std::to_string(engine.reports.size()) + " of " + std::to_string(count) + " reports");
  }
  template <class E>
  void wait_for(const TestEngine& engine, int count = 1) {
    const bool came = until([&] { return engine.count<E>() >= count; });
    expect(came, "only " + std::to_string(engine.count<E>()) + " of " + std::to_string(count) + " such reports");
  }
  std::uint64_t quad(Address at, Pid of = {}) {
    std::uint64_t value = 0;
    const auto memory = world_->kernel().open_memory(leader_of(of ? of : pid));
    if (memory) (*memory.value()).read(at, writable_bytes_of(value));
    return value;
  }
  /// The byte as it stands in memory.
  Byte raw(Address at, Pid of = {}) { return static_cast<Byte>(quad(at, of)); }
  /// The state of /proc/PID/stat: 't' for a stop that ptrace sees.
  char state_of(Tid tid) {
    const auto stat = world_->kernel().proc_file(pid, "task/" + std::to_string(tid.value) + "/stat");
    const auto parsed = stat ? parse_stat(text_of(*stat)) : std::nullopt;
    return parsed ? parsed->state : '?';
  }
  bool runs(Tid tid) {
    idle();
    for (int looks = 0; looks < 20; ++looks) {  // a short stop of the hub's is none
      if (state_of(tid) != 't') return true;
      world_->let_run();
      drain();
    }
    return false;
  }
  bool is_traced() {
    const auto status = world_->kernel().proc_file(pid, "status");
    const auto parsed = status ? parse_status(text_of(*status)) : std::nullopt;
    return parsed && parsed->tracer != Tid{};
  }
  void set_quad(TestEngine& engine, Address at, std::uint64_t value) { engine.write(pid, at, bytes_of(value)); }

  Pid pid;
  Tid leader;

 private:
  /// Ends the test.
  static void expect(bool what, const std::string& otherwise) {
    if (!what) throw std::runtime_error(otherwise);
  }

  std::unique_ptr<World> world_;
  arch::X86Isa isa_;
  VirtualLoop loop_;
  std::unique_ptr<core::Arbiter> hub_;
  std::set<Pid> seen_;
  int programs_ = 0;
};

inline std::string core_world_name(const ::testing::TestParamInfo<std::uint64_t>& info) {
  return info.param == 0 ? "Linux" : "Fake" + std::to_string(info.param);
}

#define GDBHUB_CORE_ON_BOTH_KERNELS(Suite) \
  INSTANTIATE_TEST_SUITE_P(, Suite, ::testing::Range<std::uint64_t>(0, 11), core_world_name)

}  // namespace gdbhub::test
