// GDB agent expressions: the bytecode of breakpoint conditions and commands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gdbhub/address.h"
#include "gdbhub/bytes.h"
#include "gdbhub/result.h"
#include "rsp/agent_format.h"

namespace gdbhub::rsp {

/// A checked expression. Cheap to evaluate again and again; immutable, so it can be shared.
class AgentProgram {
 public:
  /// The most values that an expression may have on its stack.
  static constexpr std::size_t kMaxStack = 256;

  /// Checks everything that can be known before a run: opcodes, operands, jumps, stack heights and formats.
  /// InvalidArgument for a broken expression, Unsupported for floating point and trace state variables.
  static Result<AgentProgram> compile(ByteSpan code);

 private:
  friend class AgentMachine;
  struct Instruction {
    Byte opcode = 0;
    std::uint64_t operand = 0;  ///< constant, register, bits; an instruction's or a format's index
  };

  std::vector<Instruction> instructions_;
  std::vector<AgentFormat> formats_;  ///< of the printf instructions
  std::size_t stack_ = 0;             ///< most values at a time
};

/// The thread that an expression is evaluated for.
class AgentContext {
 public:
  virtual ~AgentContext() = default;
  /// By the number in the target description, zero-extended; nullopt when there is none or it has no value.
  virtual std::optional<std::uint64_t> read_register(unsigned number) = 0;
  /// Returns how many bytes from the front were read.
  virtual std::size_t read_memory(Address from, MutableByteSpan to) = 0;
  /// Output of printf.
  virtual void emit(std::string_view text) = 0;
};

inline constexpr unsigned kDefaultAgentSteps = 10'000;

/// Runs the program; the value is what is left on top of the stack, nullopt for an empty one (a command).
/// BadMemory, InvalidArgument (division by zero), Unsupported (no such register), Busy (the step limit).
/// Trace instructions collect nothing.
Result<std::optional<std::uint64_t>> evaluate(const AgentProgram& program, AgentContext& context,
                                              unsigned max_steps = kDefaultAgentSteps);

}  // namespace gdbhub::rsp
