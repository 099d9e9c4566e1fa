#include <array>
#include <charconv>

#include "expr/bits.h"
#include "expr/expression.h"
#include "expr/tracee_string.h"

namespace gdbhub::expr {
namespace {

using Operator = Expression::Operator;
using Node = Expression::Node;

std::uint64_t extended(std::uint64_t value, const Type& type) {
  if (type.bytes() >= 8) return value;
  return type.is_signed ? sign_extend(value, type.bytes() * 8) : zero_extend(value, type.bytes() * 8);
}

Error bad_memory(std::uint64_t address) {
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), address, 16).ptr;
  return {ErrorCode::BadMemory, 0, "Cannot read memory at 0x" + std::string(digits.data(), end)};
}

std::uint64_t shifted_right(std::uint64_t value, std::uint64_t by, bool is_signed) {
  const bool negative = is_signed && value >> 63 != 0;
  if (by >= 64) return negative ? ~std::uint64_t{0} : 0;
  return negative ? ~(~value >> by) : value >> by;
}

Result<std::uint64_t> divided(Operator op, std::uint64_t a, std::uint64_t b, bool is_signed) {
  if (b == 0) return Error{ErrorCode::InvalidArgument, 0, "Division by zero"};
  const bool quotient = op == Operator::Divide;
  if (!is_signed) return quotient ? a / b : a % b;
  if (b == ~std::uint64_t{0}) return quotient ? 0 - a : 0;  // the smallest number has no negative
  const auto x = static_cast<std::int64_t>(a), y = static_cast<std::int64_t>(b);
  return static_cast<std::uint64_t>(quotient ? x / y : x % y);
}

bool less(std::uint64_t a, std::uint64_t b, bool is_signed) {
  return is_signed ? static_cast<std::int64_t>(a) < static_cast<std::int64_t>(b) : a < b;
}

Result<std::uint64_t> calculate(Operator op, std::uint64_t a, std::uint64_t b, bool is_signed) {
  switch (op) {
    case Operator::Multiply: return a * b;
    case Operator::Divide:
    case Operator::Remainder: return divided(op, a, b, is_signed);
    case Operator::Add: return a + b;
    case Operator::Subtract: return a - b;
    case Operator::ShiftLeft: return b >= 64 ? 0 : a << b;
    case Operator::ShiftRight: return shifted_right(a, b, is_signed);
    case Operator::Less: return less(a, b, is_signed);
    case Operator::LessEqual: return !less(b, a, is_signed);
    case Operator::Greater: return less(b, a, is_signed);
    case Operator::GreaterEqual: return !less(a, b, is_signed);
    case Operator::Equal: return a == b;
    case Operator::NotEqual: return a != b;
    case Operator::BitAnd: return a & b;
    case Operator::BitXor: return a ^ b;
    case Operator::BitOr: return a | b;
    default: return Error{ErrorCode::Unsupported, 0, "Not an operator of two numbers"};
  }
}

/// One evaluation: && and || need their right side only sometimes, so it goes from the root down.
class Evaluation {
 public:
  Evaluation(const std::vector<Node>& nodes, Context& context) : nodes_(nodes), context_(context) {}

  Result<Value> value(std::size_t index) {
    const Node& node = nodes_[index];
    switch (node.op) {
      case Operator::Constant: return node.constant;
      case Operator::Variable: return context_.variable(node.variable);
      case Operator::Load: return load(node);
      case Operator::And:
      case Operator::Or: return logical(node);
      default: break;
    }
    if (node.right == 0) return with_one(node);
    return with_two(node);
  }

 private:
  Result<Value> load(const Node& node) {
    const auto pointer = value(node.left);
    if (!pointer) return pointer;
    std::array<Byte, 8> bytes{};
    if (context_.read_memory(Address{pointer->number}, {bytes.data(), node.type.bytes()}) != node.type.bytes())
      return bad_memory(pointer->number);
    return Value{extended(gdbhub::load<std::uint64_t>(bytes), node.type), {}};
  }

  Result<Value> logical(const Node& node) {
    const auto left = value(node.left);
    if (!left) return left;
    const bool decided = (left->number != 0) == (node.op == Operator::Or);
    if (decided) return Value{left->number != 0, {}};
    const auto right = value(node.right);
    return right ? Result<Value>(Value{right->number != 0, {}}) : right;
  }

  Result<Value> with_one(const Node& node) {
    const auto operand = value(node.left);
    if (!operand) return operand;
    const std::uint64_t number = operand->number;
    switch (node.op) {
      case Operator::Cast: return Value{extended(number, node.type), {}};
      case Operator::Negate: return Value{0 - number, {}};
      case Operator::Complement: return Value{~number, {}};
      default: return Value{number == 0, {}};
    }
  }

  Result<Value> with_two(const Node& node) {
    const Type &left_type = nodes_[node.left].type, &right_type = nodes_[node.right].type;
    const auto left = value(node.left);
    if (!left) return left;
    const auto right = value(node.right);
    if (!right) return right;
    if (left_type.is_text || right_type.is_text) {
      const auto a = text(*left, left_type), b = text(*right, right_type);
      if (!a || !b) return (a ? b : a).error();
      return Value{(*a == *b) == (node.op == Operator::Equal), {}};
    }
    const bool is_signed = !left_type.is_wide_unsigned() && !right_type.is_wide_unsigned();
    const auto number = calculate(node.op, left->number, right->number, is_signed);
    if (!number) return number.error();
    return Value{*number, {}};
  }

  Result<std::string> text(const Value& one, const Type& type) {
    if (type.is_text) return one.text;
    return tracee_string(Address{one.number}, kMaxString,
                         [this](Address from, MutableByteSpan to) { return context_.read_memory(from, to); });
  }

  const std::vector<Node>& nodes_;
  Context& context_;
};

}  // namespace

Result<Value> Expression::evaluate(Context& context) const {
  return Evaluation(nodes_, context).value(nodes_.size() - 1);
}

}  // namespace gdbhub::expr
