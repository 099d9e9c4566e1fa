#include "rsp/reader.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace gdbhub::rsp {
namespace {

TEST(Reader, ReadsAPacketFromLeftToRight) {
  Reader reader("m4005d0,10:rest;of it");
  EXPECT_EQ(reader.peek(), 'm');
  EXPECT_TRUE(reader.consume('m'));
  EXPECT_EQ(reader.hex(), 0x4005d0u);
  EXPECT_TRUE(reader.consume(','));
  EXPECT_EQ(reader.decimal(), 10u);
  EXPECT_TRUE(reader.consume(":re"));
  EXPECT_EQ(reader.until(';'), "st");
  EXPECT_EQ(reader.take(2), "of");
  EXPECT_EQ(reader.rest(), " it");
  EXPECT_EQ(reader.until(';'), " it");
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(reader.peek(), '\0');
}

TEST(Reader, ConsumesNothingThatDoesNotMatch) {
  Reader reader("xyz");
  EXPECT_FALSE(reader.consume('y'));
  EXPECT_FALSE(reader.consume("xz"));
  EXPECT_FALSE(reader.consume("xyzz"));
  EXPECT_EQ(reader.hex(), std::nullopt);
  EXPECT_EQ(reader.take(4), std::nullopt);
  EXPECT_EQ(reader.rest(), "xyz");
}

TEST(Reader, NumbersThatDoNotFitAreErrors) {
  for (const char* text : {"10000000000000000", "ffffffffffffffffff"}) {
    Reader reader(text);
    EXPECT_EQ(reader.hex(), std::nullopt);
    EXPECT_EQ(reader.rest(), text);
  }
  EXPECT_EQ(Reader("00000000000000000ffffffffffffffff").hex(), 0xffffffffffffffffu);
  EXPECT_EQ(Reader("18446744073709551616").decimal(), std::nullopt);
  EXPECT_EQ(Reader("18446744073709551615").decimal(), 18446744073709551615u);
}

TEST(Reader, SignedNumbersReachBothEndsOfTheirRange) {
  EXPECT_EQ(Reader("-1").signed_hex(), -1);
  EXPECT_EQ(Reader("-8000000000000000").signed_hex(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(Reader("7fffffffffffffff").signed_hex(), std::numeric_limits<std::int64_t>::max());
  for (const char* text : {"8000000000000000", "-8000000000000001", "-", "--1", ""}) {
    Reader reader(text);
    EXPECT_EQ(reader.signed_hex(), std::nullopt) << text;
    EXPECT_EQ(reader.rest(), text);
  }
}

TEST(Reader, ASeparatorAtTheEndLeavesNothing) {
  Reader reader("a;");
  EXPECT_EQ(reader.until(';'), "a");
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(reader.until(';'), "");
}

RC_GTEST_PROP(ReaderProperty, ReadsWhatAppendHexNumberWrites, (std::uint64_t number)) {
  std::string text;
  append_hex_number(text, number);
  RC_ASSERT(Reader(text).hex() == number);
  RC_ASSERT(Reader(std::to_string(number)).decimal() == number);
}

}  // namespace
}  // namespace gdbhub::rsp
