// Which signals kill with a core dump.
#include "engines/crash/deadly.h"

#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "tests/support/fake_kernel.h"

namespace gdbhub::crash {
namespace {

TEST(Deadly, CoreDumpingSignalsAreThoseOfSignal7) {
  for (int signal : {SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS})
    EXPECT_NE(core_signals & mask_of(signal), 0u) << signal;
  for (int signal : {SIGHUP, SIGINT, SIGKILL, SIGTERM, SIGPIPE, SIGCHLD, SIGSTOP, SIGALRM, 34, 64})
    EXPECT_EQ(core_signals & mask_of(signal), 0u) << signal;
}

TEST(Deadly, SignalsHaveNamesAndNumbers) {
  EXPECT_EQ(parse_signal("SEGV").value_or(0), SIGSEGV);
  EXPECT_EQ(parse_signal("SIGSEGV").value_or(0), SIGSEGV);
  EXPECT_EQ(parse_signal("11").value_or(0), SIGSEGV);
  EXPECT_EQ(name_of(SIGSEGV), "SIGSEGV");
  EXPECT_EQ(name_of(40), "signal 40");
  for (const char* wrong : {"", "SIG", "SEG", "0", "-1", "65", "11x"}) EXPECT_FALSE(parse_signal(wrong)) << wrong;
}

TEST(Deadly, AProcessThatIsGoneIsInNoDanger) {
  test::FakeKernel kernel(1);
  EXPECT_FALSE(is_deadly(kernel, Pid{4711}, Tid{4711}, SIGSEGV));
}

}  // namespace
}  // namespace gdbhub::crash
