// Real processes for the tests of LinuxKernel, and waiting for their reports without sleeping.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>

#include "arch/linux_kernel.h"
#include "gdbhub/unique_fd.h"

// ThreadSanitizer adds a thread of its own to a process that starts one, which these tests would count.
#ifdef __SANITIZE_THREAD__
#define SKIP_WHERE_THREADS_ARE_ADDED() GTEST_SKIP()
#else
#define SKIP_WHERE_THREADS_ARE_ADDED() static_cast<void>(0)
#endif

namespace gdbhub::arch {

constexpr std::chrono::seconds kPatience{20};

struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
  }
  /// All that comes until every write end is closed.
  std::string drain() {
    write_end.reset();
    std::string text;
    char buffer[512];
    ssize_t count;
    while ((count = ::read(read_end.get(), buffer, sizeof buffer)) > 0) {
      text.append(buffer, static_cast<std::size_t>(count));
    }
    return text;
  }
  void wake() { ASSERT_EQ(::write(write_end.get(), "x", 1), 1); }
  /// Async-signal-safe, for children: blocks until wake() or until nobody can call it any more.
  bool await() {
    char byte;
    return ::read(read_end.get(), &byte, 1) == 1;
  }

  UniqueFd read_end;
  UniqueFd write_end;
};

/// A child of the test that runs `body` after go(), and exits with its result. Killed with the object, or
/// with the test.
class TestProcess {
 public:
  explicit TestProcess(const std::function<int()>& body) {
    pid_ = Pid{::_Fork()};  // plain fork makes ThreadSanitizer start a thread in the child
    if (pid_.value == 0) {
      gate_.write_end.reset();
      ::_exit(gate_.await() ? body() : 99);
    }
    gate_.read_end.reset();
  }
  ~TestProcess() {
    ::kill(pid_.value, SIGKILL);
    // The leader is only reported once its traced threads have been reaped, so all are.
    pid_t reaped = 0;
    while (reaped != -1 && reaped != pid_.value) reaped = ::waitpid(-1, nullptr, __WALL);
  }
  TestProcess(const TestProcess&) = delete;
  TestProcess& operator=(const TestProcess&) = delete;

  void go() { gate_.wake(); }
  Pid pid() const { return pid_; }
  Tid tid() const { return leader_of(pid_); }

 private:
  Pipe gate_;
  Pid pid_;
};

/// SIGCHLD is blocked, so that it can be waited for.
class RealKernel : public ::testing::Test {
 protected:
  RealKernel() {
    sigemptyset(&sigchld_);
    sigaddset(&sigchld_, SIGCHLD);
    sigprocmask(SIG_BLOCK, &sigchld_, nullptr);
  }

  /// Until SIGCHLD or a tenth of a second.
  void await_sigchld() {
    const timespec tenth{0, 100'000'000};
    ::sigtimedwait(&sigchld_, nullptr, &tenth);
  }

  template <class Poll>
  auto until(Poll poll) -> decltype(poll()) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
      if (auto found = poll()) return found;
      await_sigchld();
    }
    return {};
  }

  /// The next report of any thread; a status that no test expects if there is none.
  WaitResult next() {
    return until([this] { return kernel_.wait_next(); }).value_or(WaitResult{Tid{0}, WaitStatus(-1)});
  }
  WaitStatus next_of(Tid tid) {
    return until([&] { return kernel_.wait_thread(tid); }).value_or(WaitStatus(-1));
  }

  void seize_and_stop(const TestProcess& process) {
    ASSERT_TRUE(kernel_.seize(process.tid(), true));
    ASSERT_TRUE(kernel_.interrupt(process.tid()));
    ASSERT_EQ(next_of(process.tid()), WaitStatus::event(PtraceEvent::Stop));
  }

  LinuxKernel kernel_;
  sigset_t sigchld_;
};

}  // namespace gdbhub::arch
