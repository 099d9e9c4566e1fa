#include "engines/log/logpoint_spec.h"

#include <algorithm>
#include <utility>

#include "expr/escapes.h"
#include "expr/source_error.h"
#include "expr/types.h"

namespace gdbhub::log {
namespace {

using expr::error_at;
using expr::skip_blanks;

bool begins_condition(std::string_view text) {
  return text.starts_with(" if ") || text.starts_with("\tif ") || text.starts_with(" if\t") ||
         text.starts_with(" if(");
}

/// A colon that is neither C++'s nor that of FILE:LINE.
bool begins_format(std::string_view text) {
  if (!text.starts_with(':')) return false;
  const auto next = text.find_first_not_of(" \t", 1);
  return next != text.npos && text[next] == '"';
}

/// Up to a comma, a format or a condition; commas in parentheses and template arguments are the function's.
std::string_view take_location(TextCursor& from) {
  const std::string_view rest = from.rest();
  int depth = 0;
  std::size_t end = 0;
  for (; end < rest.size(); ++end) {
    const char c = rest[end];
    if (c == '(' || c == '<') ++depth;
    if ((c == ')' || c == '>') && depth > 0) --depth;
    if (depth == 0 && (c == ',' || begins_format(rest.substr(end)) || begins_condition(rest.substr(end))))
      break;
  }
  const std::string_view location = *from.take(end);
  return location.substr(0, location.find_last_not_of(" \t") + 1);
}

class SpecParser {
 public:
  SpecParser(std::string_view source, const expr::FindVariable& find)
      : source_(source), find_(find), from_(source) {}

  Result<LogpointSpec> parse() {
    skip_blanks(from_);
    const std::size_t at = position();
    spec_.location = take_location(from_);
    auto place = expr::parse_place(source_.substr(at, spec_.location.size()), source_);
    if (!place) return place.error();
    spec_.place = std::move(*place);
    skip_blanks(from_);
    if (from_.consume(',') || from_.consume(':')) {
      if (auto done = read_output(); !done) return done.error();
    }
    if (auto done = read_condition(); !done) return done.error();
    return std::move(spec_);
  }

 private:
  std::size_t position() const { return static_cast<std::size_t>(from_.rest().data() - source_.data()); }
  Error wrong(std::size_t at, std::string_view why) const { return error_at(source_, at, why); }

  /// The format, if there is one, and the expressions.
  Result<> read_output() {
    skip_blanks(from_);
    const std::size_t at = position();
    if (from_.peek() == '"') {
      // "text" == $thread begins with text, too.
      const TextCursor start = from_;
      const auto quoted = expr::take_quoted(from_);
      if (!quoted) return wrong(at, "The format has no closing \"");
      skip_blanks(from_);
      if (from_.done() || from_.peek() == ',' || from_.rest().starts_with("if")) {
        auto format = expr::Format::parse(*quoted);
        if (!format) return wrong(at, format.error().text);
        spec_.format = std::move(*format);
        if (!from_.consume(',')) return check_values(at);
      } else {
        from_ = start;
      }
    }
    if (auto done = read_values(); !done) return done;
    return check_values(at);
  }

  Result<> read_values() {
    do {
      if (spec_.values.size() == LogpointSpec::kMaxValues)
        return wrong(position(), "These are too many expressions");
      auto value = expr::Expression::parse(from_, source_, find_);
      if (!value) return value.error();
      spec_.values.push_back(std::move(*value));
      skip_blanks(from_);
    } while (from_.consume(','));
    return {};
  }

  Result<> check_values(std::size_t at) const {
    if (!spec_.format) return {};
    const std::size_t wanted = spec_.format->arguments(), given = spec_.values.size();
    if (wanted != given)
      return wrong(at, "The format takes " + std::to_string(wanted) + " values, and " +
                           std::to_string(given) + " are given");
    for (std::size_t i = 0; i < given; ++i)
      if (spec_.values[i].type().is_text && spec_.format->conversion(i) != 's')
        return wrong(at, "\"" + spec_.values[i].source() + "\" is text: it takes %s");
    return {};
  }

  Result<> read_condition() {
    skip_blanks(from_);
    if (from_.done()) return {};
    const std::size_t at = position();
    if (!from_.consume("if")) return wrong(at, "A comma, \"if\" or the end should be here");
    auto condition = expr::Expression::parse(from_, source_, find_);
    if (!condition) return condition.error();
    if (condition->type().is_text) return wrong(at, "A condition is a number; compare text with == or !=");
    spec_.condition = std::move(*condition);
    skip_blanks(from_);
    if (!from_.done()) return wrong(position(), "The condition has ended before this");
    return {};
  }

  std::string_view source_;
  const expr::FindVariable& find_;
  TextCursor from_;
  LogpointSpec spec_;
};

}  // namespace

Result<LogpointSpec> LogpointSpec::parse(std::string_view source, const expr::FindVariable& find) {
  return SpecParser(source, find).parse();
}

}  // namespace gdbhub::log
