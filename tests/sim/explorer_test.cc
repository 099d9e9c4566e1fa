// Many clients, one program, thousands of orders of events. GDBHUB_SEED=n repeats one schedule, GDBHUB_SCHEDULES=n tries so
// many; without either it tries for GDBHUB_SECONDS (20). GDBHUB_STEPS=n prints more of the story of a failure.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "tests/sim/schedule.h"

namespace gdbhub::test {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 0);
}

TEST(Explorer, EveryScheduleKeepsTheContract) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  const std::uint64_t only = from_environment("GDBHUB_SEED", 0);
  const std::uint64_t first = only != 0 ? only : from_environment("GDBHUB_FIRST", 1);
  const std::uint64_t wanted = only != 0 ? 1 : from_environment("GDBHUB_SCHEDULES", 0);
  const auto time = std::chrono::seconds(from_environment("GDBHUB_SECONDS", 20));

  const std::size_t kept = from_environment("GDBHUB_STEPS", 60);
  std::uint64_t done = 0, turns = 0, instructions = 0;
  for (std::uint64_t seed = first; wanted != 0 ? done < wanted : Clock::now() - start < time; ++seed, ++done) {
    Schedule schedule(seed, kept);
    schedule.run();
    turns += schedule.turns();
    instructions += schedule.instructions();
    if (!HasFailure()) continue;
    std::cout << "GDBHUB_SEED=" << seed << '\n' << schedule.describe() << std::flush;
    return;
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::cout << done << " schedules, " << turns << " turns, " << instructions << " instructions in " << seconds << " s: "
            << static_cast<double>(done) / seconds << " schedules/s\n";
}

}  // namespace
}  // namespace gdbhub::test
