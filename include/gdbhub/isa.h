// What the core and the engines need of the processor: breakpoints, steps out of line, registers.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gdbhub/address.h"
#include "gdbhub/bytes.h"
#include "gdbhub/kernel.h"
#include "gdbhub/result.h"

namespace gdbhub {

// -- stepping over a breakpoint -----------------------------------------------------------------

/// The instruction does nothing: only the pc moves.
struct SkipInstruction {
  unsigned length = 0;
};
/// The plan has already done the instruction's work on registers and memory writes; the core applies both.
struct EmulatedInstruction {
  GeneralRegisters after{};
  /// To be made with Kernel::write_as_program: where the program may not write, the instruction faults.
  struct Write {
    Address to;
    std::uint64_t value = 0;
    unsigned size = 8;  ///< bytes
  };
  std::optional<Write> write;
  bool copy_is_better = false;  ///< planned for a slot, it is a CopiedInstruction: that saves the write
};
/// Run a copy at the slot. It ends in a jump to the instruction after the original, so the thread may run on; after a
/// single-step pc := pc - slot + original. Never an instruction that reads or sets the pc (jumps, calls and returns are
/// emulated), so nothing else needs mending.
struct CopiedInstruction {
  Bytes code;           ///< what to put at the slot, relocated for its address; empty when planned without a slot
  unsigned length = 0;  ///< of the original instruction; the jump back follows it in `code`
};
/// A system call: enter it from a copy (PTRACE_SYSCALL), and move the pc and rcx back at its entry stop, so that the
/// kernel's restarts and a clone's child see the original address.
struct SyscallInstruction {
  Bytes code;
  unsigned length = 0;
};
/// Cannot be executed anywhere else, or cannot be decoded: step in line with the others stopped (A35).
struct InlineOnly {
  std::string_view why;
};
using StepPlan =
    std::variant<SkipInstruction, EmulatedInstruction, CopiedInstruction, SyscallInstruction, InlineOnly>;

/// Where an instruction may lead.
struct Flow {
  unsigned length = 0;            ///< bytes
  bool falls_through = false;     ///< to the next instruction
  std::optional<Address> target = std::nullopt;  ///< of a direct jump
  bool leaves = false;            ///< it only shows when the instruction is executed: a call, a return, an indirect jump, a trap
};

/// Reads original memory (no trap bytes); returns the count read. For emulation of ret, pop, jmp [mem].
using ReadMemory = std::function<std::size_t(Address, MutableByteSpan)>;

// -- debug registers ---------------------------------------------------------------------------

/// A breakpoint or watchpoint that the processor itself looks for.
struct HardwarePoint {
  enum class Kind { Execute, Write, Access };
  Kind kind = Kind::Execute;
  Address at;
  std::uint64_t length = 1;  ///< bytes; 1 for Execute

  friend bool operator==(const HardwarePoint&, const HardwarePoint&) = default;
};

// -- registers ------------------------------------------------------------------------------------

/// One register as a debugger numbers and sees it.
struct RegisterInfo {
  std::string_view name;
  unsigned bits = 64;
  std::string_view type;     ///< gdb's type name: "int64", "code_ptr", "i387_ext", "vec128", "i386_eflags" …
  std::string_view group;    ///< "general", "float", "vector", "" …
  std::string_view feature;  ///< "org.gnu.gdb.i386.core" …
  unsigned offset = 0;       ///< bytes from the start of the `g` packet
};

/// The registers of one stopped thread in both kernel forms. Extended state is fetched when first needed.
struct RegisterState {
  GeneralRegisters general{};
  Bytes extended;  ///< NT_X86_XSTATE; empty when not fetched
};

/// One kind of processor state (x86-64 with what this CPU has). Stateless: all methods are const and pure, so
/// that the real one serves the fake kernel too.
class Isa {
 public:
  virtual ~Isa() = default;

  /// int3.
  virtual ByteSpan trap() const = 0;
  virtual unsigned max_instruction_length() const = 0;
  /// How to execute the instruction whose original bytes are `code` at `pc` without executing it there. `slot`: 32 bytes for
  /// a copy, from where rip-relative operands must be reached; without one the plan says whether a copy is needed.
  virtual StepPlan plan_step(ByteSpan code, Address pc, std::optional<Address> slot, const GeneralRegisters& registers,
                             const ReadMemory& read) const = 0;
  /// Where the instruction at the start of `code` (original bytes, at `pc`) may lead. nullopt: it cannot be decoded.
  virtual std::optional<Flow> flow(ByteSpan code, Address pc, const GeneralRegisters& registers) const = 0;
  /// "syscall": what the core looks for in the vdso to make a tracee call mmap.
  virtual ByteSpan syscall_instruction() const = 0;

  /// The points that a debug register each can watch, covering `point` together. Empty when that cannot be.
  virtual std::vector<HardwarePoint> split_hardware(const HardwarePoint& point) const = 0;
  /// The control register (DR7) for the points in the debug registers, in their order.
  virtual std::uint64_t debug_control(std::span<const std::optional<HardwarePoint>> points) const = 0;

  /// All registers in the order of their debugger numbers.
  virtual const std::vector<RegisterInfo>& registers() const = 0;
  /// The size of a full `g` packet in bytes.
  virtual std::size_t register_bytes() const = 0;
  /// Whether register `number` lives in the general state (no extended state needed).
  virtual bool is_general(unsigned number) const = 0;
  /// Copies register `number` out; false when the state does not have it (shown as unavailable).
  virtual bool read(const RegisterState& state, unsigned number, MutableByteSpan to) const = 0;
  /// Changes register `number` in `state`.
  virtual Result<> write(RegisterState& state, unsigned number, ByteSpan from) const = 0;
  /// The <target> document for gdb (`qXfer:features:read:target.xml`).
  virtual const std::string& target_xml() const = 0;
  /// Numbers of the registers that a stop reply carries: frame pointer, stack pointer, pc.
  virtual std::vector<unsigned> expedited() const = 0;
};

}  // namespace gdbhub
