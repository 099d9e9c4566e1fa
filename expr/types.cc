#include "expr/types.h"

#include <algorithm>
#include <iterator>

namespace gdbhub::expr {
namespace {

constexpr unsigned kMaxPointers = 8;

struct NamedType {
  std::string_view name;
  unsigned size;
  bool is_signed;
};
constexpr NamedType kNamed[] = {
    {"void", 0, false},    {"bool", 1, false},     {"int8_t", 1, true},    {"int16_t", 2, true},
    {"int32_t", 4, true},  {"int64_t", 8, true},   {"uint8_t", 1, false},  {"uint16_t", 2, false},
    {"uint32_t", 4, false}, {"uint64_t", 8, false}, {"size_t", 8, false},   {"ssize_t", 8, true},
    {"intptr_t", 8, true}, {"uintptr_t", 8, false}, {"ptrdiff_t", 8, true},
};

/// The words that C combines in any order: "unsigned long int".
struct Words {
  int chars = 0, shorts = 0, ints = 0, longs = 0, signs = 0, unsigneds = 0;

  bool take(std::string_view word) {
    const struct {
      std::string_view word;
      int Words::*count;
    } known[] = {{"char", &Words::chars}, {"short", &Words::shorts},  {"int", &Words::ints},
                 {"long", &Words::longs}, {"signed", &Words::signs}, {"unsigned", &Words::unsigneds}};
    const auto found = std::ranges::find(known, word, [](const auto& entry) { return entry.word; });
    if (found == std::end(known)) return false;
    ++(this->*found->count);
    return true;
  }
  std::optional<Type> type() const {
    const int all = chars + shorts + ints + longs + signs + unsigneds;
    if (all == 0 || signs + unsigneds > 1 || chars > 1 || shorts > 1 || ints > 1 || longs > 2) return std::nullopt;
    if ((chars != 0) + (shorts != 0) + (longs != 0) > 1 || (chars != 0 && ints != 0)) return std::nullopt;
    return Type{chars ? 1u : shorts ? 2u : longs ? 8u : 4u, unsigneds == 0, 0, false};
  }
};

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

std::optional<Type> take_base(TextCursor& from) {
  TextCursor next = from;
  const std::string_view name = take_name(next);
  const auto named = std::ranges::find(kNamed, name, &NamedType::name);
  if (named != std::end(kNamed)) {
    from = next;
    return Type{named->size, named->is_signed, 0, false};
  }
  Words words;
  for (next = from;;) {
    skip_blanks(next);
    if (!words.take(take_name(next))) break;
    from = next;
  }
  return words.type();
}

}  // namespace

std::string_view take_name(TextCursor& from) {
  const std::string_view rest = from.rest();
  if (rest.empty() || !is_name_start(rest.front())) return {};
  const auto end = std::ranges::find_if_not(rest, is_name);
  return *from.take(static_cast<std::size_t>(end - rest.begin()));
}

void skip_blanks(TextCursor& from) {
  while (from.consume(' ') || from.consume('\t')) {
  }
}

std::optional<Type> take_type(TextCursor& from) {
  TextCursor next = from;
  std::optional<Type> type = take_base(next);
  if (!type) return std::nullopt;
  for (skip_blanks(next); next.consume('*'); skip_blanks(next))
    if (++type->pointers > kMaxPointers) return std::nullopt;
  from = next;
  return type;
}

}  // namespace gdbhub::expr
