#include "gdbhub/procfs.h"

#include <charconv>

namespace gdbhub {
namespace {

constexpr std::string_view kBlanks = " \t";

/// Takes the text up to the next `separator` (or the end) off the front of `text`.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return taken;
}

std::string_view without_leading_blanks(std::string_view text) {
  const std::size_t start = text.find_first_not_of(kBlanks);
  return start == std::string_view::npos ? std::string_view{} : text.substr(start);
}

/// Takes the next word off the front of `text`; empty at the end.
std::string_view take_word(std::string_view& text) {
  text = without_leading_blanks(text);
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text.remove_prefix(word.size());
  return word;
}

/// The whole of `word` as a number.
template <class Int>
std::optional<Int> number(std::string_view word, int base = 10) {
  Int value{};
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value, base);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

template <class Int>
Int number_or(std::string_view word, Int otherwise, int base = 10) {
  return number<Int>(word, base).value_or(otherwise);
}

std::optional<Mapping> parse_mapping(std::string_view line) {
  std::string_view range = take_word(line);
  const auto begin = number<std::uint64_t>(take_until(range, '-'), 16);
  const auto end = number<std::uint64_t>(range, 16);
  const std::string_view permissions = take_word(line);
  const auto offset = number<std::uint64_t>(take_word(line), 16);
  take_word(line);  // the device
  const auto inode = number<std::uint64_t>(take_word(line));
  if (!begin || !end || *end < *begin || permissions.size() != 4 || !offset || !inode) return std::nullopt;

  Mapping mapping;
  mapping.range = {Address{*begin}, *end - *begin};
  mapping.readable = permissions[0] == 'r';
  mapping.writable = permissions[1] == 'w';
  mapping.executable = permissions[2] == 'x';
  mapping.shared = permissions[3] == 's';
  mapping.offset = *offset;
  mapping.inode = *inode;
  mapping.path = without_leading_blanks(line);
  return mapping;
}

/// How each line of a status file is taken over: its name, and what to do with the first word of its value.
struct StatusField {
  std::string_view name;
  void (*take)(TaskStatus& status, std::string_view value);
};

constexpr StatusField kStatusFields[] = {
    {"Name", [](TaskStatus& s, std::string_view value) { s.name = value; }},
    {"State", [](TaskStatus& s, std::string_view value) { s.state = value.empty() ? '?' : value.front(); }},
    {"Tgid", [](TaskStatus& s, std::string_view value) { s.process = Pid{number_or(value, 0)}; }},
    {"PPid", [](TaskStatus& s, std::string_view value) { s.parent = Pid{number_or(value, 0)}; }},
    {"TracerPid", [](TaskStatus& s, std::string_view value) { s.tracer = Tid{number_or(value, 0)}; }},
    {"Uid",
     [](TaskStatus& s, std::string_view value) {
       take_word(value);  // the real one
       s.user = static_cast<int>(number_or(take_word(value), ~0U));
     }},
    {"SigBlk",
     [](TaskStatus& s, std::string_view value) { s.blocked = number_or<std::uint64_t>(value, 0, 16); }},
    {"SigIgn",
     [](TaskStatus& s, std::string_view value) { s.ignored = number_or<std::uint64_t>(value, 0, 16); }},
    {"SigCgt",
     [](TaskStatus& s, std::string_view value) { s.caught = number_or<std::uint64_t>(value, 0, 16); }},
};

}  // namespace

std::vector<Mapping> parse_maps(std::string_view text) {
  std::vector<Mapping> mappings;
  while (!text.empty()) {
    if (auto mapping = parse_mapping(take_until(text, '\n'))) mappings.push_back(std::move(*mapping));
  }
  return mappings;
}

std::optional<TaskStat> parse_stat(std::string_view text) {
  // The name may hold blanks and parentheses, even ") R 1": only the last ')' of the file ends it.
  const std::size_t open = text.find(" (");
  const std::size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open + 2)
    return std::nullopt;

  TaskStat stat;
  stat.name = text.substr(open + 2, close - open - 2);
  const auto tid = number<int>(text.substr(0, open));
  std::string_view rest = text.substr(close + 1);
  rest = rest.substr(0, rest.find('\n'));
  const std::string_view state = take_word(rest);
  const auto parent = number<int>(take_word(rest));
  if (!tid || state.size() != 1 || !parent) return std::nullopt;
  stat.tid = Tid{*tid};
  stat.state = state.front();
  stat.parent = Pid{*parent};

  // proc(5) counts from 1; the parent is field 4.
  constexpr int kStartTime = 22;
  constexpr int kProcessor = 39;
  for (int field = 5; field <= kProcessor; ++field) {
    const std::string_view word = take_word(rest);
    if (field == kStartTime) stat.start_time = number_or<std::uint64_t>(word, 0);
    if (field == kProcessor) stat.processor = number_or(word, -1);
  }
  return stat;
}

std::optional<TaskStatus> parse_status(std::string_view text) {
  TaskStatus status;
  while (!text.empty()) {
    std::string_view value = take_until(text, '\n');
    const std::string_view name = take_until(value, ':');
    for (const StatusField& field : kStatusFields) {
      if (field.name == name) field.take(status, without_leading_blanks(value));
    }
  }
  if (status.process.value <= 0) return std::nullopt;
  return status;
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> parse_auxv(ByteSpan bytes) {
  constexpr std::size_t kEntry = 2 * sizeof(std::uint64_t);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> entries;
  for (; bytes.size() >= kEntry; bytes = bytes.subspan(kEntry)) {
    const auto type = load<std::uint64_t>(bytes);
    if (type == 0) break;
    entries.emplace_back(type, load<std::uint64_t>(bytes.subspan(sizeof type)));
  }
  return entries;
}

}  // namespace gdbhub
