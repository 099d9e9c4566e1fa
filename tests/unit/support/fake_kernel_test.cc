#include "tests/support/fake_kernel.h"

#include <gtest/gtest.h>

namespace gdbhub::test {
namespace {

LaunchSpec launch(const std::string& name, bool with_shell = false) {
  LaunchSpec spec;
  spec.argv = {name};
  spec.with_shell = with_shell;
  return spec;
}

/// Runs the world until something can be waited for.
std::optional<WaitResult> wait(FakeKernel& kernel) {
  std::optional<WaitResult> result;
  kernel.run_until([&] { return (result = kernel.wait_next()).has_value(); });
  return result;
}

FakeProgram exiting(int code) {
  FakeProgram program;
  program.exit_group(code);
  return program;
}

TEST(FakeKernel, ALaunchReportsOneExecForEachProgramOfTheChain) {
  FakeKernel kernel;
  kernel.add_program("a", exiting(7));
  LaunchSpec spec = launch("a", true);
  spec.wrapper = {"env"};
  const Tid leader = leader_of(*kernel.spawn(spec));
  for (int execs = 0; execs < spec.expected_execs(); ++execs) {
    const auto stop = wait(kernel);
    ASSERT_TRUE(stop);
    EXPECT_EQ(stop->status, WaitStatus::event(PtraceEvent::Exec));
    ASSERT_TRUE(kernel.resume(leader, ResumeMode::Continue, 0));
  }
  EXPECT_EQ(wait(kernel)->status, WaitStatus::exited(7));
  EXPECT_TRUE(kernel.tasks().empty());
}

TEST(FakeKernel, AnUnknownProgramEndsWithCode127) {
  FakeKernel kernel;
  ASSERT_TRUE(kernel.spawn(launch("nothing")));
  EXPECT_EQ(wait(kernel)->status, WaitStatus::exited(127));
}

TEST(FakeKernel, TheSameSeedGivesTheSameRun) {
  const auto run = [](std::uint64_t seed) {
    FakeKernel kernel(seed);
    FakeProgram program;
    const auto loop = program.label();
    program.inc(Reg::Rbx);
    program.jmp(loop);
    kernel.add_program("spin", program);
    std::string trace;
    kernel.set_on_run([&](Tid tid) { trace += std::to_string(tid.value) + ' '; });
    kernel.create_process("spin");
    kernel.create_process("spin");
    EXPECT_FALSE(kernel.run_until_quiet(200));
    return trace;
  };
  EXPECT_EQ(run(3), run(3));
  EXPECT_NE(run(3), run(4));
}

TEST(FakeKernel, ChildEventsAreToldOutsideOfCallsAndOnce) {
  FakeKernel kernel;
  kernel.add_program("a", exiting(0));
  int told = 0;
  kernel.set_on_child_event([&] { ++told; });
  const Tid leader = leader_of(*kernel.spawn(launch("a")));
  EXPECT_EQ(told, 0);
  EXPECT_TRUE(kernel.run_until_quiet());
  EXPECT_EQ(told, 1);
  EXPECT_EQ(kernel.wait_thread(leader), WaitStatus::event(PtraceEvent::Exec));
  EXPECT_FALSE(kernel.wait_next());
}

TEST(FakeKernel, ProcFilesShowTheTracerTheMappingsAndTheVdso) {
  FakeKernel kernel;
  kernel.add_program("/bin/a", exiting(0));
  const Pid pid = kernel.create_process("/bin/a");
  ASSERT_TRUE(kernel.seize(leader_of(pid), false));
  EXPECT_NE(text_of(*kernel.proc_file(pid, "maps")).find("r-xp 00000000 00:00 0"), std::string::npos);
  EXPECT_NE(text_of(*kernel.proc_file(pid, "maps")).find("[vdso]"), std::string::npos);
  EXPECT_EQ(text_of(*kernel.proc_file(pid, "status")).find("Name:\ta\n"), 0u);
  EXPECT_EQ(text_of(*kernel.proc_file(pid, "status")).find("TracerPid:\t0"), std::string::npos);
  EXPECT_EQ(kernel.proc_link(pid, "exe").value(), "/bin/a");
  EXPECT_FALSE(kernel.proc_file(Pid{1}, "maps"));
}

TEST(FakeKernel, AForeignTracerRefusesTheSeize) {
  FakeKernel kernel;
  kernel.add_program("a", exiting(0));
  const Pid pid = kernel.create_process("a");
  kernel.set_foreign_tracer(pid, Pid{77});
  const auto refused = kernel.seize(leader_of(pid), false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::NotPermitted);
}

TEST(FakeKernel, MmapHonoursAFixedAddressAndRefusesToReplace) {
  FakeKernel kernel;
  FakeProgram program;
  const auto map = [&] {
    program.mov_imm(Reg::Rdi, std::uint64_t{0x300000});
    program.mov_imm32(Reg::Rsi, 4096);
    program.mov_imm32(Reg::Rdx, 5);
    program.mov_imm32(Reg::R10, 0x100022);
    program.call_kernel(9);
  };
  map();
  program.mov(Reg::Rbx, Reg::Rax);
  map();
  program.mov(Reg::R12, Reg::Rax);
  program.hlt();
  kernel.add_program("a", program);
  const Pid pid = kernel.create_process("a");
  ASSERT_TRUE(kernel.seize(leader_of(pid), false));
  ASSERT_EQ(wait(kernel)->status, WaitStatus::stopped(SIGSEGV));
  EXPECT_EQ(kernel.registers_of(leader_of(pid)).rbx, 0x300000u);
  EXPECT_EQ(static_cast<long long>(kernel.registers_of(leader_of(pid)).r12), -EEXIST);
}

}  // namespace
}  // namespace gdbhub::test
