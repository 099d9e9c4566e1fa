#include "rsp/breakpoint_request.h"

#include <gtest/gtest.h>

namespace gdbhub::rsp {
namespace {

TEST(BreakpointRequest, ParsesInsertAndRemoveOfEachType) {
  const BreakpointType types[] = {BreakpointType::Software, BreakpointType::Hardware,
                                  BreakpointType::WriteWatch, BreakpointType::ReadWatch,
                                  BreakpointType::AccessWatch};
  for (int i = 0; i < 5; ++i) {
    for (const char letter : {'Z', 'z'}) {
      const auto request = parse_breakpoint_request(letter + std::to_string(i) + ",4005d0,8");
      ASSERT_TRUE(request);
      EXPECT_EQ(request->insert, letter == 'Z');
      EXPECT_EQ(request->type, types[i]);
      EXPECT_EQ(request->address, Address{0x4005d0});
      EXPECT_EQ(request->kind, 8u);
      EXPECT_TRUE(request->conditions.empty() && request->commands.empty());
    }
  }
}

TEST(BreakpointRequest, ParsesConditionsOneBehindTheOther) {
  const auto request = parse_breakpoint_request("Z0,10,1;X2,2201X3,220027");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->conditions, (std::vector<Bytes>{{0x22, 0x01}, {0x22, 0x00, 0x27}}));
}

TEST(BreakpointRequest, TakesConditionsThatAreSeparated) {
  const auto request = parse_breakpoint_request("Z0,10,1;X1,27;X1,28");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->conditions, (std::vector<Bytes>{{0x27}, {0x28}}));
}

TEST(BreakpointRequest, ParsesCommandsBehindConditions) {
  const auto request = parse_breakpoint_request("Z0,10,1;X1,27;cmds:1,X2,2201X1,27");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->conditions, (std::vector<Bytes>{{0x27}}));
  EXPECT_EQ(request->commands, (std::vector<Bytes>{{0x22, 0x01}, {0x27}}));
  EXPECT_TRUE(request->persistent);
}

TEST(BreakpointRequest, CommandsWithoutPersistenceEndWithTheClient) {
  const auto request = parse_breakpoint_request("Z0,10,1;cmds:0,X1,27");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->commands.size(), 1u);
  EXPECT_FALSE(request->persistent);
}

TEST(BreakpointRequest, AnUnknownTypeIsUnsupportedRatherThanWrong) {
  const auto request = parse_breakpoint_request("Z5,10,1");
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().code, ErrorCode::Unsupported);
}

TEST(BreakpointRequest, RefusesWhatIsMalformed) {
  for (const char* text :
       {"", "X0,1,1", "Z", "Z0", "Z0,", "Z0,x,1", "Z0,1", "Z0,1,", "Z0,1,1x", "Z0,1,1;Y", "Z0,1,1;X",
        "Z0,1,1;X2,22", "Z0,1,1;X1,2", "Z0,1,1;X1,2g", "Z0,1,1;Xffffffffffffffff,22",
        "Z0,1,1;X8000000000000000,", "Z0,1,1;cmds:", "Z0,1,1;cmds:1", "Z0,1,1;X1,27x"}) {
    const auto request = parse_breakpoint_request(text);
    ASSERT_FALSE(request) << text;
    EXPECT_EQ(request.error().code, ErrorCode::InvalidArgument) << text;
  }
}

}  // namespace
}  // namespace gdbhub::rsp
