// The processor of the fake machine: executes a small subset of real x86-64 encodings.
#pragma once

#include <optional>

#include "gdbhub/kernel.h"
#include "tests/support/fake_memory.h"

namespace gdbhub::test {

constexpr std::uint64_t kZeroFlag = 1u << 6;
/// Suppresses execute breakpoints for one instruction, so that a resumed thread gets past one.
constexpr std::uint64_t kResumeFlag = 1u << 16;

/// What one instruction led to.
struct CpuOutcome {
  enum class Kind {
    Done,
    Syscall,  ///< the pc is after the instruction, rcx and r11 are as the processor leaves them
    Trap,     ///< int3; the pc is after it
    Fault,    ///< the pc is at the instruction and nothing has changed
  };
  /// Memory that the instruction has read or written: what data watchpoints look at.
  struct Access {
    AddressRange range;
    bool is_write = false;
  };

  Kind kind = Kind::Done;
  int signal = 0;  ///< of a fault
  int code = 0;    ///< its si_code
  Address where;   ///< its si_addr
  std::optional<Access> access;
  bool branched = false;  ///< a jump, call or return that was taken
};

/// Executes the instruction at the pc. Clears the resume flag once the instruction is complete.
CpuOutcome execute_instruction(GeneralRegisters& registers, FakeMemory& memory);

/// The register that the three or four bits of an encoding name.
unsigned long long& register_by_number(GeneralRegisters& registers, unsigned number);

}  // namespace gdbhub::test
