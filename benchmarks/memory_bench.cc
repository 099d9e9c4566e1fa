// Reading a running tracee's memory through the hub, with breakpoints in it whose traps must not be seen (A4).
#include <benchmark/benchmark.h>

#include "benchmarks/bench_engine.h"
#include "benchmarks/real_hub.h"

namespace gdbhub::bench {
namespace {

constexpr std::size_t kMegabyte = 1 << 20;
alignas(4096) Byte data[kMegabyte];

[[noreturn]] void sleep_for_ever() {
  for (;;) ::pause();
}

void read_memory(benchmark::State& state) {
  std::fill(std::begin(data), std::end(data), Byte{0x90});
  RealProgram program(sleep_for_ever);
  RealHub real;
  BenchEngine engine(real.hub);
  const Address from{reinterpret_cast<std::uint64_t>(data)};
  if (!real.hub.attach(engine.id(), program.pid(), {})) return state.SkipWithError("cannot trace");
  for (std::uint64_t i = 0; i < 16; ++i) (void)real.hub.insert_breakpoint(engine.id(), program.pid(), from + i * 50'000);
  Bytes to(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    const Result<std::size_t> count = real.hub.read_memory(engine.id(), program.pid(), from, to);
    if (!count || *count != to.size()) return state.SkipWithError("cannot read");
  }
  if (to[0] != 0x90) state.SkipWithError("a trap was seen");
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(read_memory)->Arg(8)->Arg(4096)->Arg(kMegabyte);

}  // namespace
}  // namespace gdbhub::bench
