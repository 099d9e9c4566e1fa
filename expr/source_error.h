// Errors that point at the place in what a user wrote.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gdbhub/result.h"

namespace gdbhub::expr {

/// InvalidArgument: `why`, the source (a part of it, if it is long) and a caret under the byte at `position`.
Error error_at(std::string_view source, std::size_t position, std::string_view why);

}  // namespace gdbhub::expr
