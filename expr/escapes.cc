#include "expr/escapes.h"

namespace gdbhub::expr {
namespace {

/// Up to three octal digits.
char octal_escape(TextCursor& from) {
  unsigned value = 0;
  for (int i = 0; i < 3 && from.peek() >= '0' && from.peek() <= '7'; ++i) {
    value = value * 8 + static_cast<unsigned>(from.peek() - '0');
    from.take(1);
  }
  return static_cast<char>(value);
}

}  // namespace

std::optional<char> take_character(TextCursor& from) {
  constexpr std::string_view kLetters = "abefnrtv\\\"'?";
  constexpr std::string_view kMeanings = "\a\b\033\f\n\r\t\v\\\"'?";
  static_assert(kLetters.size() == kMeanings.size());

  if (!from.consume('\\')) {
    const auto plain = from.take(1);
    return plain ? std::optional(plain->front()) : std::nullopt;
  }
  if (from.peek() >= '0' && from.peek() <= '7') return octal_escape(from);
  const auto letter = from.take(1);
  const auto index = letter ? kLetters.find(*letter) : std::string_view::npos;
  return index == std::string_view::npos ? std::nullopt : std::optional(kMeanings[index]);
}

std::optional<std::string_view> take_quoted(TextCursor& from) {
  const std::string_view rest = from.rest();
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '"') {
      from.take(i + 1);
      return rest.substr(1, i - 1);
    }
  }
  return std::nullopt;
}

std::optional<std::string> replace_escapes(std::string_view source) {
  std::string text;
  for (TextCursor cursor(source); !cursor.done();) {
    const auto character = take_character(cursor);
    if (!character) return std::nullopt;
    text += *character;
  }
  return text;
}

}  // namespace gdbhub::expr
