#include "expr/place.h"

#include <gtest/gtest.h>

namespace gdbhub::expr {
namespace {

Place place(std::string_view text) { return parse_place(text, text).value(); }
std::string refusal(std::string_view text) {
  const auto parsed = parse_place(text, text);
  return parsed ? "none" : parsed.error().text;
}

TEST(Place, IsAFunctionALineOrAnAddress) {
  EXPECT_EQ(place("work"), Place(CodeName{.kind = CodeName::Kind::Function, .name = "work"}));
  EXPECT_EQ(place("ns::C<int, 2>::f(int)"), Place(CodeName{.kind = CodeName::Kind::Function, .name = "ns::C<int, 2>::f(int)"}));
  EXPECT_EQ(place("src/a.c:120"), Place(CodeName{.kind = CodeName::Kind::Line, .name = "src/a.c", .line = 120}));
  EXPECT_EQ(place("*0x401136"), Place(Address{0x401136}));
  EXPECT_EQ(place("*4198710"), Place(Address{4198710}));
  EXPECT_EQ(place("*work+0x10"), Place(CodeName{.kind = CodeName::Kind::Function, .name = "work", .offset = 16}));
}

TEST(Place, WhatIsNoneIsPointedAt) {
  EXPECT_NE(refusal("").find("A location is missing"), std::string::npos);
  EXPECT_NE(refusal("a.c:0").find("This is no line number\n    a.c:0\n        ^"), std::string::npos) << refusal("a.c:0");
  EXPECT_NE(refusal("*0x").find("This is no address"), std::string::npos);
  EXPECT_NE(refusal("*f+x").find("This is no offset"), std::string::npos);
  EXPECT_NE(refusal("f$x").find("no part of a function's name"), std::string::npos);
}

TEST(Place, TheErrorPointsIntoTheWholeSource) {
  const std::string_view source = "  a.c:x, 1";
  const auto parsed = parse_place(source.substr(2, 5), source);
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().text.find("  a.c:x, 1\n          ^"), std::string::npos) << parsed.error().text;
}

}  // namespace
}  // namespace gdbhub::expr
