// The engine that logs system calls, on the fake machine.
#include "engines/syscalls/syscalls_engine.h"

#include "tests/unit/core/core_test.h"

namespace gdbhub::test {
namespace {

using syscalls::parse_trace;
using syscalls::Settings;
using syscalls::SyscallsEngine;

class SyscallLog : public CoreTest {
 protected:
  static FakeProgram calling() {
    FakeProgram p = beyond_entry();
    p.call_kernel(SYS_getpid);
    p.symbol("between");
    p.nop();
    p.call_kernel(SYS_gettid);
    p.exit_group(7);
    return p;
  }
  std::vector<std::string> log() {
    std::vector<std::string> lines;
    for (const JournalEntry& entry : h.hub.journal().latest())
      if (entry.kind == "syscall") lines.push_back(entry.text());
    return lines;
  }
  std::string own(std::string_view call) { return std::string(call) + "() = " + std::to_string(pid.value); }
  static Settings only(const std::vector<std::string>& words) {
    Settings settings;
    settings.trace = parse_trace(words).value_or({});
    return settings;
  }
};

using Lines = std::vector<std::string>;

TEST_F(SyscallLog, EachCallIsALineWithItsResultAndTheLastOneHasNone) {
  start(calling());
  SyscallsEngine engine(h.hub, {}, nullptr);
  TestEngine a(h.hub, "a");
  a.attach(pid, {});
  ASSERT_TRUE(h.until([&] { return !h.hub.has_tracees(); }));
  EXPECT_EQ(log(), (Lines{own("getpid"), own("gettid"), "exit_group(7) = ?"}));
}

TEST_F(SyscallLog, OnlyWhatIsTracedIsLogged) {
  start(calling());
  SyscallsEngine engine(h.hub, only({"gettid"}), nullptr);
  TestEngine a(h.hub, "a");
  a.attach(pid, {});
  ASSERT_TRUE(h.until([&] { return !h.hub.has_tracees(); }));
  EXPECT_EQ(log(), Lines{own("gettid")});
}

TEST_F(SyscallLog, ADebuggerTurnsItOffAndOnForAProcess) {
  const FakeProgram program = calling();
  start(program);
  SyscallsEngine engine(h.hub, {}, nullptr);
  TestEngine a(h.hub, "a");
  TestEngine observer(h.hub, "observer", Role::Observer);
  a.attach(pid, {});
  a.insert(pid, program.symbol("between"));
  EXPECT_EQ(h.hub.configure(a.id(), "syscalls", pid, "perhaps").error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(h.hub.configure(a.id(), "crash", pid, "off").error().code, ErrorCode::NotFound);
  EXPECT_EQ(h.hub.configure(observer.id(), "syscalls", pid, "off").error().code, ErrorCode::NotPermitted);
  ASSERT_TRUE(h.hub.configure(a.id(), "syscalls", pid, "off").ok());
  wait_reports(a, 1);
  EXPECT_EQ(log(), Lines{});
  ASSERT_TRUE(h.hub.configure(a.id(), "syscalls", pid, "on").ok());
  a.go(leader);
  ASSERT_TRUE(h.until([&] { return !h.hub.has_tracees(); }));
  EXPECT_EQ(log(), (Lines{own("gettid"), "exit_group(7) = ?"}));
}

TEST_F(SyscallLog, A1_ABreakpointAndAStepOfADebuggerBesideItAreUndisturbed) {
  const FakeProgram program = calling();
  start(program);
  SyscallsEngine engine(h.hub, {}, nullptr);
  TestEngine a(h.hub, "a");
  a.attach(pid, {});
  a.insert(pid, program.symbol(std::string_view("between")));
  wait_reports(a, 1);
  EXPECT_EQ(log(), Lines{own("getpid")});
  a.step(leader);
  wait_reports(a, 2);
  EXPECT_EQ(a.count<event::StepDone>(), 1);
  a.go(leader);
  ASSERT_TRUE(h.until([&] { return !h.hub.has_tracees(); }));
  EXPECT_EQ(a.reports.size(), 2u);
  EXPECT_EQ(log().size(), 3u);
}

TEST_F(SyscallLog, A6_NothingStopsAtCallsWhenItHasGone) {
  FakeProgram p = beyond_entry();
  const auto loop = p.label();
  p.call_kernel(SYS_getpid);
  p.jmp(loop);
  start(p);
  TestEngine a(h.hub, "a");
  a.attach(pid, {});
  {
    SyscallsEngine engine(h.hub, {}, nullptr);
    ASSERT_TRUE(h.until([&] { return log().size() > 3; }));
  }
  idle();
  const std::size_t before = log().size();
  idle();
  EXPECT_EQ(log().size(), before);
  EXPECT_TRUE(runs(leader));
}

TEST(SyscallTrace, NamesClassesAndExceptions) {
  const auto set = parse_trace({"%file", "read"});
  ASSERT_TRUE(set);
  EXPECT_TRUE(set->contains(SYS_openat) && set->contains(SYS_read) && !set->contains(SYS_write));
  EXPECT_EQ(*parse_trace({}), SyscallSet::all());
  EXPECT_EQ(*parse_trace({"all"}), SyscallSet::all());
  const auto but = parse_trace({"!futex", "%memory"});
  ASSERT_TRUE(but);
  EXPECT_TRUE(but->contains(SYS_read) && !but->contains(SYS_futex) && !but->contains(SYS_mmap));
  EXPECT_TRUE(parse_trace({"!all"})->empty());
  const auto wrong = parse_trace({"read", "opennat"});
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().text.find("opennat"), std::string::npos);
}

TEST(SyscallSettings, AreReadAndChecked) {
  const auto read = [](std::string_view text) -> Result<Settings> {
    auto options = EngineOptions::parse(text, syscalls::kind.options);
    if (!options) return options.error();
    return syscalls::read_settings(*options);
  };
  const auto all = read("trace=open,close,output=/tmp/x,strings=8,time=epoch,ids=both");
  ASSERT_TRUE(all) << all.error().text;
  EXPECT_EQ(all->output, "/tmp/x");
  EXPECT_EQ(all->string_limit, 8u);
  EXPECT_EQ(all->time, Settings::Time::Epoch);
  EXPECT_TRUE(all->show_pid && all->show_tid);
  EXPECT_TRUE(read("")->show_tid && !read("")->show_pid);
  EXPECT_FALSE(read("ids=none")->show_tid);
  for (const char* wrong : {"trace=opennat", "strings=many", "time=later", "ids=all", "color=red"}) EXPECT_FALSE(read(wrong)) << wrong;
}

}  // namespace
}  // namespace gdbhub::test
