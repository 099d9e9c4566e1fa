#include "rsp/breakpoint_request.h"

#include <optional>
#include <string>
#include <utility>

#include "rsp/hex.h"
#include "rsp/reader.h"

namespace gdbhub::rsp {
namespace {

constexpr auto kTypes = static_cast<std::uint64_t>(BreakpointType::AccessWatch) + 1;

Error malformed(std::string_view packet) {
  return {ErrorCode::InvalidArgument, 0,
          "Cannot understand the breakpoint request \"" + std::string(packet) + '"'};
}

/// `X<length>,<hex>`, any number of times.
bool parse_expressions(Reader& from, std::vector<Bytes>& to) {
  while (from.consume('X')) {
    const auto length = from.hex();
    if (!length || !from.consume(',') || *length > from.rest().size() / 2) return false;
    auto code = from_hex(*from.take(2 * *length));
    if (!code) return false;
    to.push_back(std::move(*code));
  }
  return true;
}

/// Everything after the kind.
bool parse_lists(Reader& from, BreakpointRequest& to) {
  std::vector<Bytes>* list = &to.conditions;
  while (from.consume(';')) {
    if (from.consume("cmds:")) {
      const auto persist = from.hex();
      if (!persist || !from.consume(',')) return false;
      to.persistent = *persist != 0;
      list = &to.commands;
    }
    if (!parse_expressions(from, *list)) return false;
  }
  return from.done();
}

}  // namespace

Result<BreakpointRequest> parse_breakpoint_request(std::string_view packet) {
  Reader reader(packet);
  BreakpointRequest request;
  request.insert = reader.consume('Z');
  if (!request.insert && !reader.consume('z')) return malformed(packet);

  const auto type = reader.hex();
  if (!type || !reader.consume(',')) return malformed(packet);
  if (*type >= kTypes) {
    return Error{ErrorCode::Unsupported, 0, "There is no breakpoint type " + std::to_string(*type)};
  }
  request.type = static_cast<BreakpointType>(*type);

  const auto address = reader.hex();
  if (!address || !reader.consume(',')) return malformed(packet);
  request.address = Address{*address};
  const auto kind = reader.hex();
  if (!kind || !parse_lists(reader, request)) return malformed(packet);
  request.kind = *kind;
  return request;
}

}  // namespace gdbhub::rsp
