// The two machines of the contract suite behind one face: the fake kernel and the real one.
#pragma once

#include <signal.h>
#include <spawn.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "arch/linux_kernel.h"
#include "gdbhub/kernel.h"
#include "tests/contract/guardian.h"
#include "tests/support/elf_writer.h"
#include "tests/support/fake_kernel.h"

namespace gdbhub::test {

/// How long to wait for a report: until it is certain to come, or just long enough to believe that none
/// comes.
enum class Patience { Long, Short };

/// A kernel with programs to run. The processes it starts must have been killed when it goes.
class World {
 public:
  virtual ~World() = default;
  virtual Kernel& kernel() = 0;
  /// The path of a program, installed or not.
  virtual std::string path_of(const std::string& name) const = 0;
  virtual void install(const std::string& name, const FakeProgram& program) = 0;
  /// Starts an installed program that nobody traces.
  virtual Pid start_untraced(const std::string& name) = 0;
  /// kill(2) by somebody else than the tracer.
  virtual void kill(Pid pid, int signal) = 0;
  /// The next report, if one comes in time.
  virtual std::optional<WaitResult> next(Patience patience) = 0;
  /// Lets the tracees run for a moment, and collects nothing.
  virtual void let_run() = 0;
};

class FakeWorld final : public World {
 public:
  explicit FakeWorld(std::uint64_t seed) : kernel_(seed) {}

  Kernel& kernel() override { return kernel_; }
  std::string path_of(const std::string& name) const override { return "/fake/" + name; }
  void install(const std::string& name, const FakeProgram& program) override {
    kernel_.add_program(path_of(name), program);
  }
  Pid start_untraced(const std::string& name) override { return kernel_.create_process(path_of(name)); }
  void kill(Pid pid, int signal) override {
    if (!kernel_.kill(pid, signal)) throw std::runtime_error("kill");
  }
  std::optional<WaitResult> next(Patience patience) override {
    for (int steps = patience == Patience::Long ? 20'000 : 1'000; steps != 0; --steps) {
      if (auto result = kernel_.wait_next()) return result;
      if (!kernel_.step_world()) break;
    }
    return kernel_.wait_next();
  }
  void let_run() override { static_cast<void>(kernel_.step_world()); }

 private:
  FakeKernel kernel_;
};

/// Programs are ELF files in a folder of their own.
class LinuxWorld final : public World {
 public:
  LinuxWorld() {
    std::string name = "/tmp/gdbhub-contract-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    folder_ = name;
    guardian_.emplace(folder_);
    sigemptyset(&child_signal_);
    sigaddset(&child_signal_, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &child_signal_, &former_mask_);
  }
  ~LinuxWorld() override {
    int status = 0;
    for (pid_t tid; (tid = ::waitpid(-1, &status, __WALL)) > 0;)  // on its way out it may stop once more
      if (WIFSTOPPED(status)) ::ptrace(PTRACE_CONT, tid, nullptr, nullptr);
    ::sigprocmask(SIG_SETMASK, &former_mask_, nullptr);
    std::filesystem::remove_all(folder_);
  }

  Kernel& kernel() override { return kernel_; }
  std::string path_of(const std::string& name) const override { return folder_ + '/' + name; }
  void install(const std::string& name, const FakeProgram& program) override {
    if (!write_elf(program, path_of(name))) throw std::runtime_error("write_elf");
  }
  Pid start_untraced(const std::string& name) override {
    const std::string path = path_of(name);
    char* const argv[] = {const_cast<char*>(path.c_str()), nullptr};
    pid_t pid = 0;
    // Returns when the old image is gone, yet before the exec's ptrace event.
    if (::posix_spawn(&pid, path.c_str(), nullptr, nullptr, argv, nullptr) != 0)
      throw std::runtime_error("spawn");
    return Pid{pid};
  }
  void kill(Pid pid, int signal) override {
    if (::kill(pid.value, signal) != 0) throw std::runtime_error("kill");
  }
  std::optional<WaitResult> next(Patience patience) override {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::milliseconds(patience == Patience::Long ? 10'000 : 60);
    while (Clock::now() < end) {
      if (auto result = kernel_.wait_next()) return result;
      let_run();
    }
    return std::nullopt;
  }
  void let_run() override {
    const timespec moment{0, 10'000'000};
    ::sigtimedwait(&child_signal_, nullptr, &moment);
  }

 private:
  std::string folder_;
  std::optional<Guardian> guardian_;
  sigset_t child_signal_{};
  sigset_t former_mask_{};
  arch::LinuxKernel kernel_;
};

}  // namespace gdbhub::test
