#include "arch/flow.h"

#include <gtest/gtest.h>

namespace gdbhub::arch {
namespace {

constexpr Address kPc{0x401000};

std::optional<Flow> flow_of(const Bytes& code) {
  GeneralRegisters registers{};
  registers.cs = 0x33;
  return flow(code, kPc, registers);
}

TEST(Flow, MostInstructionsLeadToTheNextOne) {
  for (const auto& code : {Bytes{0x90}, Bytes{0x48, 0xff, 0xc0}, Bytes{0x0f, 0x05}, Bytes{0xf3, 0xa4}}) {
    const auto of = flow_of(code);
    ASSERT_TRUE(of);
    EXPECT_EQ(of->length, code.size());
    EXPECT_TRUE(of->falls_through && !of->leaves && !of->target) << int{code[0]};
  }
}

TEST(Flow, AJumpLeadsToItsTarget) {
  const auto to_itself = flow_of({0xeb, 0xfe});
  ASSERT_TRUE(to_itself);
  EXPECT_EQ(to_itself->target, kPc);
  EXPECT_FALSE(to_itself->falls_through || to_itself->leaves);
  const auto far_on = flow_of({0xe9, 0x00, 0x01, 0x00, 0x00});
  ASSERT_TRUE(far_on);
  EXPECT_EQ(far_on->target, kPc + 0x105);
}

TEST(Flow, AConditionalJumpLeadsToBoth) {
  for (const auto& code : {Bytes{0x75, 0xf0}, Bytes{0xe2, 0xf0}, Bytes{0xe3, 0xf0}}) {  // jne, loop, jrcxz
    const auto of = flow_of(code);
    ASSERT_TRUE(of);
    EXPECT_EQ(of->target, kPc - 14);
    EXPECT_TRUE(of->falls_through && !of->leaves);
  }
}

TEST(Flow, WhatCallsReturnsJumpsByARegisterOrTrapsHasToBeSeen) {
  for (const auto& code : {Bytes{0xe8, 0, 0, 0, 0}, Bytes{0xc3}, Bytes{0xff, 0xe0}, Bytes{0xff, 0xd0}, Bytes{0xcc}, Bytes{0xcd, 0x80},
                           Bytes{0x0f, 0x0b}, Bytes{0xf4}, Bytes{0x0f, 0x34}, Bytes{0xc7, 0xf8, 0, 0, 0, 0}, Bytes{0x66, 0xe9, 0, 0, 0, 0}}) {
    const auto of = flow_of(code);
    ASSERT_TRUE(of) << int{code[0]};
    EXPECT_TRUE(of->leaves && !of->falls_through && !of->target) << int{code[0]};
  }
}

TEST(Flow, WhatCannotBeDecodedLeadsNowhereThatIsKnown) {
  EXPECT_FALSE(flow_of({0x06}));        // no instruction in 64-bit code
  EXPECT_FALSE(flow_of({0x48}));        // cut off
  EXPECT_FALSE(flow({}, kPc, {}));
  GeneralRegisters compatible{};
  compatible.cs = 0x23;  // 32-bit code
  const Bytes nop{0x90};
  EXPECT_FALSE(flow(nop, kPc, compatible));
}

}  // namespace
}  // namespace gdbhub::arch
