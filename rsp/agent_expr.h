// GDB agent expressions: the bytecode of breakpoint conditions and commands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "gdbhub/address.h"
#include "gdbhub/bytes.h"
#include "gdbhub/result.h"
#include "expr/format.h"

namespace gdbhub::rsp {

/// A checked expression. Immutable; cheap to evaluate again and again.
class AgentProgram {
 public:
  /// The most values that an expression may have on its stack.
  static constexpr std::size_t kMaxStack = 256;

  /// Checks all that can be known before a run: opcodes, operands, jumps, stack heights, formats.
  /// InvalidArgument for a broken expression, Unsupported for floating point and trace state variables.
  static Result<AgentProgram> compile(ByteSpan code);

  struct Instruction {
    Byte opcode = 0;
    /// A constant, a register's number, bits; for jumps the instruction's index, for printf the format's.
    std::uint64_t operand = 0;
  };
  const std::vector<Instruction>& instructions() const { return instructions_; }
  /// Of the printf instructions.
  const std::vector<expr::Format>& formats() const { return formats_; }

 private:
  std::vector<Instruction> instructions_;
  std::vector<expr::Format> formats_;
};

/// The thread that an expression is evaluated for.
class AgentContext {
 public:
  virtual ~AgentContext() = default;
  /// By its number in the target description, zero-extended; nullopt when it has no value.
  virtual std::optional<std::uint64_t> read_register(unsigned number) = 0;
  /// Returns how many bytes from the front were read.
  virtual std::size_t read_memory(Address from, MutableByteSpan to) = 0;
  /// Output of printf.
  virtual void emit(std::string_view text) = 0;
};

/// Far more than GDB's own expressions need; they have no loops.
inline constexpr unsigned kMaxAgentSteps = 10'000;
/// Bytes of output that one evaluation may make.
inline constexpr std::size_t kMaxAgentOutput = 64 * 1024;

/// Runs the program. The value is what is on top of the stack at the end; nullopt for an empty one, as
/// commands leave it. Trace instructions collect nothing. Errors: BadMemory; Unsupported (a register without
/// value); InvalidArgument (division by zero, too many steps, too much output).
Result<std::optional<std::uint64_t>> evaluate(const AgentProgram& program, AgentContext& context,
                                              unsigned max_steps = kMaxAgentSteps);

}  // namespace gdbhub::rsp
