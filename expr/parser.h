// The parser of expressions: one pass, operands before operators, types as it goes.
#pragma once

#include "expr/expression.h"

namespace gdbhub::expr {

/// Parses one expression. Each function returns the index of the node that it has made.
class Parser {
 public:
  Parser(TextCursor& from, std::string_view source, const FindVariable& find)
      : from_(from), source_(source), find_(find) {}

  Result<Expression> parse();

 private:
  using Operator = Expression::Operator;
  using Node = Expression::Node;

  Result<std::size_t> binary(unsigned loosest);
  Result<std::size_t> unary();
  Result<std::size_t> postfix();
  Result<std::size_t> primary();
  Result<std::size_t> parenthesis();
  Result<std::size_t> number();
  Result<std::size_t> character();
  Result<std::size_t> text();
  Result<std::size_t> variable();

  Result<std::size_t> combine(Operator op, std::size_t left, std::size_t right, std::size_t at);
  Result<std::size_t> apply(Operator op, std::size_t operand, std::size_t at);
  Result<std::size_t> load(std::size_t pointer, std::size_t at);
  /// Pointer plus or minus an integer, in units of what it points to.
  Result<std::size_t> move_pointer(Operator op, std::size_t pointer, std::size_t by, std::size_t at);
  Result<std::size_t> add(Node node);
  Result<std::size_t> constant(std::uint64_t number, Type type);

  const Type& type_of(std::size_t node) const { return nodes_[node].type; }
  std::size_t position() const { return static_cast<std::size_t>(from_.rest().data() - source_.data()); }
  Error wrong(std::size_t at, std::string_view why) const;

  TextCursor& from_;
  std::string_view source_;
  const FindVariable& find_;
  std::vector<Node> nodes_;
  std::size_t depth_ = 0;
};

}  // namespace gdbhub::expr
