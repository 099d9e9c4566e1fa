// The printf of agent expressions: C's formats, on 64-bit values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gdbhub/address.h"
#include "gdbhub/bytes.h"
#include "gdbhub/result.h"

namespace gdbhub::rsp {

/// A format string that has been checked: integers, characters, pointers and strings, with flags, width and
/// precision.
class AgentFormat {
 public:
  /// Reads tracee memory; returns how many bytes from the front were read.
  using ReadMemory = std::function<std::size_t(Address, MutableByteSpan)>;

  /// The most that one string, and one field's width or precision, may give, in bytes.
  static constexpr std::size_t kMaxField = 4096;

  /// `text` is as in C source: escapes such as `\n` are still to be replaced.
  static Result<AgentFormat> parse(std::string_view text);

  /// How many values render takes.
  std::size_t arguments() const { return directives_.size(); }
  /// The text. `values` must be as many as arguments(). BadMemory for a string that cannot be read.
  Result<std::string> render(std::span<const std::uint64_t> values, const ReadMemory& read) const;

 private:
  struct Directive {
    std::string before;  ///< literal text
    char conversion = 'd';
    unsigned bits = 32;  ///< of an integer
    bool left = false, plus = false, space = false, alternate = false, zero = false;
    std::size_t width = 0;
    std::size_t precision = 0;
    bool has_precision = false;
  };

  std::vector<Directive> directives_;
  std::string tail_;  ///< literal text after the last directive
};

}  // namespace gdbhub::rsp
