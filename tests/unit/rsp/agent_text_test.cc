#include "rsp/agent_text.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "rsp/hex.h"

namespace gdbhub::rsp {
namespace {

/// `hex`: as in Z packets. Register 6 is $rbp, others are $rN.
std::string text(std::string_view hex) {
  const auto program = AgentProgram::compile(*from_hex(hex));
  if (!program) return "error: " + program.error().text;
  return describe(*program, [](unsigned number) { return number == 6 ? std::string("rbp") : "r" + std::to_string(number); });
}

TEST(AgentText, AVariableOnTheStackIsReadFromItsPlace) {
  // reg 6, const8 16, add, const8 -36, ext 8, add, ref32, ext 32, const8 3, equal, end: "i == 3" as GDB compiles it
  EXPECT_EQ(text("260006" "2210" "02" "22dc" "1608" "02" "19" "1620" "2203" "13" "27"), "*(int32_t *)($rbp - 20) == 3");
}

TEST(AgentText, AComparisonReadsAsItWasWritten) {
  EXPECT_EQ(text("260005" "2264" "2b" "14" "27"), "$r5 > 100");         // swap, less_signed
  EXPECT_EQ(text("260005" "2264" "2b" "14" "0e" "27"), "$r5 <= 100");   // and log_not
  EXPECT_EQ(text("260005" "2264" "13" "0e" "27"), "$r5 != 100");
  EXPECT_EQ(text("260005" "0e" "27"), "!$r5");
}

TEST(AgentText, BranchesAreAndAndOr) {
  // As GDB compiles them: 0 reg 5, 3 if_goto 9, 6 goto 23, 9 reg 4, 12 if_goto 18, 15 goto 23, 18 const 1, 20 goto 25, 23 const 0, 25 end
  EXPECT_EQ(text("260005" "200009" "210017" "260004" "200012" "210017" "2201" "210019" "2200" "27"), "$r5 && $r4");
  // 0 reg 5, 3 if_goto 17, 6 reg 4, 9 if_goto 17, 12 const 0, 14 goto 19, 17 const 1, 19 end
  EXPECT_EQ(text("260005" "200011" "260004" "200011" "2200" "210013" "2201" "27"), "$r5 || $r4");
}

TEST(AgentText, WhatHasALoopIsCounted) {
  EXPECT_EQ(text("2201" "200000" "2201" "27"), "4 instructions");
}

}  // namespace
}  // namespace gdbhub::rsp
