// Checks an agent expression, so that evaluating it has nothing left to check but memory and division.
#include <optional>
#include <string>
#include <utility>

#include "rsp/agent_expr.h"
#include "rsp/agent_opcodes.h"

namespace gdbhub::rsp {
namespace {

using enum AgentOpcode;
using Instruction = AgentProgram::Instruction;

/// An instruction while it is being checked.
struct Decoded {
  AgentOpcodeInfo info;
  std::uint64_t operand = 0;
  std::size_t extra = 0;  ///< values that it needs below those it pops, or pops more
  bool pops_extra = false;
};

Error broken(std::string why) {
  return {ErrorCode::InvalidArgument, 0, "Broken agent expression: " + why};
}

class Compiler {
 public:
  explicit Compiler(ByteSpan code) : code_(code), index_at_(code.size()) {}

  Result<> run() {
    while (at_ < code_.size()) {
      if (auto decoded = decode(); !decoded) return decoded;
    }
    if (auto jumps = resolve_jumps(); !jumps) return jumps;
    return check_stack();
  }

  std::vector<Instruction> instructions() const {
    std::vector<Instruction> result;
    result.reserve(program_.size());
    for (const Decoded& one : program_) result.push_back({static_cast<Byte>(one.info.opcode), one.operand});
    return result;
  }
  std::vector<expr::Format> take_formats() { return std::move(formats_); }

 private:
  Result<> decode();
  Result<> decode_format(Decoded& printf);
  Result<> resolve_jumps();
  Result<> check_stack();
  Result<> enter(std::uint64_t index, std::size_t height);
  std::optional<std::uint64_t> big_endian(std::size_t size);

  ByteSpan code_;
  std::size_t at_ = 0;
  std::vector<std::optional<std::size_t>> index_at_;  ///< by offset: which instruction begins there
  std::vector<Decoded> program_;
  std::vector<expr::Format> formats_;
  std::vector<std::optional<std::size_t>> heights_;  ///< of the stack before each instruction, if reached
  std::vector<std::size_t> pending_;                 ///< instructions reached but not followed yet
};

std::optional<std::uint64_t> Compiler::big_endian(std::size_t size) {
  if (size > code_.size() - at_) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | code_[at_++];
  return value;
}

Result<> Compiler::decode() {
  index_at_[at_] = program_.size();
  const AgentOpcodeInfo* info = find_agent_opcode(code_[at_++]);
  if (!info) return broken("an unknown instruction");
  if (!info->supported) {
    return Error{ErrorCode::Unsupported, 0,
                 "Agent expressions with floating point or trace state variables are not supported"};
  }
  const auto operand = big_endian(info->operand_bytes);
  if (!operand) return broken("it ends inside an instruction");
  Decoded decoded{.info = *info, .operand = *operand};
  switch (info->opcode) {
    case SignExtend:
    case ZeroExtend:
      if (*operand == 0 || *operand > 64) return broken("an extension to an impossible width");
      break;
    case Pick:
      decoded.extra = *operand + 1;
      break;
    case Printf:
      if (auto format = decode_format(decoded); !format) return format;
      break;
    default:
      break;
  }
  program_.push_back(decoded);
  return {};
}

Result<> Compiler::decode_format(Decoded& printf) {
  const auto length = big_endian(2);
  if (!length || *length == 0 || *length > code_.size() - at_) return broken("its format is cut off");
  const auto text = text_of(code_.subspan(at_, *length));
  at_ += *length;
  if (text.back() != '\0') return broken("its format has no end");
  auto format = expr::Format::parse(text.substr(0, text.size() - 1));
  if (!format) return format.error();
  if (format->arguments() != printf.operand) return broken("its format wants another number of values");
  printf.extra = printf.operand;
  printf.pops_extra = true;
  printf.operand = formats_.size();
  formats_.push_back(std::move(*format));
  return {};
}

/// Jumps go to offsets in the bytecode; they must hit the beginning of an instruction.
Result<> Compiler::resolve_jumps() {
  for (Decoded& one : program_) {
    if (one.info.opcode != Goto && one.info.opcode != IfGoto) continue;
    if (one.operand >= index_at_.size() || !index_at_[one.operand]) return broken("a jump to nowhere");
    one.operand = *index_at_[one.operand];
  }
  return {};
}

/// Follows all paths. Each instruction must always find the stack at the same height.
Result<> Compiler::check_stack() {
  heights_.resize(program_.size());
  if (auto first = enter(0, 0); !first) return first;
  while (!pending_.empty()) {
    const std::size_t index = pending_.back();
    pending_.pop_back();
    const Decoded& one = program_[index];
    const std::size_t height = *heights_[index];
    if (height < one.info.pops + one.extra) return broken("its stack runs empty");
    const std::size_t after = height - one.info.pops - (one.pops_extra ? one.extra : 0) + one.info.pushes;
    if (after > AgentProgram::kMaxStack) return broken("its stack is too high");
    const bool jumps = one.info.opcode == Goto || one.info.opcode == IfGoto;
    const bool goes_on = one.info.opcode != Goto && one.info.opcode != End;
    if (jumps) {
      if (auto target = enter(one.operand, after); !target) return target;
    }
    if (goes_on) {
      if (auto next = enter(index + 1, after); !next) return next;
    }
  }
  return {};
}

Result<> Compiler::enter(std::uint64_t index, std::size_t height) {
  if (index >= program_.size()) return broken("it has no end");
  if (!heights_[index]) {
    heights_[index] = height;
    pending_.push_back(index);
  } else if (*heights_[index] != height) {
    return broken("paths meet with stacks of different heights");
  }
  return {};
}

}  // namespace

Result<AgentProgram> AgentProgram::compile(ByteSpan code) {
  Compiler compiler(code);
  if (auto checked = compiler.run(); !checked) return checked.error();
  AgentProgram program;
  program.instructions_ = compiler.instructions();
  program.formats_ = compiler.take_formats();
  return program;
}

}  // namespace gdbhub::rsp
