// The names of types in casts.
#pragma once

#include <optional>

#include "expr/value.h"
#include "gdbhub/text_cursor.h"

namespace gdbhub::expr {

/// An identifier at the cursor, which it eats; empty when there is none.
std::string_view take_name(TextCursor& from);
void skip_blanks(TextCursor& from);

/// A type at the cursor: C's names of integers in any of their spellings, and any number of stars. Eats nothing when there is no type.
std::optional<Type> take_type(TextCursor& from);

}  // namespace gdbhub::expr
