// Quotes and escapes as in C source.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gdbhub/text_cursor.h"

namespace gdbhub::expr {

/// One character, or an escape such as `\n` or `\033` for one. nullopt at the end and for an unknown escape.
std::optional<char> take_character(TextCursor& from);
/// What is between the quotes that begin here, escapes still in it. nullopt when there is no closing quote.
std::optional<std::string_view> take_quoted(TextCursor& from);
/// Replaces all escapes. nullopt for an unknown one.
std::optional<std::string> replace_escapes(std::string_view source);

}  // namespace gdbhub::expr
