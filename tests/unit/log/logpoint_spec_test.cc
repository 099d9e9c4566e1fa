#include "engines/log/logpoint_spec.h"

#include <gtest/gtest.h>

#include "arch/x86_isa.h"
#include "engines/log/thread_context.h"

namespace gdbhub::log {
namespace {

Result<LogpointSpec> parse(std::string_view source) {
  static const arch::X86Isa isa;
  return LogpointSpec::parse(source, variables_of(isa));
}

std::string name_of(const CodeName& name) {
  if (name.kind == CodeName::Kind::Line) return name.name + " line " + std::to_string(name.line);
  return name.name + (name.offset != 0 ? " offset " + std::to_string(name.offset) : "");
}

/// "place | has a format | values | condition", or the error.
std::string summary(std::string_view source) {
  const auto spec = parse(source);
  if (!spec) return spec.error().text;
  std::string text = std::holds_alternative<Address>(spec->place) ? "address " + std::to_string(std::get<Address>(spec->place).value)
                                                                  : name_of(std::get<CodeName>(spec->place));
  text += spec->format ? " | format |" : " | |";
  for (const expr::Expression& value : spec->values) text += " " + value.source() + ";";
  if (spec->condition) text += " | if " + spec->condition->source();
  return text;
}

struct Case {
  const char* source;
  const char* meaning;
};
class Spec : public testing::TestWithParam<Case> {};

TEST_P(Spec, IsUnderstood) { EXPECT_EQ(summary(GetParam().source), GetParam().meaning); }

INSTANTIATE_TEST_SUITE_P(
    Locations, Spec,
    testing::Values(Case{"work", "work | |"}, Case{"  ns::work ", "ns::work | |"}, Case{"ns::work(int, char)", "ns::work(int, char) | |"},
                    Case{"pair<int, long>::first, 1", "pair<int, long>::first | | 1;"}, Case{"a.c:12", "a.c line 12 | |"},
                    Case{"/src/a.c:12", "/src/a.c line 12 | |"}, Case{"*0x10", "address 16 | |"}, Case{"*work + 4", "work offset 4 | |"},
                    Case{"*work+0x10,$pc", "work offset 16 | | $pc;"}, Case{"*ns::work", "ns::work | |"},
                    Case{"work if 5", "work | | | if 5"}));

INSTANTIATE_TEST_SUITE_P(
    Outputs, Spec,
    testing::Values(Case{R"(work:"n=%d", $rdi)", "work | format | $rdi;"}, Case{R"(work,"n=%d name=%s",$rdi,*(char**)$rsi)", "work | format | $rdi; *(char**)$rsi;"},
                    Case{R"(a.c:3:"x")", "a.c line 3 | format |"}, Case{R"(work, "100%%")", "work | format |"},
                    Case{"work, $arg1 + 1, $thread", "work | | $arg1 + 1; $thread;"}, Case{R"(work, "a" == $thread)", R"(work | | "a" == $thread;)"},
                    Case{R"(work:"%s", $thread if $hits > 3)", "work | format | $thread; | if $hits > 3"},
                    Case{"work if $rax == 1 && $thread != \"x\"", "work | | | if $rax == 1 && $thread != \"x\""},
                    Case{"work, $rax if($rax)", "work | | $rax; | if ($rax)"}));

INSTANTIATE_TEST_SUITE_P(
    Errors, Spec,
    testing::Values(Case{"", "A location is missing: FUNCTION, FILE:LINE or *ADDRESS\n    \n    ^"},
                    Case{", 1", "A location is missing: FUNCTION, FILE:LINE or *ADDRESS\n    , 1\n    ^"},
                    Case{"a.c:x", "This is no line number\n    a.c:x\n        ^"}, Case{"a.c:0", "This is no line number\n    a.c:0\n        ^"},
                    Case{"*", "An address or a function is missing\n    *\n     ^"}, Case{"*0xg", "This is no address\n    *0xg\n     ^"},
                    Case{"*f+x", "This is no offset in bytes\n    *f+x\n       ^"},
                    Case{"work $rax", "This is no part of a function's name; a comma ends the location\n    work $rax\n         ^"},
                    Case{"work, ", "A value is missing\n    work, \n          ^"},
                    Case{R"(work, "%d")", "The format takes 1 values, and 0 are given\n    work, \"%d\"\n          ^"},
                    Case{R"(work, "%d", $thread)", "\"$thread\" is text: it takes %s\n    work, \"%d\", $thread\n          ^"},
                    Case{R"(work, "%f", 1)", "Floating point and wide characters cannot be printed by the hub\n    work, \"%f\", 1\n          ^"},
                    Case{R"(work, "%d)", "The format has no closing \"\n    work, \"%d\n          ^"},
                    Case{"work, 1 2", "A comma, \"if\" or the end should be here\n    work, 1 2\n            ^"},
                    Case{"work if", "work if | |"},
                    Case{"work if $thread", "A condition is a number; compare text with == or !=\n    work if $thread\n         ^"},
                    Case{"work if 1 1", "The condition has ended before this\n    work if 1 1\n              ^"},
                    Case{"work, $xmm0", "There is no variable $xmm0\n    work, $xmm0\n          ^"}));

TEST(SpecLimits, SoManyValuesAndNoMore) {
  std::string source = "work";
  for (std::size_t i = 0; i < LogpointSpec::kMaxValues; ++i) source += ",1";
  EXPECT_TRUE(parse(source));
  EXPECT_FALSE(parse(source + ",1"));
}

TEST(Variables, NameRegistersAndArguments) {
  for (const char* name : {"$rax", "$r15", "$rip", "$eflags", "$pc", "$sp", "$fp", "$arg1", "$arg6", "$ret", "$tid", "$pid", "$hits"})
    EXPECT_TRUE(parse(std::string("work, ") + name)) << name;
  for (const char* name : {"$arg0", "$arg7", "$st0", "$", "$RAX"}) EXPECT_FALSE(parse(std::string("work, ") + name)) << name;
}

}  // namespace
}  // namespace gdbhub::log
