// Places in code as users name them.
#pragma once

#include <string_view>
#include <variant>

#include "gdbhub/address.h"
#include "gdbhub/result.h"
#include "gdbhub/symbols.h"

namespace gdbhub::expr {

using Place = std::variant<CodeName, Address>;

/// FUNCTION, FILE:LINE, *ADDRESS, *FUNCTION or *FUNCTION+OFFSET. `text` is `source` or a part of it; InvalidArgument points at what is
/// wrong there.
Result<Place> parse_place(std::string_view text, std::string_view source);

}  // namespace gdbhub::expr
