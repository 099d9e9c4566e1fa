// Who may be traced and what is said otherwise.
#include <fcntl.h>
#include <spawn.h>

#include "arch/attach_refusal.h"
#include "gdbhub/procfs.h"
#include "tests/unit/arch/real_tracee.h"

namespace gdbhub::arch {
namespace {

using AttachTest = RealKernel;

TaskStatus task(int process, int user) {
  TaskStatus status;
  status.name = "other";
  status.state = 'S';
  status.process = Pid{process};
  status.user = user;
  return status;
}

std::string reason(RefusedAttach refused) {
  const Error error = explain(refused);
  EXPECT_EQ(error.code, ErrorCode::NotPermitted);
  return error.text;
}

TEST_F(AttachTest, MissingProcessIsNotFound) {
  const Result<> result = kernel_.seize(Tid{0x7fffffff}, true);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::NotFound);
  EXPECT_EQ(result.error().text, "no process 2147483647");
}

TEST_F(AttachTest, A44NamesTheOtherTracer) {
  TestProcess process([] { return 0; });
  const std::string pid = std::to_string(process.pid().value);
  std::string words[] = {"strace", "-qq", "-o", "/dev/null", "-p", pid};
  char* argv[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(),
                  words[4].data(), words[5].data(), nullptr};
  pid_t strace = 0;
  ASSERT_EQ(::posix_spawnp(&strace, "strace", nullptr, nullptr, argv, environ), 0);
  until([&] {
    const auto text = kernel_.proc_file(process.pid(), "status").value_or({});
    const auto status = parse_status(text_of(text));
    return status && status->tracer ? std::optional(true) : std::nullopt;
  });
  const Result<> result = kernel_.seize(process.tid(), true);
  ::kill(strace, SIGTERM);
  ::waitpid(strace, nullptr, 0);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::NotPermitted);
  EXPECT_EQ(result.error().text,
            "process " + pid + " is already traced by strace (pid " + std::to_string(strace) + ")");
}

TEST_F(AttachTest, SecondSeizeByTheHubItselfIsToldAsSuch) {
  TestProcess process([] { return 0; });
  ASSERT_TRUE(kernel_.seize(process.tid(), true));
  const Result<> result = kernel_.seize(process.tid(), true);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().text.find("the hub traces it already"), std::string::npos) << result.error().text;
}

TEST_F(AttachTest, TheHubItselfIsRefused) {
  const Result<> result = kernel_.seize(Tid{::getpid()}, false);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().text.find("it is the hub itself"), std::string::npos) << result.error().text;
}

TEST_F(AttachTest, ZombieIsRefusedWithTheReason) {
  TestProcess process([] { return 0; });
  process.go();
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(process.pid().value), &info, WEXITED | WNOWAIT), 0);
  const Result<> result = kernel_.seize(process.tid(), true);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().text.find("it has exited"), std::string::npos) << result.error().text;
}

TEST_F(AttachTest, ExitKillDecidesWhetherTheTraceeOutlivesTheTracer) {
  for (const bool exit_kill : {true, false}) {
    TestProcess tracee([] { return 5; });
    TestProcess tracer([&] { return LinuxKernel().seize(tracee.tid(), exit_kill) ? 0 : 1; });
    tracer.go();
    siginfo_t info{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(tracer.pid().value), &info, WEXITED | WNOWAIT), 0);
    ASSERT_EQ(info.si_status, 0);
    if (!exit_kill) tracee.go();
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(tracee.pid().value), &info, WEXITED | WNOWAIT), 0);
    EXPECT_EQ(info.si_code, exit_kill ? CLD_KILLED : CLD_EXITED);
    EXPECT_EQ(info.si_status, exit_kill ? SIGKILL : 5);
  }
}

TEST(AttachRefusal, NamesTheOtherUser) {
  const std::string text = reason({Tid{7}, task(7, 1000), std::nullopt, Pid{1}, 1001, std::nullopt});
  EXPECT_NE(text.find("belongs to user 1000, and the hub runs as user 1001"), std::string::npos) << text;
}

TEST(AttachRefusal, ExplainsEachYamaScope) {
  for (const int scope : {1, 2, 3}) {
    const std::string text = reason({Tid{7}, task(7, 1000), std::nullopt, Pid{1}, 1000, scope});
    EXPECT_NE(text.find("ptrace_scope is " + std::to_string(scope)), std::string::npos) << text;
  }
}

TEST(AttachRefusal, YamaScopeZeroIsNotBlamed) {
  const std::string text = reason({Tid{7}, task(7, 1000), std::nullopt, Pid{1}, 1000, 0});
  EXPECT_EQ(text.find("yama"), std::string::npos) << text;
  EXPECT_NE(text.find("undumpable"), std::string::npos) << text;
}

}  // namespace
}  // namespace gdbhub::arch
