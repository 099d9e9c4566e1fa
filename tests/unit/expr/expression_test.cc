#include "expr/expression.h"

#include <gtest/gtest.h>

#include <map>

namespace gdbhub::expr {
namespace {

const FindVariable kVariables = [](std::string_view name) -> std::optional<Variable> {
  if (name == "rax") return Variable{0, Type{}};
  if (name == "rsi") return Variable{1, Type{}};
  if (name == "pc") return Variable{2, Type::unsigned_long()};
  if (name == "thread") return Variable{3, Type::text()};
  return std::nullopt;
};

/// rax = 7, rsi = 0x1000, pc = 2^64 - 16, and some memory at 0x1000.
class World : public Context {
 public:
  World() {
    put(0x1000, std::uint64_t{0x1020});
    put(0x1008, std::uint64_t{0xffffffff80000001});
    const std::string_view hello("hello\0", 6);
    std::copy(hello.begin(), hello.end(), memory_.begin() + 0x20);
  }
  Result<Value> variable(unsigned number) override {
    ++reads;
    if (number == 3) return Value{0, "worker-1"};
    return Value{std::array{7ull, 0x1000ull, ~0ull - 15}.at(number), {}};
  }
  std::size_t read_memory(Address from, MutableByteSpan to) override {
    if (from.value < 0x1000 || from.value >= 0x1000 + memory_.size()) return 0;
    const std::size_t offset = from.value - 0x1000, count = std::min(to.size(), memory_.size() - offset);
    std::copy_n(memory_.begin() + static_cast<std::ptrdiff_t>(offset), count, to.begin());
    return count;
  }
  int reads = 0;

 private:
  void put(std::uint64_t at, std::uint64_t value) { store(MutableByteSpan(memory_).subspan(at - 0x1000), value); }
  std::array<Byte, 0x40> memory_{};
};

std::string calculate(std::string_view source) {
  TextCursor cursor(source);
  const auto parsed = Expression::parse(cursor, source, kVariables);
  if (!parsed) return parsed.error().text;
  if (!cursor.done()) return "left: " + std::string(cursor.rest());
  World world;
  const auto value = parsed->evaluate(world);
  if (!value) return value.error().text;
  if (parsed->type().is_text) return "\"" + value->text + "\"";
  return std::to_string(static_cast<std::int64_t>(value->number));
}

struct Case {
  const char* source;
  const char* value;
};
class Calculation : public testing::TestWithParam<Case> {};

TEST_P(Calculation, IsThatOfC) { EXPECT_EQ(calculate(GetParam().source), GetParam().value); }

INSTANTIATE_TEST_SUITE_P(
    All, Calculation,
    testing::Values(
        Case{"1 + 2 * 3", "7"}, Case{"(1 + 2) * 3", "9"}, Case{"10 - 4 - 3", "3"}, Case{"0x10 % 7", "2"},
        Case{"-7 / 2", "-3"}, Case{"-7 % 2", "-1"}, Case{"!0 + !5", "1"}, Case{"~0", "-1"}, Case{"- -4", "4"},
        Case{"1 << 4 | 1", "17"}, Case{"6 & 3 ^ 1", "3"}, Case{"-8 >> 1", "-4"}, Case{"1 << 64", "0"},
        Case{"(unsigned long)-8 >> 60", "15"}, Case{"1 < 2 == 1", "1"}, Case{"2 <= 1 || 3 >= 3", "1"},
        Case{"1 && 0", "0"}, Case{"2 && 3", "1"}, Case{"-1 < 1", "1"}, Case{"(unsigned long)-1 < 1", "0"},
        Case{"(unsigned)-1 > 0", "1"}, Case{"(char)0x1ff", "-1"}, Case{"(unsigned char)0x1ff", "255"},
        Case{"(long unsigned int)1", "1"}, Case{"(uint16_t)-1", "65535"}, Case{"'a' + 1", "98"}, Case{"'\\n'", "10"},
        Case{"(1 << 63) / -1", "-9223372036854775808"}, Case{"(1 << 63) % -1", "0"}, Case{"$rax * 6", "42"},
        Case{"0xffffffffffffffff > 1", "1"}, Case{"$pc > 5", "1"}));

INSTANTIATE_TEST_SUITE_P(
    Memory, Calculation,
    testing::Values(Case{"*$rsi", "4128"}, Case{"*(int*)($rsi + 8)", "-2147483647"},
                    Case{"*(unsigned*)($rsi+8)", "2147483649"}, Case{"((int*)$rsi)[2]", "-2147483647"},
                    Case{"((short*)$rsi)[5]", "-32768"}, Case{"**(char**)$rsi", "104"}, Case{"(*(char**)$rsi)[1]", "101"},
                    Case{"*(*(char**)$rsi + 4)", "111"}, Case{"1 + (int*)$rsi == 4100", "1"},
                    Case{"(int*)$rsi - 1 == 4092", "1"}, Case{"(int*)$rsi + 2 - (int*)$rsi", "2"},
                    Case{"$rsi[0]", "4128"}, Case{"*(char**)$rsi == \"hello\"", "1"},
                    Case{"\"hell\" == *(char**)$rsi", "0"}, Case{"*(char**)$rsi != \"hell\"", "1"},
                    Case{"$thread == \"worker-1\"", "1"}, Case{"$thread", "\"worker-1\""}, Case{"\"a\\tb\"", "\"a\tb\""},
                    Case{"*(int*)0", "Cannot read memory at 0x0"}, Case{"1 / ($rax - 7)", "Division by zero"},
                    Case{"$rax % 0", "Division by zero"}, Case{"$rax == 7 || *(int*)0", "1"},
                    Case{"$rax == 8 && *(int*)0", "0"},
                    Case{"(char*)8 == \"x\"", "A string to print runs into unmapped memory"}));

INSTANTIATE_TEST_SUITE_P(
    Errors, Calculation,
    testing::Values(Case{"$nope + 1", "There is no variable $nope\n    $nope + 1\n    ^"},
                    Case{"1 + ", "A value is missing\n    1 + \n        ^"},
                    Case{"(1", "A ) is missing\n    (1\n      ^"}, Case{"(int*)$rax[1", "A ] is missing\n    (int*)$rax[1\n                ^"},
                    Case{"*(void*)$rsi", "A void* has to be cast to say what it points to\n    *(void*)$rsi\n    ^"},
                    Case{"(void)1", "There are no values of the type void\n    (void)1\n    ^"},
                    Case{"12ab", "This is no number\n    12ab\n    ^"},
                    Case{"0x12345678901234567", "This is no number of 64 bits\n    0x12345678901234567\n    ^"},
                    Case{"1 + \"x\"", "Text can only be compared\n    1 + \"x\"\n      ^"},
                    Case{"$rax == \"x\"", "Only text or a char* can be compared with text\n    $rax == \"x\"\n         ^"},
                    Case{"-\"x\"", "Text can only be compared\n    -\"x\"\n    ^"},
                    Case{"\"x", "The text has no closing \"\n    \"x\n    ^"},
                    Case{"'ab'", "This is no character such as 'a' or '\\n'\n    'ab'\n    ^"},
                    Case{"work", "This is no value: a number, a $variable, 'c' or \"text\"\n    work\n    ^"},
                    Case{"(int*)$rsi - (char*)$rsi", "The pointers are to different types\n    (int*)$rsi - (char*)$rsi\n               ^"}));

TEST(Expression, WhatFollowsIsLeft) {
  EXPECT_EQ(calculate("1 + 2, 3"), "left: , 3");
  EXPECT_EQ(calculate("1 if 2"), "left: if 2");
}

TEST(Expression, KnowsItsSourceAndType) {
  const std::string_view text = "  (char*)$rsi  , 2";
  TextCursor cursor(text);
  const auto parsed = Expression::parse(cursor, text, kVariables);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->source(), "(char*)$rsi");
  EXPECT_EQ(parsed->type(), (Type{1, true, 1, false}));
}

TEST(Expression, IsBounded) {
  const auto starts = [](const std::string& text, std::string_view with) { return calculate(text).starts_with(with); };
  EXPECT_TRUE(starts(std::string(10'000, '('), "The expression is nested too deeply"));
  EXPECT_TRUE(starts(std::string(10'000, '-') + "1", "The expression is nested too deeply"));
  std::string sum = "1";
  for (int i = 0; i < 200; ++i) sum += "+1";
  EXPECT_TRUE(starts(sum, "The expression is too long"));
  EXPECT_TRUE(starts("(char" + std::string(20, '*') + ")1", "This is no value"));
  EXPECT_TRUE(starts("\"" + std::string(5'000, 'x') + "\"", "The text is too long"));
}

TEST(Expression, TheCaretStandsUnderThePlaceInLongSources) {
  const std::string error = calculate(std::string(150, ' ') + "1+$nope" + std::string(150, ' '));
  const auto first = error.find('\n'), second = error.find('\n', first + 1);
  const std::string shown = error.substr(first + 1, second - first - 1), caret = error.substr(second + 1);
  EXPECT_LT(shown.size(), 120u);
  EXPECT_EQ(shown.substr(caret.size() - 1, 5), "$nope");
}

}  // namespace
}  // namespace gdbhub::expr
