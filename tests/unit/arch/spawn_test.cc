#include "arch/spawn.h"

#include <sys/personality.h>

#include <cerrno>
#include <filesystem>

#include "gdbhub/procfs.h"
#include "tests/unit/arch/real_tracee.h"

namespace gdbhub::arch {
namespace {

/// Sets an environment variable of the test for a while.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    ::setenv(name, value, 1);
  }
  ~ScopedVariable() { old_ ? ::setenv(name_, old_->c_str(), 1) : ::unsetenv(name_); }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

class SpawnTest : public RealKernel {
 protected:
  ScopedVariable shell_{"SHELL", "/bin/sh"};

  static LaunchSpec direct(std::vector<std::string> argv) {
    LaunchSpec spec;
    spec.argv = std::move(argv);
    spec.with_shell = false;
    return spec;
  }

  /// Runs it to its end. The output is that of stdout and stderr; `execs` counts the exec events.
  struct Outcome {
    std::string output;
    WaitStatus end{-1};
    int execs = 0;
  };
  Outcome run(LaunchSpec spec) {
    Outcome outcome;
    Pipe pipe;
    spec.stdio[1] = spec.stdio[2] = pipe.write_end.get();
    const Result<Pid> pid = kernel_.spawn(spec);
    if (!pid) {
      ADD_FAILURE() << pid.error().text;
      return outcome;
    }
    for (;;) {
      const WaitResult report = next();
      outcome.end = report.status;
      if (report.status.is_death() || !report.tid) break;
      if (report.status.event() == PtraceEvent::Exec) ++outcome.execs;
      const int signal = report.status.is_signal_delivery() ? report.status.stop_signal() : 0;
      if (!kernel_.resume(report.tid, ResumeMode::Continue, signal)) break;
    }
    outcome.output = pipe.drain();
    return outcome;
  }
};

TEST_F(SpawnTest, FirstReportIsTheExecOfTheProgram) {
  const Result<Pid> pid = kernel_.spawn(direct({"/bin/true"}));
  ASSERT_TRUE(pid);
  EXPECT_EQ(next().status, WaitStatus::event(PtraceEvent::Exec));
  EXPECT_EQ(kernel_.proc_link(*pid, "exe").value_or(""), std::filesystem::canonical("/bin/true"));
  ASSERT_TRUE(kernel_.resume(leader_of(*pid), ResumeMode::Continue, 0));
  EXPECT_EQ(next().status, WaitStatus::exited(0));
}

TEST_F(SpawnTest, ChildHasOwnGroupDefaultSignalsAndNoDescriptorOfTheHub) {
  ::signal(SIGUSR2, SIG_IGN);
  const int leak = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC
  const Result<Pid> pid = kernel_.spawn(direct({"/bin/true"}));
  ::signal(SIGUSR2, SIG_DFL);
  ::close(leak);
  ASSERT_TRUE(pid);
  ASSERT_EQ(next().status, WaitStatus::event(PtraceEvent::Exec));
  EXPECT_EQ(::getpgid(pid->value), pid->value);
  const auto status = parse_status(text_of(kernel_.proc_file(*pid, "status").value_or({})));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->blocked, 0U) << "SIGCHLD is blocked in the hub";
  EXPECT_EQ(status->ignored, 0U);
  for (int fd = 3; fd < 64; ++fd) {
    EXPECT_FALSE(kernel_.proc_link(*pid, "fd/" + std::to_string(fd))) << fd;
  }
  ASSERT_TRUE(kernel_.kill_process(*pid));
  EXPECT_EQ(next().status, WaitStatus::killed(SIGKILL));
}

TEST_F(SpawnTest, AddressSpaceRandomizationIsAsAsked) {
  for (const bool disable : {true, false}) {
    LaunchSpec spec = direct({"/bin/cat", "/proc/self/personality"});
    spec.disable_randomization = disable;
    const unsigned long persona = std::stoul("0" + run(spec).output, nullptr, 16);
    EXPECT_EQ((persona & ADDR_NO_RANDOMIZE) != 0, disable);
  }
}

TEST_F(SpawnTest, ArgumentsReachTheProgramAsGiven) {
  const std::vector<std::string> nasty = {
      "",       " ",   "a  b",     "$HOME", "`id`",  "'",  "\"",  "\\",  "\\n", "new\nline",
      "tab\t.", "*",   "?",        "~",     "~root", "#x", "a=b", "=ls", "!!",  "{a,b}",
      "[ab]",   "(x)", "a;b",      "a&b",   "|",     "<",  ">x",  "^",   "%1",  "-n",
      "--",     "é",   "\x01\x7f", "\r",    "$",     "\n", "a\\", "^a^b"};
  std::string expected;
  for (const std::string& word : nasty) expected += '<' + word + '>';
  for (const char* shell : {"/bin/sh", "/bin/bash"}) {
    const ScopedVariable variable("SHELL", shell);
    for (const bool with_shell : {true, false}) {
      LaunchSpec spec = direct({"/usr/bin/printf", "<%s>"});
      spec.argv.insert(spec.argv.end(), nasty.begin(), nasty.end());
      spec.with_shell = with_shell;
      EXPECT_EQ(run(spec).output, expected) << shell << with_shell;
    }
  }
}

TEST_F(SpawnTest, EnvironmentChangesApplyInOrder) {
  const ScopedVariable kept("GDBHUB_KEPT", "kept");
  const ScopedVariable gone("GDBHUB_GONE", "gone");
  LaunchSpec spec = direct({"/bin/sh", "-c", "echo \"$GDBHUB_KEPT:${GDBHUB_GONE-unset}:$GDBHUB_NEW\""});
  spec.environment = {{"GDBHUB_GONE", std::nullopt}, {"GDBHUB_NEW", "1"}, {"GDBHUB_NEW", "a = b"}};
  EXPECT_EQ(run(spec).output, "kept:unset:a = b\n");
}

TEST_F(SpawnTest, ProgramRunsInTheWorkingDirectory) {
  LaunchSpec spec = direct({"pwd"});  // through PATH
  spec.working_directory = "/usr";
  EXPECT_EQ(run(spec).output, "/usr\n");
}

TEST_F(SpawnTest, StreamsCanBeSwapped) {
  Pipe out;
  Pipe error;
  const UniqueFd saved_out(::dup(1));
  const UniqueFd saved_error(::dup(2));
  ASSERT_EQ(::dup2(out.write_end.get(), 1), 1);
  ASSERT_EQ(::dup2(error.write_end.get(), 2), 2);
  LaunchSpec spec = direct({"/bin/sh", "-c", "echo out; echo error >&2"});
  spec.stdio[1] = 2;
  spec.stdio[2] = 1;
  const Result<Pid> pid = kernel_.spawn(spec);
  ::dup2(saved_out.get(), 1);
  ::dup2(saved_error.get(), 2);
  ASSERT_TRUE(pid);
  ASSERT_EQ(next().status, WaitStatus::event(PtraceEvent::Exec));
  ASSERT_TRUE(kernel_.resume(leader_of(*pid), ResumeMode::Continue, 0));
  EXPECT_EQ(next().status, WaitStatus::exited(0));
  EXPECT_EQ(out.drain(), "error\n");
  EXPECT_EQ(error.drain(), "out\n");
}

TEST_F(SpawnTest, ExecsAreAsManyAsTheSpecExpects) {
  for (const bool with_shell : {true, false}) {
    for (const bool wrapped : {true, false}) {
      LaunchSpec spec = direct({"/bin/sh", "-c", "echo \"<$WRAPPED>\"; exit 7"});
      spec.with_shell = with_shell;
      if (wrapped) spec.wrapper = {"/usr/bin/env", "WRAPPED=$PATH 'x'"};
      const Outcome outcome = run(spec);
      EXPECT_EQ(outcome.execs, spec.expected_execs());
      EXPECT_EQ(outcome.output, wrapped ? "<$PATH 'x'>\n" : "<>\n");
      EXPECT_EQ(outcome.end, WaitStatus::exited(7));
    }
  }
}

TEST_F(SpawnTest, FailingExecSaysWhyAndExitsWith127) {
  const Outcome direct_outcome = run(direct({"/nonexistent/program"}));
  EXPECT_EQ(direct_outcome.output, "Cannot exec /nonexistent/program: No such file or directory.\n");
  EXPECT_EQ(direct_outcome.end, WaitStatus::exited(127));
  EXPECT_EQ(direct_outcome.execs, 0);

  LaunchSpec spec = direct({"/nonexistent/program"});
  spec.with_shell = true;
  const Outcome outcome = run(spec);
  EXPECT_NE(outcome.output.find("/nonexistent/program"), std::string::npos) << outcome.output;
  EXPECT_EQ(outcome.end, WaitStatus::exited(127));
}

TEST_F(SpawnTest, FailingSetupIsAnErrorAndLeavesNoProcess) {
  LaunchSpec spec = direct({"/bin/true"});
  spec.working_directory = "/nonexistent";
  const Result<Pid> nowhere = kernel_.spawn(spec);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, ErrorCode::NotFound);
  EXPECT_EQ(nowhere.error().text, "cannot enter the directory /nonexistent: No such file or directory");

  spec.working_directory.clear();
  spec.stdio[0] = 1000000;
  EXPECT_EQ(kernel_.spawn(spec).error().system, EBADF);
  EXPECT_EQ(kernel_.spawn(direct({})).error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(kernel_.spawn(direct({"/bin/true", std::string("a\0b", 3)})).error().code,
            ErrorCode::InvalidArgument);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG | __WALL), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(SpawnTest, HeldChildEndsWhenItIsNotReleased) {
  pid_t pid = 0;
  {
    Result<HeldChild> child = HeldChild::start(direct({"/bin/true"}));
    ASSERT_TRUE(child);
    ASSERT_TRUE(child->await_setup());
    pid = child->pid().value;
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(WaitStatus(status), WaitStatus::exited(127));
}

}  // namespace
}  // namespace gdbhub::arch
