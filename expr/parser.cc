#include "expr/parser.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "expr/escapes.h"
#include "expr/source_error.h"
#include "expr/types.h"

namespace gdbhub::expr {
namespace {

using Operator = Expression::Operator;

struct BinaryOperator {
  std::string_view text;
  unsigned level;  ///< the larger, the tighter
  Operator op;
};
/// A longer one before those that it begins with.
constexpr BinaryOperator kBinary[] = {
    {"||", 1, Operator::Or},      {"&&", 2, Operator::And},          {"==", 6, Operator::Equal},
    {"!=", 6, Operator::NotEqual}, {"<<", 8, Operator::ShiftLeft},    {">>", 8, Operator::ShiftRight},
    {"<=", 7, Operator::LessEqual}, {">=", 7, Operator::GreaterEqual}, {"|", 3, Operator::BitOr},
    {"^", 4, Operator::BitXor},   {"&", 5, Operator::BitAnd},        {"<", 7, Operator::Less},
    {">", 7, Operator::Greater},  {"+", 9, Operator::Add},           {"-", 9, Operator::Subtract},
    {"*", 10, Operator::Multiply}, {"/", 10, Operator::Divide},       {"%", 10, Operator::Remainder},
};
constexpr unsigned kLoosest = 1;

constexpr std::pair<char, Operator> kUnary[] = {
    {'-', Operator::Negate}, {'!', Operator::Not}, {'~', Operator::Complement}};

constexpr std::size_t kMaxText = 4096;

bool is_truth(Operator op) {
  return op == Operator::And || op == Operator::Or || (op >= Operator::Less && op <= Operator::NotEqual);
}

class Deeper {
 public:
  explicit Deeper(std::size_t& depth) : depth_(++depth) {}
  ~Deeper() { --depth_; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  std::size_t& depth_;
};

}  // namespace

Result<Expression> Expression::parse(TextCursor& from, std::string_view source, const FindVariable& find) {
  return Parser(from, source, find).parse();
}

Error Parser::wrong(std::size_t at, std::string_view why) const { return error_at(source_, at, why); }

Result<Expression> Parser::parse() {
  skip_blanks(from_);
  const std::size_t begin = position();
  if (const auto root = binary(kLoosest); !root) return root.error();
  std::string_view written = source_.substr(begin, position() - begin);
  written = written.substr(0, written.find_last_not_of(" \t") + 1);
  Expression done;
  done.nodes_ = std::move(nodes_);
  done.source_ = written;
  return done;
}

Result<std::size_t> Parser::binary(unsigned loosest) {
  const Deeper deeper(depth_);
  if (depth_ > Expression::kMaxDepth) return wrong(position(), "The expression is nested too deeply");
  auto left = unary();
  while (left) {
    skip_blanks(from_);
    const std::size_t at = position();
    const auto found = std::ranges::find_if(
        kBinary, [this](const BinaryOperator& one) { return from_.rest().starts_with(one.text); });
    if (found == std::end(kBinary) || found->level < loosest) break;
    from_.take(found->text.size());
    const auto right = binary(found->level + 1);
    if (!right) return right;
    left = combine(found->op, *left, *right, at);
  }
  return left;
}

Result<std::size_t> Parser::unary() {
  const Deeper deeper(depth_);
  if (depth_ > Expression::kMaxDepth) return wrong(position(), "The expression is nested too deeply");
  skip_blanks(from_);
  const std::size_t at = position();
  if (from_.consume('*')) {
    const auto pointer = unary();
    return pointer ? load(*pointer, at) : pointer;
  }
  for (const auto& [letter, op] : kUnary) {
    if (!from_.consume(letter)) continue;
    const auto operand = unary();
    return operand ? apply(op, *operand, at) : operand;
  }
  TextCursor inside = from_;
  if (inside.consume('(')) {
    skip_blanks(inside);
    const std::optional<Type> type = take_type(inside);
    skip_blanks(inside);
    if (type && inside.consume(')')) {
      from_ = inside;
      const auto operand = unary();
      if (!operand) return operand;
      if (type_of(*operand).is_text) return wrong(at, "Text cannot be cast");
      if (type->bytes() == 0) return wrong(at, "There are no values of the type void");
      return add({Operator::Cast, *type, {}, 0, *operand, 0});
    }
  }
  return postfix();
}

Result<std::size_t> Parser::postfix() {
  auto value = primary();
  while (value) {
    skip_blanks(from_);
    const std::size_t at = position();
    if (!from_.consume('[')) break;
    const auto index = binary(kLoosest);
    if (!index) return index;
    skip_blanks(from_);
    if (!from_.consume(']')) return wrong(position(), "A ] is missing");
    const auto place = move_pointer(Operator::Add, *value, *index, at);
    if (!place) return place;
    value = load(*place, at);
  }
  return value;
}

Result<std::size_t> Parser::primary() {
  const char next = from_.peek();
  if (next == '(') return parenthesis();
  if (next == '$') return variable();
  if (next == '"') return text();
  if (next == '\'') return character();
  if (next >= '0' && next <= '9') return number();
  if (from_.done()) return wrong(position(), "A value is missing");
  return wrong(position(), "This is no value: a number, a $variable, 'c' or \"text\"");
}

Result<std::size_t> Parser::parenthesis() {
  from_.take(1);
  const auto inner = binary(kLoosest);
  if (!inner) return inner;
  skip_blanks(from_);
  if (!from_.consume(')')) return wrong(position(), "A ) is missing");
  return inner;
}

Result<std::size_t> Parser::number() {
  const std::size_t at = position();
  const bool is_hex = from_.consume("0x") || from_.consume("0X");
  const auto value = is_hex ? from_.hex() : from_.decimal();
  if (!value) return wrong(at, "This is no number of 64 bits");
  if (!take_name(from_).empty()) return wrong(at, "This is no number");
  return constant(*value, *value >> 63 != 0 ? Type::unsigned_long() : Type{});
}

Result<std::size_t> Parser::character() {
  const std::size_t at = position();
  from_.take(1);
  const auto value = take_character(from_);
  if (!value || !from_.consume('\'')) return wrong(at, "This is no character such as 'a' or '\\n'");
  return constant(static_cast<unsigned char>(*value), Type{});
}

Result<std::size_t> Parser::text() {
  const std::size_t at = position();
  const auto quoted = take_quoted(from_);
  if (!quoted) return wrong(at, "The text has no closing \"");
  const auto value = replace_escapes(*quoted);
  if (!value) return wrong(at, "The text has an unknown escape");
  if (value->size() > kMaxText) return wrong(at, "The text is too long");
  Node node;
  node.type = Type::text();
  node.constant.text = *value;
  return add(std::move(node));
}

Result<std::size_t> Parser::variable() {
  const std::size_t at = position();
  from_.take(1);
  const std::string_view name = take_name(from_);
  const std::optional<Variable> found = name.empty() ? std::nullopt : find_(name);
  if (!found) return wrong(at, "There is no variable $" + std::string(name));
  Node node;
  node.op = Operator::Variable;
  node.type = found->type;
  node.variable = found->number;
  return add(std::move(node));
}

// ---- types -------------------------------------------------------------------------------------------

Result<std::size_t> Parser::add(Node node) {
  if (nodes_.size() == Expression::kMaxNodes) return wrong(position(), "The expression is too long");
  nodes_.push_back(std::move(node));
  return nodes_.size() - 1;
}

Result<std::size_t> Parser::constant(std::uint64_t number, Type type) {
  return add({Operator::Constant, type, {number, {}}, 0, 0, 0});
}

Result<std::size_t> Parser::load(std::size_t pointer, std::size_t at) {
  const Type& type = type_of(pointer);
  if (type.is_text) return wrong(at, "Text is no pointer");
  const Type result = type.is_pointer() ? type.pointee() : Type{};
  if (result.bytes() == 0) return wrong(at, "A void* has to be cast to say what it points to");
  return add({Operator::Load, result, {}, 0, pointer, 0});
}

Result<std::size_t> Parser::apply(Operator op, std::size_t operand, std::size_t at) {
  if (type_of(operand).is_text) return wrong(at, "Text can only be compared");
  const Type type{8, op == Operator::Not || !type_of(operand).is_wide_unsigned(), 0, false};
  return add({op, type, {}, 0, operand, 0});
}

Result<std::size_t> Parser::move_pointer(Operator op, std::size_t pointer, std::size_t by, std::size_t at) {
  const Type type = type_of(pointer);
  if (type.is_text || type_of(by).is_text) return wrong(at, "Text can only be compared");
  if (type_of(by).is_pointer()) return wrong(at, "An index or a distance is an integer");
  // What is no pointer counts in longs when it is indexed: *p and p[0] are the same.
  const unsigned unit = type.is_pointer() ? std::max(1u, type.pointee().bytes()) : 8;
  const auto factor = constant(unit, Type{});
  if (!factor) return factor;
  const auto distance = add({Operator::Multiply, Type{}, {}, 0, by, *factor});
  if (!distance) return distance;
  return add({op, type, {}, 0, pointer, *distance});
}

Result<std::size_t> Parser::combine(Operator op, std::size_t left, std::size_t right, std::size_t at) {
  const Type a = type_of(left), b = type_of(right);
  const bool compares = op == Operator::Equal || op == Operator::NotEqual;
  if (a.is_text || b.is_text) {
    const Type& other = a.is_text ? b : a;
    const bool is_string = other.is_pointer() && other.pointers == 1 && other.size == 1;
    if (compares && (other.is_text || is_string)) return add({op, Type{}, {}, 0, left, right});
    return wrong(at, compares ? "Only text or a char* can be compared with text" : "Text can only be compared");
  }
  if (op == Operator::Add && a.is_pointer()) return move_pointer(op, left, right, at);
  if (op == Operator::Add && b.is_pointer()) return move_pointer(op, right, left, at);
  if (op == Operator::Subtract && a.is_pointer()) {
    if (!b.is_pointer()) return move_pointer(op, left, right, at);
    const unsigned unit = std::max(1u, a.pointee().bytes());
    if (unit != std::max(1u, b.pointee().bytes())) return wrong(at, "The pointers are to different types");
    const auto distance = add({op, Type{}, {}, 0, left, right});
    const auto factor = distance ? constant(unit, Type{}) : distance;
    return factor ? add({Operator::Divide, Type{}, {}, 0, *distance, *factor}) : factor;
  }
  return add({op, {8, is_truth(op) || !(a.is_wide_unsigned() || b.is_wide_unsigned()), 0, false}, {}, 0, left, right});
}

}  // namespace gdbhub::expr
