#include "expr/format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <utility>

#include "expr/bits.h"
#include "expr/escapes.h"
#include "gdbhub/text_cursor.h"

namespace gdbhub::expr {
namespace {

using Directive = Format::Directive;

Error bad_format(std::string why) {
  return {ErrorCode::InvalidArgument, 0, "Bad format string: " + why};
}

// -- parsing ------------------------------------------------------------------------------------

struct Flag {
  char letter;
  bool Directive::*member;
};
constexpr Flag kFlags[] = {{'-', &Directive::left},
                           {'+', &Directive::plus},
                           {' ', &Directive::space},
                           {'#', &Directive::alternate},
                           {'0', &Directive::zero}};

void parse_flags(TextCursor& from, Directive& to) {
  const auto known = [&] {
    return std::find_if(std::begin(kFlags), std::end(kFlags),
                        [&](const Flag& flag) { return flag.letter == from.peek(); });
  };
  for (const Flag* flag = known(); flag != std::end(kFlags); flag = known()) {
    to.*flag->member = true;
    from.take(1);
  }
}

/// A width or a precision. nullopt when it is larger than anything we print.
std::optional<std::size_t> parse_size(TextCursor& from) {
  if (from.peek() < '0' || from.peek() > '9') return 0;
  const auto number = from.decimal();
  if (!number || *number > Format::kMaxField) return std::nullopt;
  return static_cast<std::size_t>(*number);
}

struct LengthModifier {
  std::string_view text;
  unsigned bits;
};
/// The longer ones first: "h" would match "hh".
constexpr LengthModifier kLengths[] = {{"hh", 8}, {"h", 16}, {"ll", 64}, {"l", 64},
                                       {"j", 64}, {"z", 64}, {"t", 64},  {"L", 64}};

constexpr std::string_view kIntegers = "diuxXo";
constexpr std::string_view kFloats = "aAeEfFgG";

/// What is between `%` and its end.
Result<Directive> parse_directive(TextCursor& from) {
  Directive directive;
  parse_flags(from, directive);
  const auto width = parse_size(from);
  if (!width) return bad_format("a field is too wide");
  directive.width = *width;
  if (from.consume('.')) {
    directive.precision = parse_size(from);
    if (!directive.precision) return bad_format("a precision is too large");
  }
  bool has_length = false;
  for (const LengthModifier& length : kLengths) {
    if (!from.consume(length.text)) continue;
    directive.bits = length.bits;
    has_length = true;
    break;
  }
  directive.conversion = from.peek();
  from.take(1);
  if (kIntegers.find(directive.conversion) != std::string_view::npos) return directive;
  if (kFloats.find(directive.conversion) != std::string_view::npos || has_length) {
    return Error{ErrorCode::Unsupported, 0,
                 "Floating point and wide characters cannot be printed by the hub"};
  }
  if (std::string_view("csp").find(directive.conversion) == std::string_view::npos) {
    return bad_format("an unknown conversion");
  }
  return directive;
}

// -- rendering ----------------------------------------------------------------------------------

std::string digits_of(std::uint64_t magnitude, int base) {
  std::array<char, 64> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), magnitude, base).ptr;
  return {buffer.data(), end};
}

/// Of a letter of a hex number.
char to_upper(char c) {
  return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
}

/// Fills up to the width with blanks.
std::string padded(const Directive& how, std::string text) {
  if (text.size() < how.width) text.insert(how.left ? text.size() : 0, how.width - text.size(), ' ');
  return text;
}

/// Puts sign or "0x" in front, and zeros as precision and the zero flag want them.
std::string padded_number(const Directive& how, std::string_view prefix, std::string digits) {
  std::size_t least = how.precision.value_or(1);
  if (how.zero && !how.left && !how.precision && how.width > prefix.size()) least = how.width - prefix.size();
  if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
  return padded(how, std::string(prefix) + digits);
}

std::string render_signed(const Directive& how, std::uint64_t value) {
  value = sign_extend(value, how.bits);
  const bool negative = static_cast<std::int64_t>(value) < 0;
  std::string digits = digits_of(negative ? 0 - value : value, 10);
  if (value == 0 && how.precision == 0) digits.clear();
  return padded_number(how, negative ? "-" : how.plus ? "+" : how.space ? " " : "", std::move(digits));
}

std::string render_unsigned(const Directive& how, std::uint64_t value) {
  value = zero_extend(value, how.bits);
  const int base = how.conversion == 'u' ? 10 : how.conversion == 'o' ? 8 : 16;
  std::string digits = digits_of(value, base);
  if (value == 0 && how.precision == 0) digits.clear();
  if (how.alternate && base == 8 && !digits.starts_with('0')) digits.insert(0, 1, '0');
  std::string_view prefix;
  if (how.alternate && base == 16 && value != 0) prefix = how.conversion == 'X' ? "0X" : "0x";
  if (how.conversion == 'X') std::transform(digits.begin(), digits.end(), digits.begin(), to_upper);
  return padded_number(how, prefix, std::move(digits));
}

Result<std::string> render_directive(const Directive& how, const Format::Argument& argument, const ReadMemory& read) {
  const std::uint64_t value = argument.number;
  switch (how.conversion) {
    case 'd':
    case 'i': return render_signed(how, value);
    case 'c': return padded(how, std::string(1, static_cast<char>(value)));
    case 'p': return padded(how, "0x" + digits_of(value, 16));
    case 's': {
      const std::size_t most = how.precision.value_or(Format::kMaxField);
      if (argument.text) return padded(how, std::string(argument.text->substr(0, most)));
      auto text = tracee_string(Address{value}, most, read);
      if (!text) return text;
      return padded(how, std::move(*text));
    }
    default: return render_unsigned(how, value);
  }
}

}  // namespace

Result<Format> Format::parse(std::string_view source) {
  const auto text = replace_escapes(source);
  if (!text) return bad_format("an unknown escape");
  Format format;
  std::string literal;
  for (TextCursor reader(*text); !reader.done();) {
    if (!reader.consume('%')) {
      literal += *reader.take(1);
    } else if (reader.consume('%')) {
      literal += '%';
    } else {
      auto directive = parse_directive(reader);
      if (!directive) return directive.error();
      directive->before = std::exchange(literal, {});
      format.directives_.push_back(std::move(*directive));
    }
  }
  format.tail_ = std::move(literal);
  return format;
}

Result<std::string> Format::render(std::span<const Argument> arguments, const ReadMemory& read) const {
  std::string text;
  for (std::size_t i = 0; i < directives_.size(); ++i) {
    const auto field = render_directive(directives_[i], arguments[i], read);
    if (!field) return field;
    text += directives_[i].before;
    text += *field;
  }
  text += tail_;
  return text;
}

Result<std::string> Format::render(std::span<const std::uint64_t> values, const ReadMemory& read) const {
  std::vector<Argument> arguments;
  for (const std::uint64_t value : values) arguments.push_back({value, std::nullopt});
  return render(arguments, read);
}

}  // namespace gdbhub::expr
