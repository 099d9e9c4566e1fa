#include "arch/disassembler.h"

#include <gtest/gtest.h>

namespace gdbhub::arch {
namespace {

TEST(Disassembler, ShowsAddressLengthAndText) {
  const Byte code[] = {0x55, 0x48, 0x89, 0xe5, 0xe8, 0x00, 0x00, 0x00, 0x00, 0xc3};
  const auto lines = Disassembler().disassemble(code, {0x1000}, 10);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0].text, "push rbp");
  EXPECT_EQ(lines[1].text, "mov rbp, rsp");
  EXPECT_EQ(lines[1].address, Address{0x1001});
  EXPECT_EQ(lines[1].length, 3U);
  EXPECT_EQ(lines[2].text, "call 0x1009");
  EXPECT_EQ(lines[3].text, "ret");
}

TEST(Disassembler, StopsAtTheCount) {
  const Byte code[] = {0x90, 0x90, 0x90};
  EXPECT_EQ(Disassembler().disassemble(code, {0}, 2).size(), 2U);
  EXPECT_TRUE(Disassembler().disassemble(code, {0}, 0).empty());
  EXPECT_TRUE(Disassembler().disassemble({}, {0}, 2).empty());
}

TEST(Disassembler, GoesOnByteByByteWhereNothingCanBeDecoded) {
  const Byte code[] = {0x06, 0x07, 0x90, 0xe8, 0x00};
  const auto lines = Disassembler().disassemble(code, {0x20}, 10);
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[0].text, "(bad)");
  EXPECT_EQ(lines[1].address, Address{0x21});
  EXPECT_EQ(lines[1].text, "(bad)");
  EXPECT_EQ(lines[2].text, "nop");
  EXPECT_EQ(lines[3].text, "(bad)");  // cut off
  EXPECT_EQ(lines[3].length, 1U);
}

}  // namespace
}  // namespace gdbhub::arch
