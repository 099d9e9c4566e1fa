// The few instructions whose work the hub does itself: all that read or set the pc, and the most frequent
// ones where breakpoints are set (prologues).
#pragma once

#include "arch/decoded_instruction.h"
#include "gdbhub/isa.h"

namespace gdbhub::arch {

/// What became of an attempt to emulate.
struct Emulation {
  enum class Outcome {
    Done,         ///< see `result`
    NotMovable,   ///< not emulated, and a copy elsewhere would not do the same
    Unsupported,  ///< not emulated; nothing speaks against a copy
  };
  Outcome outcome = Outcome::Unsupported;
  EmulatedInstruction result{};
};

/// Does the instruction's work on `registers`, exactly as the processor would. Whatever might fault there
/// (memory that cannot be read, a jump to a non-canonical address) is left to the processor. The resume flag
/// is cleared, as each completed instruction does.
Emulation emulate(const DecodedInstruction& instruction, const GeneralRegisters& registers,
                  const ReadMemory& read);

}  // namespace gdbhub::arch
