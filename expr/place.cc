#include "expr/place.h"

#include <optional>

#include "expr/source_error.h"
#include "expr/types.h"

namespace gdbhub::expr {
namespace {

constexpr unsigned kMaxLine = 0x3fffffff;

std::optional<std::uint64_t> number(TextCursor& from) {
  return from.consume("0x") || from.consume("0X") ? from.hex() : from.decimal();
}

/// One place; `at` is where the text begins in the source.
class PlaceParser {
 public:
  PlaceParser(std::string_view text, std::string_view source)
      : text_(text), source_(source), at_(static_cast<std::size_t>(text.data() - source.data())) {}

  Result<Place> parse() {
    if (text_.empty()) return wrong(0, "A location is missing: FUNCTION, FILE:LINE or *ADDRESS");
    if (text_.starts_with('*')) return address();
    const auto colon = text_.rfind(':');
    if (colon != text_.npos && colon > 0 && text_[colon - 1] != ':') return line(colon);
    const auto odd = text_.find_first_of("\"'$");
    if (odd != text_.npos) return wrong(odd, "This is no part of a function's name; a comma ends the location");
    return Place(CodeName{.kind = CodeName::Kind::Function, .name = std::string(text_)});
  }

 private:
  Error wrong(std::size_t position, std::string_view why) const { return error_at(source_, at_ + position, why); }

  Result<Place> line(std::size_t colon) {
    TextCursor from(text_.substr(colon + 1));
    const auto line = from.decimal();
    if (!line || !from.done() || *line == 0 || *line > kMaxLine) return wrong(colon + 1, "This is no line number");
    return Place(CodeName{.kind = CodeName::Kind::Line, .name = std::string(text_.substr(0, colon)), .line = static_cast<unsigned>(*line)});
  }

  Result<Place> address() {
    TextCursor from(text_.substr(1));
    skip_blanks(from);
    if (from.peek() >= '0' && from.peek() <= '9') {
      const auto value = number(from);
      if (!value || !from.done()) return wrong(1, "This is no address");
      return Place(Address{*value});
    }
    CodeName name;
    const auto plus = from.rest().rfind('+');
    if (plus != std::string_view::npos) {
      TextCursor offset(from.rest().substr(plus + 1));
      skip_blanks(offset);
      const auto bytes = number(offset);
      if (!bytes || !offset.done()) return wrong(text_.rfind('+') + 1, "This is no offset in bytes");
      name.offset = *bytes;
    }
    std::string_view function = from.rest().substr(0, plus);
    function = function.substr(0, function.find_last_not_of(" \t") + 1);
    if (function.empty()) return wrong(1, "An address or a function is missing");
    name.name = function;
    return Place(std::move(name));
  }

  std::string_view text_, source_;
  std::size_t at_;
};

}  // namespace

Result<Place> parse_place(std::string_view text, std::string_view source) { return PlaceParser(text, source).parse(); }

}  // namespace gdbhub::expr
