// A cursor over text that is to be parsed.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

namespace gdbhub {

/// Reads text from left to right. What does not match or parse is not consumed. Views the text: must not outlive it.
class TextCursor {
 public:
  explicit TextCursor(std::string_view text) : text_(text) {}

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
    const TextCursor start = *this;
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
  template <int kBase>
  std::optional<std::uint64_t> number() {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value, kBase);
    if (error != std::errc{}) return std::nullopt;
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return value;
  }

  std::string_view text_;
};

}  // namespace gdbhub
