// What a user writes to make a logpoint.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "expr/expression.h"
#include "expr/format.h"
#include "expr/place.h"
#include "gdbhub/result.h"

namespace gdbhub::log {

/// A parsed logpoint:
///     LOCATION [,"FORMAT"] [,EXPRESSION …] [if CONDITION]
/// LOCATION is FUNCTION, FILE:LINE, *ADDRESS or *FUNCTION+OFFSET; a colon does before the format, too. FORMAT
/// is printf's, with an expression for each conversion. Without a format expressions are shown as
/// EXPRESSION=VALUE.
struct LogpointSpec {
  /// More expressions than this are refused.
  static constexpr std::size_t kMaxValues = 32;

  std::string location;  ///< as it was written
  expr::Place place;
  std::optional<expr::Format> format;
  std::vector<expr::Expression> values;
  std::optional<expr::Expression> condition;

  /// InvalidArgument points at what is wrong.
  static Result<LogpointSpec> parse(std::string_view source, const expr::FindVariable& find);
};

}  // namespace gdbhub::log
