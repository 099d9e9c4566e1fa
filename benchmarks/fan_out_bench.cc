// One hit that N engines stop for, told to each, and each one's resume, on the fake kernel: the arbiter's own cost.
#include <benchmark/benchmark.h>

#include <memory>

#include "benchmarks/bench_engine.h"
#include "tests/unit/core/core_test.h"

namespace gdbhub::bench {
namespace {

void stop_and_resume(benchmark::State& state) {
  test::CoreHarness world;
  const test::FakeProgram program = test::counting();
  const Pid pid = world.start(program);
  std::vector<std::unique_ptr<BenchEngine>> engines;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    BenchEngine& engine = *engines.emplace_back(std::make_unique<BenchEngine>(world.hub, true));
    if (!world.hub.attach(engine.id(), pid, {}) ||
        !world.hub.insert_breakpoint(engine.id(), pid, program.symbol("nop"))) {
      return state.SkipWithError("cannot trace");
    }
  }
  std::uint64_t hits = 0;
  const auto all_told = [&] {
    return std::all_of(engines.begin(), engines.end(), [&](const auto& e) { return e->reports() == hits; });
  };
  for (auto _ : state) {
    ++hits;
    if (!world.until(all_told)) return state.SkipWithError("somebody was not told");
    Hub::Batch batch(world.hub);
    for (const auto& engine : engines) (void)world.hub.control(engine->id(), leader_of(pid), Action::Resume, {});
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(stop_and_resume)->Arg(1)->Arg(8)->Arg(64);

}  // namespace
}  // namespace gdbhub::bench
