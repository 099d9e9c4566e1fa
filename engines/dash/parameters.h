// Parameters that several methods take, and what they answer with. Parameters throw json::exception where one is missing or of another type.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "engines/dash/rpc.h"
#include "gdbhub/address.h"
#include "gdbhub/bytes.h"
#include "gdbhub/ids.h"

namespace gdbhub::dash {

inline Pid pid_of(const json& params) { return Pid{params.at("pid").get<int>()}; }
inline Tid tid_of(const json& params) { return Tid{params.at("tid").get<int>()}; }
inline EngineId engine_of(const json& params) { return EngineId{params.at("engine").get<std::uint32_t>()}; }

/// Addresses are text, since numbers of JSON are doubles to many.
inline Result<Address> parse_address(const std::string& text) {
  const std::string_view digits = std::string_view(text).substr(text.starts_with("0x") ? 2 : 0);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size())
    return Error{ErrorCode::InvalidArgument, 0, "\"" + text + "\" is no address, as 0x401136 is"};
  return Address{value};
}
inline Result<Address> address_of(const json& params) { return parse_address(params.at("address").get<std::string>()); }

inline std::string text_of(Address address) { return fmt::format("{:#x}", address.value); }

inline std::string hex(ByteSpan bytes) {
  std::string text;
  for (const Byte byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

/// A member of the parameters, or `otherwise` when it is missing. InvalidArgument for one of another type or out of T's range.
template <class T>
Result<T> optional_member(const json& params, const char* name, T otherwise) {
  const auto found = params.find(name);
  if (found == params.end() || found->is_null()) return otherwise;
  bool fits = false;
  if constexpr (std::is_same_v<T, bool>) {
    fits = found->is_boolean();
  } else if constexpr (std::is_integral_v<T>) {
    fits = found->is_number_unsigned() || (found->is_number_integer() && found->template get<std::int64_t>() >= 0);
    fits = fits && found->template get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<T>::max());
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    fits = found->is_array() && std::ranges::all_of(*found, [](const json& one) { return one.is_string(); });
  } else {
    fits = found->is_string();
  }
  if (!fits) return Error{ErrorCode::InvalidArgument, 0, std::string("The parameter \"") + name + "\" has a wrong type or value"};
  return found->template get<T>();
}

}  // namespace gdbhub::dash
