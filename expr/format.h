// The hub's printf: C's formats, on 64-bit values of tracees.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expr/tracee_string.h"
#include "gdbhub/result.h"

namespace gdbhub::expr {

/// A format string that has been checked: integers, characters, pointers and strings, with flags, width and
/// precision. Our own formatting, because the string comes from a client: nothing of it reaches C's printf.
class Format {
 public:
  /// The longest string that is shown, and the largest width and precision.
  static constexpr std::size_t kMaxField = kMaxString;

  /// `text` is as in C source: escapes such as `\n` are still to be replaced. InvalidArgument for a broken
  /// format, Unsupported for floating point and wide characters.
  static Result<Format> parse(std::string_view text);

  /// What a conversion prints: a number (an address for %s), or for %s text that the hub has.
  struct Argument {
    std::uint64_t number = 0;
    std::optional<std::string_view> text;
  };

  /// How many values render takes.
  std::size_t arguments() const { return directives_.size(); }
  /// The letter of a conversion: "s", "d", …
  char conversion(std::size_t argument) const { return directives_[argument].conversion; }
  /// The text. `values` must be as many as arguments(). BadMemory for a string that cannot be read.
  Result<std::string> render(std::span<const Argument> values, const ReadMemory& read) const;
  Result<std::string> render(std::span<const std::uint64_t> values, const ReadMemory& read) const;

  /// One `%` conversion and the literal text before it.
  struct Directive {
    std::string before;
    bool left = false, plus = false, space = false, alternate = false, zero = false;  ///< the flags
    std::size_t width = 0;
    std::optional<std::size_t> precision;
    unsigned bits = 32;  ///< of an integer
    char conversion = 'd';
  };

 private:
  std::vector<Directive> directives_;
  std::string tail_;  ///< literal text after the last directive
};

}  // namespace gdbhub::expr
