// A cursor over the text of a packet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "rsp/hex.h"

namespace gdbhub::rsp {

/// Reads a payload from left to right. What does not match or parse is not consumed. Views the payload: must
/// not outlive it.
class Reader {
 public:
  explicit Reader(std::string_view payload) : text_(payload) {}

  bool done() const { return text_.empty(); }
  /// The next character, or '\0' at the end.
  char peek() const { return text_.empty() ? '\0' : text_.front(); }
  std::string_view rest() const { return text_; }

  bool consume(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool consume(std::string_view prefix) {
    if (!text_.starts_with(prefix)) return false;
    text_.remove_prefix(prefix.size());
    return true;
  }

  /// An unsigned number in hex. nullopt when there is no digit, or the number needs more than 64 bits.
  std::optional<std::uint64_t> hex() { return number<16>(); }
  std::optional<std::uint64_t> decimal() { return number<10>(); }
  /// Hex, with a minus sign perhaps: "-1".
  std::optional<std::int64_t> signed_hex() {
    const Reader start = *this;
    const bool negative = consume('-');
    const auto magnitude = hex();
    const std::uint64_t limit = std::uint64_t{std::numeric_limits<std::int64_t>::max()} + (negative ? 1 : 0);
    if (!magnitude || *magnitude > limit) {
      *this = start;
      return std::nullopt;
    }
    return static_cast<std::int64_t>(negative ? 0 - *magnitude : *magnitude);
  }

  /// Everything before the next `separator`, which is eaten too; all of the rest when there is none.
  std::string_view until(char separator) {
    const auto at = text_.find(separator);
    const auto part = text_.substr(0, at);
    text_.remove_prefix(at == std::string_view::npos ? text_.size() : at + 1);
    return part;
  }
  /// Exactly `count` characters; nullopt when there are fewer.
  std::optional<std::string_view> take(std::size_t count) {
    if (count > text_.size()) return std::nullopt;
    const auto part = text_.substr(0, count);
    text_.remove_prefix(count);
    return part;
  }

 private:
  template <unsigned kBase>
  std::optional<std::uint64_t> number() {
    constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t value = 0;
    std::size_t length = 0;
    for (; length < text_.size(); ++length) {
      const int digit = hex_digit(text_[length]);
      if (digit < 0 || static_cast<unsigned>(digit) >= kBase) break;
      if (value > (kMax - static_cast<unsigned>(digit)) / kBase) return std::nullopt;
      value = value * kBase + static_cast<unsigned>(digit);
    }
    if (length == 0) return std::nullopt;
    text_.remove_prefix(length);
    return value;
  }

  std::string_view text_;
};

}  // namespace gdbhub::rsp
