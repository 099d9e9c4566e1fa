#include "expr/tracee_string.h"

#include <algorithm>
#include <array>

namespace gdbhub::expr {

Result<std::string> tracee_string(Address from, std::size_t most, const ReadMemory& read) {
  if (from == Address{}) return std::string("(null)").substr(0, most);
  std::string text;
  std::array<Byte, 256> chunk;
  while (text.size() < most) {
    const std::size_t wanted = std::min(chunk.size(), most - text.size());
    const std::size_t count = read(from + text.size(), {chunk.data(), wanted});
    if (count == 0) return Error{ErrorCode::BadMemory, 0, "A string to print runs into unmapped memory"};
    const std::string_view part = text_of({chunk.data(), std::min(count, wanted)});
    const std::size_t end = part.find('\0');
    text += part.substr(0, end);
    if (end != std::string_view::npos) break;
  }
  return text;
}

}  // namespace gdbhub::expr
