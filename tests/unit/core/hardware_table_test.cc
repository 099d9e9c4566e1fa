// The four debug registers and who has them.
#include "engines/core/hardware_table.h"

#include <gtest/gtest.h>

#include "arch/x86_isa.h"

namespace gdbhub::core {
namespace {

class HardwareTableTest : public ::testing::Test {
 protected:
  static HardwarePoint watch(std::uint64_t at, std::uint64_t length = 8) {
    return {HardwarePoint::Kind::Write, Address{at}, length};
  }
  bool claim(EngineId owner, const HardwarePoint& point) { return table.claim(owner, point, isa).ok(); }
  void park(EngineId owner, const HardwarePoint& point) { table.park(owner, point, isa); }

  static constexpr EngineId a{1}, b{2};
  arch::X86Isa isa;
  HardwareTable table;
};

TEST_F(HardwareTableTest, A36_EqualRequestsShareARegisterAndTheFifthIsRefused) {
  for (std::uint64_t at : {0x1000, 0x2000, 0x3000, 0x4000}) EXPECT_TRUE(claim(a, watch(at)));
  EXPECT_TRUE(claim(b, watch(0x2000)));
  const Result<> refused = table.claim(b, watch(0x5000), isa);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::Busy);
  table.unclaim(a, watch(0x2000), isa);
  EXPECT_FALSE(claim(b, watch(0x5000))) << "b is still in that register";
  table.unclaim(b, watch(0x2000), isa);
  EXPECT_TRUE(claim(b, watch(0x5000)));
}

TEST_F(HardwareTableTest, A49_WhatAnotherEngineHasPutAsideStaysReserved) {
  for (std::uint64_t at : {0x1000, 0x2000, 0x3000, 0x4000}) ASSERT_TRUE(claim(a, watch(at)));
  park(a, watch(0x1000));
  EXPECT_FALSE(claim(b, watch(0x5000)));
  EXPECT_TRUE(claim(a, watch(0x1000)));
}

TEST_F(HardwareTableTest, A49_WhatAnEngineHasPutAsideItselfMakesRoomForWhatItWantsNow) {
  for (std::uint64_t at : {0x1000, 0x2000, 0x3000, 0x4000}) ASSERT_TRUE(claim(a, watch(at)));
  ASSERT_TRUE(claim(b, watch(0x3000)));
  for (std::uint64_t at : {0x1000, 0x2000, 0x3000}) park(a, watch(at));
  EXPECT_FALSE(claim(a, watch(0x5000, 24))) << "needs three, and b is in the third";
  EXPECT_TRUE(claim(a, watch(0x1000))) << "a refusal costs nothing";
  EXPECT_TRUE(claim(a, watch(0x5000)));
  EXPECT_FALSE(claim(a, watch(0x2000))) << "that one had to go";
}

}  // namespace
}  // namespace gdbhub::core
