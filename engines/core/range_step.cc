// The part of Machine that runs a thread through a range of code instead of stepping it.
#include "engines/core/machine.h"

namespace gdbhub::core {
namespace {

// A line is mostly left after some instructions: only then are traps cheaper than steps.
constexpr int steps_before_running = 8;

}  // namespace

bool Machine::may_run_through(Thread& thread, AddressRange range) {
  if (!thread.range_run) thread.range_run.emplace(range);
  RangeRun& run = *thread.range_run;
  const Address pc = thread.pc();
  if (run.refused || thread.signal != 0 || !range.contains(pc)) return false;
  if (run.steps < steps_before_running) {
    ++run.steps;
    return false;
  }
  AddressSpace& space = *thread.process->space;
  if (!run.knows(pc)) {
    const ReadMemory read = [&space](Address from, MutableByteSpan to) { return space.read(from, to); };
    bool guarded = run.explore(pc, isa_, thread.general, read);
    for (auto exit = run.exits().begin(); guarded && exit != run.exits().end(); ++exit)
      guarded = static_cast<bool>(space.add_exit(thread.tid, *exit));
    if (!guarded) {
      end_range_run(thread);
      thread.range_run.emplace(range).refused = true;
      return false;
    }
  }
  return !run.exits().contains(pc);  // from there it must be seen where it goes
}

void Machine::end_range_run(Thread& thread) {
  if (!thread.range_run) return;
  for (const Address exit : thread.range_run->exits()) thread.process->space->remove_exit(thread.tid, exit);
  thread.range_run.reset();
}

}  // namespace gdbhub::core
