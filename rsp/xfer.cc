#include "rsp/xfer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "rsp/hex.h"
#include "rsp/reader.h"

namespace gdbhub::rsp {
namespace {

/// `annex:offset,length`
bool parse_read(Reader& from, XferRequest& to) {
  const auto colon = from.rest().rfind(':');
  if (colon == std::string_view::npos) return false;
  to.annex = *from.take(colon);
  from.consume(':');
  const auto offset = from.hex();
  if (!offset || !from.consume(',')) return false;
  const auto length = from.hex();
  if (!length || !from.done()) return false;
  to.offset = *offset;
  to.length = *length;
  return true;
}

/// `annex:offset:data`
bool parse_write(Reader& from, XferRequest& to) {
  to.annex = from.until(':');
  const auto offset = from.hex();
  if (!offset || !from.consume(':')) return false;
  auto data = unescape(from.rest());
  if (!data) return false;
  to.offset = *offset;
  to.data = std::move(*data);
  return true;
}

/// How many bytes from the front take at most `room` characters when escaped.
std::size_t count_that_fits(ByteSpan bytes, std::uint64_t room) {
  std::size_t count = 0;
  for (std::uint64_t used = 0; count < bytes.size(); ++count) {
    used += needs_escape(bytes[count]) ? 2 : 1;
    if (used > room) break;
  }
  return count;
}

}  // namespace

Result<XferRequest> parse_xfer(std::string_view request) {
  Reader reader(request);
  XferRequest parsed;
  parsed.object = reader.until(':');
  parsed.write = reader.consume("write:");
  if (!parsed.write && !reader.consume("read:")) {
    return Error{ErrorCode::InvalidArgument, 0, "A qXfer request neither reads nor writes"};
  }
  if (!(parsed.write ? parse_write(reader, parsed) : parse_read(reader, parsed))) {
    return Error{ErrorCode::InvalidArgument, 0, "Cannot understand the qXfer request for " + parsed.object};
  }
  return parsed;
}

std::string xfer_window(ByteSpan object, std::uint64_t offset, std::uint64_t length) {
  if (offset > object.size()) return "E01";
  const ByteSpan rest = object.subspan(offset);
  const std::size_t count = count_that_fits(rest, std::max<std::uint64_t>(length, 2));
  std::string reply(1, count < rest.size() ? 'm' : 'l');
  append_escaped(reply, rest.first(count));
  return reply;
}

std::string xfer_window(std::string_view object, std::uint64_t offset, std::uint64_t length) {
  return xfer_window(bytes_of(object), offset, length);
}

}  // namespace gdbhub::rsp
