// How to get a thread past an instruction without executing it where it is.
#pragma once

#include "gdbhub/isa.h"

namespace gdbhub::arch {

/// Isa::plan_step for x86-64.
StepPlan plan_step(ByteSpan code, Address pc, Address slot, const GeneralRegisters& registers,
                   const ReadMemory& read);

}  // namespace gdbhub::arch
