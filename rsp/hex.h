// How bytes travel in packets: hex digits, the binary escape, run-length encoding.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gdbhub/bytes.h"

namespace gdbhub::rsp {

/// The value of one hex digit of either case, or -1.
int hex_digit(char c);

/// Appends two lower-case digits for each byte.
void append_hex(std::string& to, ByteSpan bytes);
std::string to_hex(ByteSpan bytes);
std::string to_hex(std::string_view text);

/// The bytes that `digits` spell. nullopt for an odd length or anything that is not a digit.
std::optional<Bytes> from_hex(std::string_view digits);
/// The same, as text.
std::optional<std::string> text_from_hex(std::string_view digits);

/// Appends a number without leading zeros, "0" for zero.
void append_hex_number(std::string& to, std::uint64_t number);

/// Appends binary data with `#`, `$`, `}` and `*` escaped as `}` and the byte ^ 0x20.
void append_escaped(std::string& to, ByteSpan bytes);
/// Whether append_escaped makes two characters of this byte.
bool needs_escape(Byte byte);
/// Undoes append_escaped. nullopt when the data ends inside an escape.
std::optional<Bytes> unescape(std::string_view escaped);

/// Shortens runs as RSP does: `0* ` for `0000`. Only for replies of plain text: a payload with binary data,
/// or with a `*` of its own, must be sent as it is.
std::string run_length_encode(std::string_view payload);

}  // namespace gdbhub::rsp
