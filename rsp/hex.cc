#include "rsp/hex.h"

#include <emmintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace gdbhub::rsp {
namespace {

constexpr char kDigits[] = "0123456789abcdef";
constexpr Byte kEscape = '}';
constexpr Byte kEscapeMask = 0x20;

constexpr std::array<std::int8_t, 256> make_digit_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (int i = 0; i < 10; ++i) values[static_cast<std::size_t>('0' + i)] = static_cast<std::int8_t>(i);
  for (int i = 0; i < 6; ++i) {
    values[static_cast<std::size_t>('a' + i)] = static_cast<std::int8_t>(10 + i);
    values[static_cast<std::size_t>('A' + i)] = static_cast<std::int8_t>(10 + i);
  }
  return values;
}
constexpr auto kDigitValues = make_digit_values();

/// The digits of sixteen numbers below 16.
__m128i to_digits(__m128i nibbles) {
  const __m128i letters =
      _mm_and_si128(_mm_cmpgt_epi8(nibbles, _mm_set1_epi8(9)), _mm_set1_epi8('a' - '0' - 10));
  return _mm_add_epi8(_mm_add_epi8(nibbles, _mm_set1_epi8('0')), letters);
}

/// The first byte in [at, end) that has to be escaped, or `end`.
const Byte* find_special(const Byte* at, const Byte* end) {
  for (; end - at >= 16; at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto equals = [block](char c) { return _mm_cmpeq_epi8(block, _mm_set1_epi8(c)); };
    const __m128i special =
        _mm_or_si128(_mm_or_si128(equals('#'), equals('$')), _mm_or_si128(equals('}'), equals('*')));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(special));
    if (mask != 0) return at + std::countr_zero(mask);
  }
  return std::find_if(at, end, needs_escape);
}

template <class Container>
bool decode(std::string_view digits, Container& to) {
  if (digits.size() % 2 != 0) return false;
  to.resize(digits.size() / 2);
  int seen = 0;  // negative as soon as one digit is bad
  for (std::size_t i = 0; i < to.size(); ++i) {
    const int high = hex_digit(digits[2 * i]);
    const int low = hex_digit(digits[2 * i + 1]);
    seen |= high | low;
    to[i] = static_cast<typename Container::value_type>((high & 0xf) << 4 | (low & 0xf));
  }
  return seen >= 0;
}

/// Appends `length` times `c`.
void append_run(std::string& to, char c, std::size_t length) {
  constexpr std::size_t kFewest = 3, kMost = '~' - 29;  // repeats that one count character can say
  constexpr std::string_view kReserved = "#$+-";
  while (length > kFewest) {
    std::size_t repeats = std::min(length - 1, kMost);
    while (kReserved.find(static_cast<char>(repeats + 29)) != std::string_view::npos) --repeats;
    to += c;
    to += '*';
    to += static_cast<char>(repeats + 29);
    length -= repeats + 1;
  }
  to.append(length, c);
}

}  // namespace

int hex_digit(char c) {
  return kDigitValues[static_cast<unsigned char>(c)];
}

void append_hex(std::string& to, ByteSpan bytes) {
  const std::size_t start = to.size();
  to.resize(start + 2 * bytes.size());
  char* out = to.data() + start;
  std::size_t i = 0;
  for (; i + 16 <= bytes.size(); i += 16, out += 32) {
    const __m128i in = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + i));
    const __m128i low_bits = _mm_set1_epi8(0x0f);
    const __m128i high = to_digits(_mm_and_si128(_mm_srli_epi16(in, 4), low_bits));
    const __m128i low = to_digits(_mm_and_si128(in, low_bits));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_unpacklo_epi8(high, low));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 16), _mm_unpackhi_epi8(high, low));
  }
  for (; i < bytes.size(); ++i) {
    *out++ = kDigits[bytes[i] >> 4];
    *out++ = kDigits[bytes[i] & 0xf];
  }
}

std::string to_hex(ByteSpan bytes) {
  std::string digits;
  append_hex(digits, bytes);
  return digits;
}

std::string to_hex(std::string_view text) {
  return to_hex(bytes_of(text));
}

std::optional<Bytes> from_hex(std::string_view digits) {
  Bytes bytes;
  if (!decode(digits, bytes)) return std::nullopt;
  return bytes;
}

std::optional<std::string> text_from_hex(std::string_view digits) {
  std::string text;
  if (!decode(digits, text)) return std::nullopt;
  return text;
}

void append_hex_number(std::string& to, std::uint64_t number) {
  int shift = (std::bit_width(number | 1) - 1) / 4 * 4;
  for (; shift >= 0; shift -= 4) to += kDigits[number >> shift & 0xf];
}

bool needs_escape(Byte byte) {
  return byte == '#' || byte == '$' || byte == '}' || byte == '*';
}

void append_escaped(std::string& to, ByteSpan bytes) {
  to.reserve(to.size() + bytes.size() + bytes.size() / 32);  // random bytes need 1/64 more
  const Byte* at = bytes.data();
  const Byte* const end = at + bytes.size();
  while (at != end) {
    const Byte* const special = find_special(at, end);
    to.append(reinterpret_cast<const char*>(at), static_cast<std::size_t>(special - at));
    if (special == end) break;
    to += static_cast<char>(kEscape);
    to += static_cast<char>(*special ^ kEscapeMask);
    at = special + 1;
  }
}

std::optional<Bytes> unescape(std::string_view escaped) {
  Bytes bytes;
  bytes.reserve(escaped.size());
  while (!escaped.empty()) {
    const std::size_t plain = std::min(escaped.find(static_cast<char>(kEscape)), escaped.size());
    bytes.insert(bytes.end(), escaped.begin(), escaped.begin() + static_cast<std::ptrdiff_t>(plain));
    escaped.remove_prefix(plain);
    if (escaped.empty()) break;
    if (escaped.size() == 1) return std::nullopt;
    bytes.push_back(static_cast<Byte>(escaped[1]) ^ kEscapeMask);
    escaped.remove_prefix(2);
  }
  return bytes;
}

std::string run_length_encode(std::string_view payload) {
  std::string encoded;
  encoded.reserve(payload.size());
  std::size_t copied = 0;
  std::size_t i = 0;  // always where a run begins
  while (i + 3 < payload.size()) {
    // Four alike are worth encoding. From the back: the first difference shows where the next run begins.
    if (payload[i + 3] != payload[i + 2]) {
      i += 3;
    } else if (payload[i + 2] != payload[i + 1]) {
      i += 2;
    } else if (payload[i + 1] != payload[i]) {
      i += 1;
    } else {
      const std::size_t end = std::min(payload.find_first_not_of(payload[i], i), payload.size());
      encoded += payload.substr(copied, i - copied);
      append_run(encoded, payload[i], end - i);
      copied = i = end;
    }
  }
  encoded += payload.substr(copied);
  return encoded;
}

}  // namespace gdbhub::rsp
