// A breakpoint hit that nobody stops for, from the trap until the thread runs on: how many a second, for each way of getting
// past the instruction. `bare_ptrace` is what the least that ptrace needs takes on this machine at this moment.
#include <benchmark/benchmark.h>
#include <sys/ptrace.h>

#include "benchmarks/bench_engine.h"
#include "benchmarks/real_hub.h"

// x87 instructions are not moved: they record their address.
extern "C" {
void bench_loop();
extern const char bench_skipped[], bench_emulated[], bench_pushed[], bench_called[], bench_copied[], bench_in_line[];
}
asm(R"(
  .text
  .globl bench_loop, bench_skipped, bench_emulated, bench_pushed, bench_called, bench_copied, bench_in_line
bench_loop:
bench_skipped: endbr64
bench_emulated: mov %rsp, %rbp
bench_pushed: push %rbp
  pop %rbp
bench_called: call 1f
bench_copied: imul $3, %rax, %rcx
bench_in_line: fnop
  jmp bench_loop
1: ret
)");

namespace gdbhub::bench {
namespace {

Address address_of(const char* place) { return {reinterpret_cast<std::uint64_t>(place)}; }

void bare_ptrace(benchmark::State& state) {
  const RealProgram program(bench_loop);
  const pid_t pid = program.pid().value;
  int status = 0;
  if (::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) != 0 || ::ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr) != 0 ||
      ::waitpid(pid, &status, __WALL) != pid) {
    return state.SkipWithError("cannot trace");
  }
  constexpr long kTrap = 0xcc;
  const long word = ::ptrace(PTRACE_PEEKTEXT, pid, bench_skipped, nullptr);
  ::ptrace(PTRACE_POKETEXT, pid, bench_skipped, (word & ~0xffL) | kTrap);
  user_regs_struct registers;
  for (auto _ : state) {
    ::ptrace(PTRACE_CONT, pid, nullptr, nullptr);
    ::waitpid(pid, &status, __WALL);
    ::ptrace(PTRACE_GETREGS, pid, nullptr, &registers);
    registers.rip += 3;  // the rest of endbr64
    ::ptrace(PTRACE_SETREGS, pid, nullptr, &registers);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(bare_ptrace)->UseRealTime();

void hit_and_go_on(benchmark::State& state, const char* place) {
  RealProgram program(bench_loop);
  RealHub real;
  BenchEngine engine(real.hub);
  if (!real.hub.attach(engine.id(), program.pid(), {}) ||
      !real.hub.insert_breakpoint(engine.id(), program.pid(), address_of(place))) {
    return state.SkipWithError("cannot trace");
  }
  real.until([&] { return engine.reports() >= 100; });  // the scratch memory is there by now
  constexpr std::uint64_t kBatch = 100;
  while (state.KeepRunningBatch(kBatch)) {
    const std::uint64_t goal = engine.reports() + kBatch;
    real.until([&] { return engine.reports() >= goal; });
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(hit_and_go_on, skipped, bench_skipped)->UseRealTime();
BENCHMARK_CAPTURE(hit_and_go_on, emulated, bench_emulated)->UseRealTime();
BENCHMARK_CAPTURE(hit_and_go_on, pushed, bench_pushed)->UseRealTime();
BENCHMARK_CAPTURE(hit_and_go_on, called, bench_called)->UseRealTime();
BENCHMARK_CAPTURE(hit_and_go_on, copied, bench_copied)->UseRealTime();
BENCHMARK_CAPTURE(hit_and_go_on, in_line, bench_in_line)->UseRealTime();

/// What a client that steps waits for, without its packets.
void single_step(benchmark::State& state) {
  RealProgram program(bench_loop);
  RealHub real;
  BenchEngine engine(real.hub, true);
  if (!real.hub.attach(engine.id(), program.pid(), {})) return state.SkipWithError("cannot trace");
  const Tid tid = leader_of(program.pid());
  (void)real.hub.control(engine.id(), tid, Action::Stop, {});
  real.until([&] { return real.hub.held(engine.id(), tid); });
  for (auto _ : state) {
    const std::uint64_t goal = engine.reports() + 1;
    (void)real.hub.control(engine.id(), tid, Action::SingleStep, {});
    real.until([&] { return engine.reports() >= goal; });
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(single_step)->UseRealTime();

}  // namespace
}  // namespace gdbhub::bench
