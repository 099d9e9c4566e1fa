// What may stand behind --engine NAME:
#include <gtest/gtest.h>

#include "gdbhub/engine_kind.h"

namespace gdbhub {
namespace {

using Strings = std::vector<std::string>;

constexpr EngineOption known[] = {{"trace", "NAME,…", ""}, {"output", "FILE", ""}, {"hold", "SECONDS", ""}};

EngineOptions parsed(std::string_view text) {
  auto options = EngineOptions::parse(text, known);
  EXPECT_TRUE(options) << text;
  return options.value_or({});
}

std::string refused(std::string_view text) {
  const auto options = EngineOptions::parse(text, known);
  EXPECT_FALSE(options) << text;
  return options ? "" : options.error().text;
}

TEST(EngineOptions, APartWithoutAKeyContinuesTheListBeforeIt) {
  const EngineOptions options = parsed("trace=open,close,%file,output=/tmp/x");
  EXPECT_EQ(options.list("trace"), (Strings{"open", "close", "%file"}));
  EXPECT_EQ(options.list("output"), Strings{"/tmp/x"});
  EXPECT_TRUE(options.list("hold").empty());
  EXPECT_TRUE(options.has("trace"));
  EXPECT_FALSE(options.has("hold"));
}

TEST(EngineOptions, ABackslashTakesTheMeaningOfCommaEqualsAndBackslashAway) {
  EXPECT_EQ(parsed(R"(trace=a\,b,c\=d,e\\f)").list("trace"), (Strings{"a,b", "c=d", "e\\f"}));
  EXPECT_EQ(parsed("output=a=b").list("output"), Strings{"a=b"});  // behind the first one it means nothing
}

TEST(EngineOptions, NothingIsNoOptionsAndAnEmptyValueIsAValue) {
  EXPECT_FALSE(parsed("").has("trace"));
  EXPECT_EQ(parsed("output=").list("output"), Strings{""});
}

TEST(EngineOptions, UnknownDoubleAndShapelessOptionsAreRefused) {
  EXPECT_EQ(refused("color=red"), "there is no option color");
  EXPECT_EQ(refused("hold=1,trace=x,hold=2"), "hold is given twice");
  EXPECT_EQ(refused("open,trace=close"), "\"open\" is not KEY=VALUE");
}

TEST(EngineOptions, NumbersWordsAndSingleValuesAreChecked) {
  EXPECT_EQ(parsed("hold=12").number("hold", 5).value_or(0), 12u);
  EXPECT_EQ(parsed("hold=0x1f").number("hold", 5).value_or(0), 0x1fu);
  EXPECT_EQ(parsed("").number("hold", 5).value_or(0), 5u);
  for (const char* wrong : {"hold=", "hold=-1", "hold=1s", "hold=0x", "hold=1,2", "hold=99999999999999999999"})
    EXPECT_FALSE(parsed(wrong).number("hold", 5)) << wrong;
  EXPECT_EQ(parsed("hold=b").choice("hold", {"a", "b"}, 0).value_or(9), 1u);
  EXPECT_EQ(parsed("").choice("hold", {"a", "b"}, 1).value_or(9), 1u);
  const auto wrong = parsed("hold=c").choice("hold", {"a", "b"}, 0);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().text, "hold: \"c\" is not one of a, b");
  EXPECT_FALSE(parsed("output=a,b").text("output", ""));
}

}  // namespace
}  // namespace gdbhub
