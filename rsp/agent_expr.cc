#include "rsp/agent_expr.h"

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <utility>

#include "expr/bits.h"
#include "rsp/agent_opcodes.h"

namespace gdbhub::rsp {
namespace {

using Word = std::uint64_t;

std::int64_t as_signed(Word value) {
  return static_cast<std::int64_t>(value);
}

// -- operators that the standard library does not have; all defined for all values --------------------

constexpr Word kMinusOne = ~Word{0};

struct DivideSigned {  // the smallest number divided by -1 is itself
  Word operator()(Word a, Word b) const {
    return b == kMinusOne ? 0 - a : static_cast<Word>(as_signed(a) / as_signed(b));
  }
};
struct RemainderSigned {
  Word operator()(Word a, Word b) const {
    return b == kMinusOne ? 0 : static_cast<Word>(as_signed(a) % as_signed(b));
  }
};
struct LeftShift {
  Word operator()(Word a, Word b) const { return b < 64 ? a << b : 0; }
};
struct RightShiftUnsigned {
  Word operator()(Word a, Word b) const { return b < 64 ? a >> b : 0; }
};
struct RightShiftSigned {
  Word operator()(Word a, Word b) const { return static_cast<Word>(as_signed(a) >> std::min<Word>(b, 63)); }
};
struct SignedLess {
  Word operator()(Word a, Word b) const { return as_signed(a) < as_signed(b); }
};

/// One run of a program. The compiler has seen to it that the stack never runs empty or over, that operands
/// are in range and that every path has an end.
class Machine {
 public:
  Machine(const AgentProgram& program, AgentContext& context) : program_(program), context_(context) {}

  Result<std::optional<Word>> run(unsigned max_steps);

 private:
  using Handler = void (Machine::*)(Word operand);
  using Handlers = std::array<Handler, 256>;
  static constexpr Handlers make_handlers();

  void push(Word value) { stack_[height_++] = value; }
  Word pop() { return stack_[--height_]; }
  Word& top(std::size_t below = 0) { return stack_[height_ - 1 - below]; }
  void fail(ErrorCode code, std::string text) { error_ = Error{code, 0, std::move(text)}; }

  template <class Operator>
  void binary(Word) {
    const Word b = pop();
    top() = Operator{}(top(), b);
  }
  template <class Operator>
  void divide(Word operand) {
    if (top() == 0) return fail(ErrorCode::InvalidArgument, "Division by zero in an agent expression");
    binary<Operator>(operand);
  }
  template <class Int>
  void reference(Word) {
    Int value{};
    if (context_.read_memory(Address{top()}, writable_bytes_of(value)) != sizeof value) {
      return fail(ErrorCode::BadMemory, "An agent expression reads unmapped memory");
    }
    top() = value;
  }
  template <std::size_t kCount>
  void drop(Word) {
    height_ -= kCount;
  }
  void nothing(Word) {}
  void log_not(Word) { top() = top() == 0; }
  void bit_not(Word) { top() = ~top(); }
  void extend_sign(Word bits) { top() = expr::sign_extend(top(), static_cast<unsigned>(bits)); }
  void extend_zero(Word bits) { top() = expr::zero_extend(top(), static_cast<unsigned>(bits)); }
  void constant(Word value) { push(value); }
  void pick(Word below) { push(top(below)); }
  void swap(Word) { std::swap(top(), top(1)); }
  void rotate(Word) { std::rotate(&top(2), &top(), &top() + 1); }  // a b c => c a b
  void go_to(Word index) { next_ = index; }
  void go_to_if(Word index) {
    if (pop() != 0) go_to(index);
  }
  void end(Word) { ended_ = true; }
  void read_register(Word number);
  void print(Word format);

  const AgentProgram& program_;
  AgentContext& context_;
  std::array<Word, AgentProgram::kMaxStack> stack_;
  std::size_t height_ = 0;
  std::size_t next_ = 0;    ///< the instruction to run next
  std::size_t output_ = 0;  ///< bytes printed
  bool ended_ = false;
  std::optional<Error> error_;
};

void Machine::read_register(Word number) {
  const auto value = context_.read_register(static_cast<unsigned>(number));
  if (!value) return fail(ErrorCode::Unsupported, "Register " + std::to_string(number) + " has no value");
  push(*value);
}

void Machine::print(Word format_index) {
  const expr::Format& format = program_.formats()[format_index];
  height_ -= 2;  // A function of the tracee's to call, and its stream: the hub prints, whatever they are.
  height_ -= format.arguments();
  std::array<Word, AgentProgram::kMaxStack> values;  // the first is on top
  std::reverse_copy(stack_.begin() + static_cast<std::ptrdiff_t>(height_),
                    stack_.begin() + static_cast<std::ptrdiff_t>(height_ + format.arguments()),
                    values.begin());
  const auto text =
      format.render({values.data(), format.arguments()},
                    [this](Address from, MutableByteSpan to) { return context_.read_memory(from, to); });
  if (!text) return fail(text.error().code, text.error().text);
  output_ += text->size();
  if (output_ > kMaxAgentOutput)
    return fail(ErrorCode::InvalidArgument, "An agent expression prints too much");
  context_.emit(*text);
}

constexpr Machine::Handlers Machine::make_handlers() {
  using enum AgentOpcode;
  using M = Machine;
  constexpr std::pair<AgentOpcode, Handler> kTable[] = {
      {Add, &M::binary<std::plus<Word>>},
      {Sub, &M::binary<std::minus<Word>>},
      {Mul, &M::binary<std::multiplies<Word>>},
      {DivSigned, &M::divide<DivideSigned>},
      {DivUnsigned, &M::divide<std::divides<Word>>},
      {RemSigned, &M::divide<RemainderSigned>},
      {RemUnsigned, &M::divide<std::modulus<Word>>},
      {ShiftLeft, &M::binary<LeftShift>},
      {ShiftRightSigned, &M::binary<RightShiftSigned>},
      {ShiftRightUnsigned, &M::binary<RightShiftUnsigned>},
      {BitAnd, &M::binary<std::bit_and<Word>>},
      {BitOr, &M::binary<std::bit_or<Word>>},
      {BitXor, &M::binary<std::bit_xor<Word>>},
      {Equal, &M::binary<std::equal_to<Word>>},
      {LessSigned, &M::binary<SignedLess>},
      {LessUnsigned, &M::binary<std::less<Word>>},
      {LogNot, &M::log_not},
      {BitNot, &M::bit_not},
      {SignExtend, &M::extend_sign},
      {ZeroExtend, &M::extend_zero},
      {Ref8, &M::reference<std::uint8_t>},
      {Ref16, &M::reference<std::uint16_t>},
      {Ref32, &M::reference<std::uint32_t>},
      {Ref64, &M::reference<std::uint64_t>},
      {IfGoto, &M::go_to_if},
      {Goto, &M::go_to},
      {Const8, &M::constant},
      {Const16, &M::constant},
      {Const32, &M::constant},
      {Const64, &M::constant},
      {Register, &M::read_register},
      {End, &M::end},
      {Dup, &M::pick},
      {Pop, &M::drop<1>},
      {Swap, &M::swap},
      {Pick, &M::pick},
      {Rotate, &M::rotate},
      {Printf, &M::print},
      {Trace, &M::drop<2>},
      {TraceQuick, &M::nothing},
      {TraceVariable, &M::nothing},
      {TraceString, &M::drop<2>},
      {Trace16, &M::nothing},
  };
  Handlers handlers{};
  for (const auto& [opcode, handler] : kTable) handlers[static_cast<Byte>(opcode)] = handler;
  return handlers;
}

Result<std::optional<Word>> Machine::run(unsigned max_steps) {
  static constexpr Handlers kHandlers = make_handlers();
  for (unsigned step = 0; step < max_steps; ++step) {
    const auto& [opcode, operand] = program_.instructions()[next_++];
    (this->*kHandlers[opcode])(operand);
    if (error_) return std::move(*error_);
    if (ended_) return height_ > 0 ? std::optional(top()) : std::nullopt;
  }
  return Error{ErrorCode::InvalidArgument, 0,
               "An agent expression did not end within " + std::to_string(max_steps) + " steps"};
}

}  // namespace

Result<std::optional<std::uint64_t>> evaluate(const AgentProgram& program, AgentContext& context,
                                              unsigned max_steps) {
  return Machine(program, context).run(max_steps);
}

}  // namespace gdbhub::rsp
