#include "rsp/agent_text.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "expr/bits.h"
#include "rsp/agent_opcodes.h"

namespace gdbhub::rsp {
namespace {

using enum AgentOpcode;
using Word = std::uint64_t;

/// So much of a program is followed, both ways at each branch.
constexpr unsigned kMaxSteps = 512;
constexpr std::size_t kMaxText = 1000;

/// A value on the stack.
struct Term {
  std::string text;
  bool is_atom = true;               ///< needs no parentheses
  std::optional<Word> number = {};   ///< of a constant
  std::string_view comparison = {};  ///< the operator between `left` and `right`
  std::string left = {}, right = {};
  unsigned read_bits = 0;            ///< of what has been read from memory at `left`
  std::string base = {};             ///< the text is base + offset
  Word offset = 0;
};

std::string decimal(Word value) {
  const auto number = static_cast<std::int64_t>(value);
  if (number > -0x10000 && number < 0x10000) return std::to_string(number);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string digits;
  for (Word rest = value; rest != 0; rest /= 16) digits += kDigits[rest % 16];
  std::reverse(digits.begin(), digits.end());
  return "0x" + digits;
}

Term constant(Word value) { return {.text = decimal(value), .number = value}; }

std::string in_parentheses(const Term& term) { return term.is_atom ? term.text : "(" + term.text + ")"; }

Term join(const Term& left, std::string_view op, const Term& right) {
  return {.text = in_parentheses(left) + " " + std::string(op) + " " + in_parentheses(right), .is_atom = false};
}

/// The constants of a sum are one.
Term add(const Term& left, const Term& right, bool subtract) {
  if (!right.number) return join(left, subtract ? "-" : "+", right);
  const Word by = subtract ? 0 - *right.number : *right.number;
  if (left.number) return constant(*left.number + by);
  Term sum;
  sum.base = left.base.empty() ? in_parentheses(left) : left.base;
  sum.offset = left.offset + by;
  const auto offset = static_cast<std::int64_t>(sum.offset);
  sum.is_atom = offset == 0;
  sum.text = sum.base;
  if (offset != 0) sum.text += (offset < 0 ? " - " : " + ") + decimal(offset < 0 ? 0 - sum.offset : sum.offset);
  return sum;
}

Term compare(const Term& left, std::string_view op, const Term& right) {
  // "3 < x", which is how GDB compiles "x > 3".
  if (left.number && !right.number && op != "==") return compare(right, op == "<" ? ">" : "<", left);
  Term term = join(left, op, right);
  term.comparison = op;
  term.left = in_parentheses(left);
  term.right = in_parentheses(right);
  return term;
}

Term negate(const Term& term) {
  static constexpr std::pair<std::string_view, std::string_view> kOpposites[] = {{"==", "!="}, {"!=", "=="}, {"<", ">="}, {">", "<="}, {">=", "<"}, {"<=", ">"}};
  for (const auto& [op, opposite] : kOpposites) {
    if (term.comparison != op) continue;
    return {.text = term.left + " " + std::string(opposite) + " " + term.right,
            .is_atom = false,
            .comparison = opposite,
            .left = term.left,
            .right = term.right};
  }
  return {.text = "!" + in_parentheses(term)};
}

std::string type_of(unsigned bits, bool is_signed) {
  const std::string name = "int" + std::to_string(bits) + "_t";
  return is_signed ? name : "u" + name;
}

Term read(const std::string& address, unsigned bits, bool is_signed) {
  return {.text = "*(" + type_of(bits, is_signed) + " *)" + address, .left = address, .read_bits = bits};
}

Term extend(const Term& term, Word bits, bool is_signed) {
  const auto width = static_cast<unsigned>(bits);
  if (term.number) return constant(is_signed ? expr::sign_extend(*term.number, width) : expr::zero_extend(*term.number, width));
  if (term.read_bits == width) return read(term.left, width, is_signed);
  if (width == 64) return term;
  if (width != 8 && width != 16 && width != 32) return join(term, "&", constant((Word{1} << width) - 1));
  return {.text = "(" + type_of(width, is_signed) + ")" + in_parentheses(term)};
}

bool is(const Term& term, Word value) { return term.number == value; }

/// A branch: what is so if the condition holds, and if not.
Term choose(const Term& condition, const Term& yes, const Term& no) {
  if (is(yes, 1) && is(no, 0)) return condition;
  if (is(yes, 0) && is(no, 1)) return negate(condition);
  if (is(no, 0)) return join(condition, "&&", yes);
  if (is(yes, 1)) return join(condition, "||", no);
  return {.text = in_parentheses(condition) + " ? " + in_parentheses(yes) + " : " + in_parentheses(no), .is_atom = false};
}

struct BinaryOperator {
  AgentOpcode opcode;
  std::string_view text;
};
constexpr BinaryOperator kBinary[] = {
    {Mul, "*"},     {DivSigned, "/"},          {DivUnsigned, "/"},          {RemSigned, "%"},  {RemUnsigned, "%"}, {ShiftLeft, "<<"},
    {BitAnd, "&"},  {ShiftRightSigned, ">>"},  {ShiftRightUnsigned, ">>"},  {BitOr, "|"},      {BitXor, "^"},
};

/// Runs the program on text, both ways at each branch. nullopt: it cannot be said.
class Reader {
 public:
  using RegisterName = std::function<std::string(unsigned)>;

  Reader(const AgentProgram& program, const RegisterName& name) : program_(program), name_(name) {}

  std::optional<Term> value(std::size_t next, std::vector<Term> stack) {
    for (;;) {
      if (++steps_ > kMaxSteps) return std::nullopt;
      const auto& [number, operand] = program_.instructions()[next++];
      const auto opcode = static_cast<AgentOpcode>(number);
      if (opcode == End) return stack.empty() ? std::nullopt : std::optional(std::move(stack.back()));
      if (opcode == Goto) {
        next = operand;
      } else if (opcode == IfGoto) {
        const Term condition = pop(stack);
        const auto yes = value(operand, stack);
        const auto no = yes ? value(next, std::move(stack)) : std::nullopt;
        return no ? std::optional(choose(condition, *yes, *no)) : std::nullopt;
      } else if (!apply(opcode, operand, stack) || (!stack.empty() && stack.back().text.size() > kMaxText)) {
        return std::nullopt;
      }
    }
  }

 private:
  static Term pop(std::vector<Term>& stack) {
    Term top = std::move(stack.back());
    stack.pop_back();
    return top;
  }

  /// The compiler of programs has seen to it that the stack never runs empty.
  bool apply(AgentOpcode opcode, Word operand, std::vector<Term>& stack) {
    switch (opcode) {
      case Const8: case Const16: case Const32: case Const64: stack.push_back(constant(operand)); return true;
      case Register: stack.push_back({.text = "$" + name_(static_cast<unsigned>(operand))}); return true;
      case Dup: case Pick: stack.push_back(*(stack.rbegin() + static_cast<std::ptrdiff_t>(operand))); return true;
      case Pop: stack.pop_back(); return true;
      case Swap: std::swap(*stack.rbegin(), *(stack.rbegin() + 1)); return true;
      case Rotate: std::rotate(stack.end() - 3, stack.end() - 1, stack.end()); return true;
      case Ref8: return replace(stack, read(in_parentheses(stack.back()), 8, false));
      case Ref16: return replace(stack, read(in_parentheses(stack.back()), 16, false));
      case Ref32: return replace(stack, read(in_parentheses(stack.back()), 32, false));
      case Ref64: return replace(stack, read(in_parentheses(stack.back()), 64, true));
      case SignExtend: return replace(stack, extend(stack.back(), operand, true));
      case ZeroExtend: return replace(stack, extend(stack.back(), operand, false));
      case LogNot: return replace(stack, negate(stack.back()));
      case BitNot: return replace(stack, {.text = "~" + in_parentheses(stack.back())});
      default: break;
    }
    const auto binary = std::ranges::find(kBinary, opcode, &BinaryOperator::opcode);
    const bool is_sum = opcode == Add || opcode == Sub;
    const bool is_comparison = opcode == Equal || opcode == LessSigned || opcode == LessUnsigned;
    if (binary == std::end(kBinary) && !is_sum && !is_comparison) return false;
    const Term right = pop(stack), left = pop(stack);
    stack.push_back(is_sum          ? add(left, right, opcode == Sub)
                    : is_comparison ? compare(left, opcode == Equal ? "==" : "<", right)
                                    : join(left, binary->text, right));
    return true;
  }

  static bool replace(std::vector<Term>& stack, Term term) {
    stack.back() = std::move(term);
    return true;
  }

  const AgentProgram& program_;
  const RegisterName& name_;
  unsigned steps_ = 0;
};

}  // namespace

std::string describe(const AgentProgram& program, const std::function<std::string(unsigned)>& register_name) {
  const auto value = Reader(program, register_name).value(0, {});
  if (value && value->text.size() <= kMaxText) return value->text;
  return std::to_string(program.instructions().size()) + " instructions";
}

}  // namespace gdbhub::rsp
