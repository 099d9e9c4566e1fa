// Expressions of users on a stopped thread: C's operators on registers, memory and the hub's own counters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "expr/value.h"
#include "gdbhub/address.h"
#include "gdbhub/bytes.h"
#include "gdbhub/result.h"
#include "gdbhub/text_cursor.h"

namespace gdbhub::expr {

/// What `$NAME` stands for: a number that means something to the Context.
struct Variable {
  unsigned number = 0;
  Type type;
};
/// The variable of a name (without the `$`), if there is one.
using FindVariable = std::function<std::optional<Variable>(std::string_view name)>;

/// The thread that an expression is evaluated for.
class Context {
 public:
  virtual ~Context() = default;
  virtual Result<Value> variable(unsigned number) = 0;
  /// Returns how many bytes from the front were read.
  virtual std::size_t read_memory(Address from, MutableByteSpan to) = 0;
};

/// A parsed and typed expression. Immutable. From loosest to tightest:
///     ||   &&   |   ^   &   == !=   < <= > >=   << >>   + -   * / %   (type) * - ! ~   p[i]
/// on 64-bit integers, `$variables`, `'c'`, and `"text"`, which only == and != take. Types are C's integers (int, unsigned
/// char, uint32_t …) with any number of `*`. A pointer counts in units of what it points to; what is no pointer points to longs.
/// `char*` == "text" compares the string in the tracee.
class Expression {
 public:
  /// The most operators and operands of one expression, and how deep they may be nested.
  static constexpr std::size_t kMaxNodes = 256;
  static constexpr std::size_t kMaxDepth = 64;

  /// Reads as much of an expression as there is; what follows is left in `from`, a cursor somewhere in `source`.
  /// InvalidArgument points at what is wrong.
  static Result<Expression> parse(TextCursor& from, std::string_view source, const FindVariable& find);

  const Type& type() const { return nodes_.back().type; }
  /// As it was written, without blanks around it.
  const std::string& source() const { return source_; }
  /// BadMemory; InvalidArgument for a division by zero; what the context says. Takes as many steps as there are nodes.
  Result<Value> evaluate(Context& context) const;

  enum class Operator {
    Constant, Variable, Load, Cast, Negate, Not, Complement,
    Multiply, Divide, Remainder, Add, Subtract, ShiftLeft, ShiftRight,
    Less, LessEqual, Greater, GreaterEqual, Equal, NotEqual, BitAnd, BitXor, BitOr, And, Or,
  };
  struct Node {
    Operator op = Operator::Constant;
    Type type;
    Value constant;
    unsigned variable = 0;
    std::size_t left = 0, right = 0;  ///< operands: indices of earlier nodes
  };

 private:
  friend class Parser;
  std::vector<Node> nodes_;  ///< operands before their operators; the last one is the result
  std::string source_;
};

}  // namespace gdbhub::expr
