#include "expr/source_error.h"

#include <algorithm>

namespace gdbhub::expr {
namespace {

constexpr std::size_t kShown = 100;  // bytes of the source
constexpr std::size_t kBefore = 60;  // of these before the place, at most

}  // namespace

Error error_at(std::string_view source, std::size_t position, std::string_view why) {
  position = std::min(position, source.size());
  const std::size_t begin = position > kBefore ? position - kBefore : 0;
  std::string shown(source.substr(begin, kShown));
  // Whatever is in it takes one column.
  std::ranges::replace_if(shown, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return {ErrorCode::InvalidArgument, 0,
          std::string(why) + "\n    " + shown + "\n    " + std::string(position - begin, ' ') + "^"};
}

}  // namespace gdbhub::expr
