#include "arch/linux_kernel.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <set>
#include <vector>

#include "tests/unit/arch/real_tracee.h"

namespace gdbhub::arch {
namespace {

using LinuxKernelTest = RealKernel;

#if defined(__clang__)
__attribute__((noinline, optnone))
#else
__attribute__((noipa))
#endif
int breakpoint_here(int value) {
  asm volatile("nop");
  return value + 1;
}

template <class T>
Address address_of(T* object) {
  return {reinterpret_cast<std::uint64_t>(object)};
}

void* wait_for_ever(void*) {
  for (;;) ::pause();
}

int run_threads(int count, void* (*body)(void*)) {
  std::vector<pthread_t> threads(static_cast<std::size_t>(count));
  for (pthread_t& thread : threads) ::pthread_create(&thread, nullptr, body, nullptr);
  for (pthread_t thread : threads) ::pthread_join(thread, nullptr);
  return 0;
}

// -- stops -----------------------------------------------------------------------------------------

TEST_F(LinuxKernelTest, SeizeDoesNotStopAndInterruptDoes) {
  TestProcess process([] { return 3; });
  ASSERT_TRUE(kernel_.seize(process.tid(), true));
  EXPECT_FALSE(kernel_.wait_next());
  ASSERT_TRUE(kernel_.interrupt(process.tid()));
  const WaitResult stop = next();
  EXPECT_EQ(stop.tid, process.tid());
  EXPECT_EQ(stop.status, WaitStatus::event(PtraceEvent::Stop));
  ASSERT_TRUE(kernel_.resume(process.tid(), ResumeMode::Continue, 0));
  process.go();  // A13: the interrupted read goes on as if nothing had happened
  EXPECT_EQ(next().status, WaitStatus::exited(3));
}

TEST_F(LinuxKernelTest, BreakpointAndSingleStepByHand) {
  TestProcess process([] { return breakpoint_here(4); });
  seize_and_stop(process);
  const Address site = address_of(&breakpoint_here);
  auto memory = kernel_.open_memory(process.tid());
  ASSERT_TRUE(memory);
  Byte original = 0;
  ASSERT_EQ((*memory)->read(site, {&original, 1}), 1U);
  const Byte trap = 0xcc;
  ASSERT_EQ((*memory)->write(site, {&trap, 1}), 1U) << "text is read-only to the program, not to a tracer";
  ASSERT_TRUE(kernel_.resume(process.tid(), ResumeMode::Continue, 0));
  process.go();

  EXPECT_EQ(next().status, WaitStatus::stopped(SIGTRAP));
  EXPECT_EQ(kernel_.registers(process.tid())->rip, (site + 1).value);
  EXPECT_EQ(kernel_.signal_info(process.tid())->si_signo, SIGTRAP);

  ASSERT_EQ((*memory)->write(site, {&original, 1}), 1U);
  ASSERT_TRUE(kernel_.set_pc(process.tid(), site));
  ASSERT_TRUE(kernel_.resume(process.tid(), ResumeMode::Step, 0));
  EXPECT_EQ(next().status, WaitStatus::stopped(SIGTRAP));
  const std::uint64_t pc = kernel_.registers(process.tid())->rip;
  EXPECT_GT(pc, site.value);
  EXPECT_LE(pc, site.value + 15);
  ASSERT_TRUE(kernel_.resume(process.tid(), ResumeMode::Continue, 0));
  EXPECT_EQ(next().status, WaitStatus::exited(5));
}

TEST_F(LinuxKernelTest, CloneReportsTheEventAndTheFirstStopOfTheNewThread) {
  SKIP_WHERE_THREADS_ARE_ADDED();
  static int shared_word = 0x1234;
  TestProcess process([] { return run_threads(1, [](void*) -> void* { return nullptr; }); });
  ASSERT_TRUE(kernel_.seize(process.tid(), true));
  process.go();
  // The two reports come in any order.
  ASSERT_EQ(next_of(process.tid()), WaitStatus::event(PtraceEvent::Clone));
  const Tid child{static_cast<int>(kernel_.event_message(process.tid()).value_or(0))};
  const WaitResult first = next();
  EXPECT_EQ(first.tid, child);
  EXPECT_EQ(first.status, WaitStatus::event(PtraceEvent::Stop));

  EXPECT_EQ(kernel_.process_of(child).value_or(Pid{}), process.pid());
  const auto threads = kernel_.threads(process.pid()).value_or({});
  EXPECT_EQ(std::set<Tid>(threads.begin(), threads.end()), (std::set<Tid>{process.tid(), child}));

  auto memory = kernel_.open_memory(child);
  ASSERT_TRUE(memory);
  ASSERT_TRUE(kernel_.resume(child, ResumeMode::Continue, 0));
  EXPECT_EQ(next().status, WaitStatus::exited(0));
  int word = 0;
  EXPECT_EQ((*memory)->read(address_of(&shared_word), writable_bytes_of(word)), sizeof word);
  EXPECT_EQ(word, 0x1234) << "the memory outlives the thread it was opened through";
}

TEST_F(LinuxKernelTest, SystemCallStopsAreToldFromSignals) {
  TestProcess process([] { return static_cast<int>(::syscall(SYS_getppid) != 0) + 1; });
  seize_and_stop(process);
  ASSERT_TRUE(kernel_.resume(process.tid(), ResumeMode::Syscall, 0));
  process.go();
  EXPECT_TRUE(next().status.is_syscall());
}

TEST_F(LinuxKernelTest, SignalsAreReportedAndCanBeSuppressed) {
  TestProcess process([] { return 6; });
  ASSERT_TRUE(kernel_.seize(process.tid(), true));
  ASSERT_TRUE(kernel_.send_signal(process.pid(), process.tid(), SIGTERM));
  EXPECT_EQ(next().status, WaitStatus::stopped(SIGTERM));
  siginfo_t info = kernel_.signal_info(process.tid()).value_or(siginfo_t{});
  EXPECT_EQ(info.si_pid, ::getpid());
  info.si_code = SI_QUEUE;
  EXPECT_TRUE(kernel_.set_signal_info(process.tid(), info));
  EXPECT_EQ(kernel_.signal_info(process.tid())->si_code, SI_QUEUE);
  ASSERT_TRUE(kernel_.resume(process.tid(), ResumeMode::Continue, 0));
  process.go();
  EXPECT_EQ(next().status, WaitStatus::exited(6));
}

TEST_F(LinuxKernelTest, A47GroupStopIsKeptByListenUntilSigcont) {
  TestProcess process([] { return 0; });
  ASSERT_TRUE(kernel_.seize(process.tid(), true));
  ASSERT_TRUE(kernel_.send_signal(process.pid(), process.tid(), SIGSTOP));
  ASSERT_EQ(next().status, WaitStatus::stopped(SIGSTOP));
  ASSERT_TRUE(kernel_.resume(process.tid(), ResumeMode::Continue, SIGSTOP));
  const WaitStatus stop = next().status;
  EXPECT_TRUE(stop.is_group_stop());
  ASSERT_TRUE(kernel_.resume(process.tid(), ResumeMode::Listen, 0));
  EXPECT_FALSE(kernel_.wait_next());
  ASSERT_EQ(::kill(process.pid().value, SIGCONT), 0);
  EXPECT_EQ(next().status, WaitStatus::event(PtraceEvent::Stop));
}

TEST_F(LinuxKernelTest, A27KillWorksOnARunningProcess) {
  TestProcess process([] { return 0; });
  ASSERT_TRUE(kernel_.seize(process.tid(), true));
  ASSERT_TRUE(kernel_.kill_process(process.pid()));
  EXPECT_EQ(next().status, WaitStatus::killed(SIGKILL));
  EXPECT_EQ(kernel_.kill_process(process.pid()).error().code, ErrorCode::Gone);
}

TEST_F(LinuxKernelTest, KillNeverMeansAGroupOrEverybody) {
  EXPECT_EQ(kernel_.kill_process(Pid{0}).error().code, ErrorCode::NotFound);
  EXPECT_EQ(kernel_.kill_process(Pid{-1}).error().code, ErrorCode::NotFound);
}

TEST_F(LinuxKernelTest, CallsOnARunningThreadFailWithGone) {
  TestProcess process([] { return 0; });
  ASSERT_TRUE(kernel_.seize(process.tid(), true));
  EXPECT_EQ(kernel_.registers(process.tid()).error().code, ErrorCode::Gone);
  EXPECT_EQ(kernel_.set_pc(process.tid(), Address{0}).error().code, ErrorCode::Gone);
  EXPECT_EQ(kernel_.debug_register(process.tid(), 0).error().code, ErrorCode::Gone);
  EXPECT_EQ(kernel_.extended_state(process.tid()).error().code, ErrorCode::Gone);
  EXPECT_EQ(kernel_.resume(process.tid(), ResumeMode::Continue, 0).error().code, ErrorCode::Gone);
  EXPECT_EQ(kernel_.detach(process.tid(), 0).error().code, ErrorCode::Gone);
}

TEST_F(LinuxKernelTest, DetachLetsTheProcessGoOnUntraced) {
  TestProcess process([] { return 8; });
  seize_and_stop(process);
  ASSERT_TRUE(kernel_.detach(process.tid(), 0));
  process.go();
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(process.pid().value), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(info.si_status, 8);
}

TEST_F(LinuxKernelTest, NoReportIsLostWhenHintsAreWrong) {
  SKIP_WHERE_THREADS_ARE_ADDED();
  constexpr int kThreads = 150;  // enough for searches to be put off
  TestProcess process([] { return run_threads(kThreads, wait_for_ever); });
  ASSERT_TRUE(kernel_.seize(process.tid(), true));
  process.go();
  std::set<Tid> started;
  while (started.size() < kThreads) {
    const WaitResult report = next();
    ASSERT_TRUE(report.status.event()) << report.status.raw();
    if (report.tid != process.tid()) started.insert(report.tid);
    ASSERT_TRUE(kernel_.resume(report.tid, ResumeMode::Continue, 0));
  }
  for (Tid tid : started) ASSERT_TRUE(kernel_.send_signal(process.pid(), tid, SIGUSR1));

  std::set<Tid> stopped;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (stopped.size() < kThreads && std::chrono::steady_clock::now() < deadline) {
    kernel_.hint(Tid{1});  // init is not ours
    if (const auto report = kernel_.wait_next()) {
      ASSERT_EQ(report->status, WaitStatus::stopped(SIGUSR1));
      EXPECT_TRUE(stopped.insert(report->tid).second);
    }
  }
  EXPECT_EQ(stopped, started);
  while (!kernel_.search_due() && std::chrono::steady_clock::now() < deadline) {
    kernel_.hint(Tid{1});
    EXPECT_FALSE(kernel_.wait_next());
  }
  EXPECT_TRUE(kernel_.search_due()) << "with so many threads, not each call searches them all";
}

TEST_F(LinuxKernelTest, LingeringMeetsTheReportOfAThreadThatWasResumed) {
  TestProcess process([] { return breakpoint_here(4); });
  seize_and_stop(process);
  EXPECT_FALSE(kernel_.expects_report());
  process.go();  // else a step would wait in the read that it begins again
  ASSERT_TRUE(kernel_.resume(process.tid(), ResumeMode::Step, 0));
  EXPECT_TRUE(kernel_.expects_report());
  ASSERT_TRUE(kernel_.linger(std::chrono::steady_clock::now() + kPatience));
  EXPECT_FALSE(kernel_.expects_report());
  const std::optional<WaitResult> stop = kernel_.wait_next();
  ASSERT_TRUE(stop);
  EXPECT_EQ(stop->tid, process.tid());
  EXPECT_EQ(stop->status, WaitStatus::stopped(SIGTRAP));
  EXPECT_FALSE(kernel_.wait_next());
}

TEST_F(LinuxKernelTest, LingeringEndsInTimeAndExpectsNothingMore) {
  TestProcess process([] { return 0; });
  seize_and_stop(process);
  ASSERT_TRUE(kernel_.resume(process.tid(), ResumeMode::Continue, 0));  // it waits for go()
  EXPECT_FALSE(kernel_.linger(std::chrono::steady_clock::now()));
  EXPECT_FALSE(kernel_.expects_report());
  process.go();
  EXPECT_EQ(next().status, WaitStatus::exited(0));
}

TEST_F(LinuxKernelTest, InterruptingManyThreadsReportsEachOnce) {
  SKIP_WHERE_THREADS_ARE_ADDED();
  constexpr int kThreads = 100;
  TestProcess process([] { return run_threads(kThreads, wait_for_ever); });
  process.go();
  std::vector<Tid> threads;
  until([&] {
    threads = kernel_.threads(process.pid()).value_or({});
    return std::optional<bool>(threads.size() == kThreads + 1 ? std::optional(true) : std::nullopt);
  });
  ASSERT_EQ(threads.size(), kThreads + 1U);
  for (Tid tid : threads) ASSERT_TRUE(kernel_.seize(tid, true));
  for (Tid tid : threads) ASSERT_TRUE(kernel_.interrupt(tid));
  std::set<Tid> stopped;
  while (stopped.size() < threads.size()) {
    const WaitResult report = next();
    ASSERT_EQ(report.status, WaitStatus::event(PtraceEvent::Stop));
    ASSERT_TRUE(stopped.insert(report.tid).second);
  }
  EXPECT_FALSE(kernel_.wait_next());
}

// -- state ------------------------------------------------------------------------------------------

TEST_F(LinuxKernelTest, RegistersAndExtendedStateRoundTrip) {
  TestProcess process([] { return 0; });
  seize_and_stop(process);
  auto registers = kernel_.registers(process.tid());
  ASSERT_TRUE(registers);
  registers->r15 = 0x1122334455667788;
  ASSERT_TRUE(kernel_.set_registers(process.tid(), *registers));
  EXPECT_EQ(kernel_.registers(process.tid())->r15, 0x1122334455667788U);

  constexpr std::size_t kXmm3 = 160 + 3 * 16;
  for (int i = 0; i < 2; ++i) {  // the size is learnt in the first round
    auto state = kernel_.extended_state(process.tid());
    ASSERT_TRUE(state);
    ASSERT_GE(state->size(), 576U);
    const Byte changed = static_cast<Byte>((*state)[kXmm3] + 1);
    (*state)[kXmm3] = changed;
    (*state)[512] |= 2;  // XSTATE_BV: the SSE part is valid
    ASSERT_TRUE(kernel_.set_extended_state(process.tid(), *state));
    EXPECT_EQ((*kernel_.extended_state(process.tid()))[kXmm3], changed);
  }
}

TEST_F(LinuxKernelTest, DebugRegistersRoundTripAndRefuseNonsense) {
  static int watched = 0;
  TestProcess process([] { return watched; });
  seize_and_stop(process);
  ASSERT_TRUE(kernel_.set_debug_register(process.tid(), 0, address_of(&watched).value));
  ASSERT_TRUE(kernel_.set_debug_register(process.tid(), 7, 0xd0001));  // L0, writes, 4 bytes
  EXPECT_EQ(kernel_.debug_register(process.tid(), 0).value_or(0), address_of(&watched).value);
  EXPECT_EQ(kernel_.debug_register(process.tid(), 7).value_or(0) & 0xf0003, 0xd0001U);
  EXPECT_FALSE(kernel_.set_debug_register(process.tid(), 1, ~0ULL << 47)) << "a kernel address";
  EXPECT_EQ(kernel_.debug_register(process.tid(), 4).error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(kernel_.set_debug_register(process.tid(), -1, 0).error().code, ErrorCode::InvalidArgument);
}

TEST_F(LinuxKernelTest, MemoryAccessStopsAtTheEndOfTheMapping) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* two = ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(two, MAP_FAILED);
  ASSERT_EQ(::munmap(static_cast<char*>(two) + page, page), 0);
  std::memset(two, 0x5a, page);
  TestProcess process([] { return 0; });
  seize_and_stop(process);
  auto memory = kernel_.open_memory(process.tid());
  ASSERT_TRUE(memory);
  const Address end = address_of(two) + page;
  Bytes bytes(100);
  EXPECT_EQ((*memory)->read(end - 40, bytes), 40U);
  EXPECT_EQ(bytes[39], 0x5a);
  EXPECT_EQ(bytes[40], 0);
  EXPECT_EQ((*memory)->write(end - 7, bytes), 7U);
  EXPECT_EQ((*memory)->read(end, bytes), 0U);
  EXPECT_EQ((*memory)->read(Address{0}, bytes), 0U);
  EXPECT_EQ((*memory)->read(Address{~0ULL - 10}, bytes), 0U);
  ::munmap(two, page);

  process.go();
  ASSERT_TRUE(kernel_.kill_process(process.pid()));
  ASSERT_TRUE(next().status.is_death());
  EXPECT_EQ((*memory)->read(end - 40, bytes), 0U) << "the address space is gone";
}

TEST_F(LinuxKernelTest, ProcFilesOfAMissingProcessAreNotFound) {
  const Pid pid{::getpid()};
  EXPECT_GT(kernel_.proc_file(pid, "maps").value_or({}).size(), 100U);
  EXPECT_EQ(kernel_.proc_link(pid, "exe").value_or(""),
            *kernel_.proc_link(pid, "task/" + std::to_string(pid.value) + "/exe"));
  const Pid none{0x7fffffff};
  EXPECT_EQ(kernel_.proc_file(none, "maps").error().code, ErrorCode::NotFound);
  EXPECT_EQ(kernel_.proc_link(none, "exe").error().code, ErrorCode::NotFound);
  EXPECT_EQ(kernel_.threads(none).error().code, ErrorCode::NotFound);
  EXPECT_EQ(kernel_.process_of(leader_of(none)).error().code, ErrorCode::NotFound);
  EXPECT_EQ(kernel_.open_memory(leader_of(none)).error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace gdbhub::arch
