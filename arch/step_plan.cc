#include "arch/step_plan.h"

namespace gdbhub::arch {

StepPlan plan_step(ByteSpan, Address, Address, const GeneralRegisters&, const ReadMemory&) {
  return InlineOnly{"no instruction is known to be movable"};
}

}  // namespace gdbhub::arch
