// Parameters that several methods take. They throw json::exception where one is missing or of another type.
#pragma once

#include <charconv>
#include <string>

#include "engines/dash/rpc.h"
#include "gdbhub/address.h"
#include "gdbhub/ids.h"

namespace gdbhub::dash {

inline Pid pid_of(const json& params) { return Pid{params.at("pid").get<int>()}; }
inline Tid tid_of(const json& params) { return Tid{params.at("tid").get<int>()}; }
inline EngineId engine_of(const json& params) { return EngineId{params.at("engine").get<std::uint32_t>()}; }

/// Addresses are text, since numbers of JSON are doubles to many.
inline Result<Address> address_of(const json& params) {
  const auto text = params.at("address").get<std::string>();
  const std::string_view digits = std::string_view(text).substr(text.starts_with("0x") ? 2 : 0);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size())
    return Error{ErrorCode::InvalidArgument, 0, "\"" + text + "\" is no address, as 0x401136 is"};
  return Address{value};
}

}  // namespace gdbhub::dash
