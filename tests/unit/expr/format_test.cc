#include "expr/format.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdio>

namespace gdbhub::expr {
namespace {

/// Memory with one mapping at 0x1000.
class Memory {
 public:
  explicit Memory(std::string content) : content_(std::move(content)) {}
  std::size_t operator()(Address from, MutableByteSpan to) const {
    if (from < kBase || from - kBase >= content_.size()) return 0;
    const std::size_t count = std::min(to.size(), content_.size() - (from - kBase));
    std::copy_n(content_.begin() + static_cast<std::ptrdiff_t>(from - kBase), count, to.begin());
    return count;
  }
  static constexpr Address kBase{0x1000};

 private:
  std::string content_;
};

std::string print(std::string_view text, std::vector<std::uint64_t> values = {}, std::string memory = {}) {
  const auto format = Format::parse(text);
  if (!format) return "parse: " + format.error().text;
  if (format->arguments() != values.size()) return "arguments: " + std::to_string(format->arguments());
  const auto rendered = format->render(values, Memory(std::move(memory)));
  return rendered ? *rendered : "render: " + rendered.error().text;
}

TEST(Format, ReplacesTheEscapesOfCSource) {
  EXPECT_EQ(print(R"(a\tb\n\"q\" \\ \e[0m \101\0601%%)"), "a\tb\n\"q\" \\ \033[0m A01%");
  EXPECT_FALSE(Format::parse("\\"));
  EXPECT_FALSE(Format::parse("\\z"));
}

TEST(Format, CutsIntegersToTheirLength) {
  EXPECT_EQ(print("%d %i %ld %lld", {~0ull, 0x1ffffffff, ~0ull, 5}), "-1 -1 -1 5");
  EXPECT_EQ(print("%u %lu %hhu %hd", {~0ull, ~0ull, 0x1ff, 0x8000}),
            "4294967295 18446744073709551615 255 -32768");
  EXPECT_EQ(print("%x %lx %#lX %o", {0xabcdef0123, 0xabcdef0123, 0xab, 8}), "cdef0123 abcdef0123 0XAB 10");
  EXPECT_EQ(print("%ld", {0x8000000000000000}), "-9223372036854775808");
}

TEST(Format, ShowsCharactersPointersAndStrings) {
  EXPECT_EQ(print("<%c|%3c|%-3c>", {'a', 'b', 'c'}), "<a|  b|c  >");
  EXPECT_EQ(print("%p %p", {0x7ffff000, 0}), "0x7ffff000 0x0");
  EXPECT_EQ(print("<%s|%8s|%.2s>", {0x1000, 0x1002, 0x1000}, std::string("hello\0", 6)),
            "<hello|     llo|he>");
  EXPECT_EQ(print("%s", {0}), "(null)");
}

TEST(Format, AStringMustEndInsideTheMapping) {
  EXPECT_EQ(print("%s", {0x1000}, "abc"), "render: A string to print runs into unmapped memory");
  EXPECT_EQ(print("%.3s", {0x1000}, "abc"), "abc");
  EXPECT_EQ(print("%s", {0x2000}, "abc"), "render: A string to print runs into unmapped memory");
}

TEST(Format, AnEndlessStringIsCutOff) {
  EXPECT_EQ(print("%s", {0x1000}, std::string(10000, 'x')).size(), Format::kMaxField);
}

TEST(Format, RefusesWhatItCannotPrint) {
  for (const char* text : {"%f", "%5.2f", "%Lg", "%ls", "%lc"}) {
    const auto format = Format::parse(text);
    ASSERT_FALSE(format) << text;
    EXPECT_EQ(format.error().code, ErrorCode::Unsupported) << text;
  }
  for (const char* text :
       {"%", "%5", "%l", "%n", "%*d", "%.*d", "%y", "%99999d", "%.99999d", "%99999999999999999999d"}) {
    const auto format = Format::parse(text);
    ASSERT_FALSE(format) << text;
  }
}

RC_GTEST_PROP(FormatProperty, IntegersLookAsInC, (std::uint64_t any)) {
  const auto value = *rc::gen::elementOf(std::vector<std::uint64_t>{any, any & 0xff, 0, ~0ull, 1ull << 63});
  std::string text = "%";
  for (const char flag : *rc::gen::container<std::string>(rc::gen::element('-', '+', ' ', '#', '0')))
    text += flag;
  if (*rc::gen::arbitrary<bool>()) text += std::to_string(*rc::gen::inRange(1, 30));
  if (*rc::gen::arbitrary<bool>()) {
    text += '.';
    text += std::to_string(*rc::gen::inRange(0, 30));
  }
  text += *rc::gen::element<std::string>("", "hh", "h", "l", "ll", "j", "z", "t");
  text += *rc::gen::element('d', 'i', 'u', 'x', 'X', 'o');
  char expected[100];
  std::snprintf(expected, sizeof expected, text.c_str(), value);  // all go into one 64-bit register
  RC_ASSERT(print(text, std::vector{value}) == expected);
}

TEST(Format, PrintsTextOfTheHubToo) {
  const auto format = Format::parse("<%-4s|%.2s|%d>");
  ASSERT_TRUE(format);
  const std::vector<Format::Argument> values = {{0, "ab"}, {0, "abcd"}, {5, std::nullopt}};
  EXPECT_EQ(format->render(values, Memory("")).value(), "<ab  |ab|5>");
}

}  // namespace
}  // namespace gdbhub::expr
