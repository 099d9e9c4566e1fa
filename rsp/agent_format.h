// The printf of agent expressions: C's formats, on 64-bit values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gdbhub/address.h"
#include "gdbhub/bytes.h"
#include "gdbhub/result.h"

namespace gdbhub::rsp {

/// A format string that has been checked: integers, characters, pointers and strings, with flags, width and
/// precision. Our own formatting, because the string comes from a client: nothing of it reaches C's printf.
class AgentFormat {
 public:
  /// Reads tracee memory; returns how many bytes from the front were read.
  using ReadMemory = std::function<std::size_t(Address, MutableByteSpan)>;

  /// The longest string that is shown, and the largest width and precision.
  static constexpr std::size_t kMaxField = 4096;

  /// `text` is as in C source: escapes such as `\n` are still to be replaced. InvalidArgument for a broken
  /// format, Unsupported for floating point and wide characters.
  static Result<AgentFormat> parse(std::string_view text);

  /// How many values render takes.
  std::size_t arguments() const { return directives_.size(); }
  /// The text. `values` must be as many as arguments(). BadMemory for a string that cannot be read.
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

}  // namespace gdbhub::rsp
