// Many clients, one program, 100,000 orders of events. GDBHUB_SEED=n repeats one schedule, GDBHUB_SCHEDULES=n tries so many in
// each part, from GDBHUB_FIRST on in the first. GDBHUB_STEPS=n prints more of the story of a failure.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "tests/sim/schedule.h"

namespace gdbhub::test {
namespace {

constexpr std::uint64_t kParts = 8;
constexpr std::uint64_t kSchedules = 12'500;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 0);
}

/// In parts, so that they can be run at once.
class Explorer : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Explorer, EveryScheduleKeepsTheContract) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  const std::uint64_t only = from_environment("GDBHUB_SEED", 0);
  const std::uint64_t wanted = only != 0 ? 1 : from_environment("GDBHUB_SCHEDULES", kSchedules);
  const std::uint64_t first = only != 0 ? only : from_environment("GDBHUB_FIRST", 1) + GetParam() * wanted;

  const std::size_t kept = from_environment("GDBHUB_STEPS", 60);
  std::uint64_t turns = 0, instructions = 0;
  for (std::uint64_t seed = first; seed < first + wanted; ++seed) {
    Schedule schedule(seed, kept);
    schedule.run();
    turns += schedule.turns();
    instructions += schedule.instructions();
    if (!HasFailure()) continue;
    std::cout << "GDBHUB_SEED=" << seed << '\n' << schedule.describe() << std::flush;
    return;
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::cout << wanted << " schedules, " << turns << " turns, " << instructions << " instructions in " << seconds << " s: "
            << static_cast<double>(wanted) / seconds << " schedules/s\n";
}

INSTANTIATE_TEST_SUITE_P(Parts, Explorer, ::testing::Range<std::uint64_t>(0, kParts));

}  // namespace
}  // namespace gdbhub::test
