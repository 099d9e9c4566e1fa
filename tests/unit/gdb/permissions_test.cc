#include "engines/gdb/permissions.h"

#include <gtest/gtest.h>

namespace gdbhub::gdb {
namespace {

constexpr Permission all[] = {Permission::WriteRegisters, Permission::WriteMemory, Permission::InsertBreakpoints,
                              Permission::Stop};

TEST(Permissions, EverythingIsAllowedAtFirstAndNothingToAnObserver_A38) {
  for (const Permission one : all) {
    EXPECT_TRUE(Permissions().check(one, false));
    const Result<> refused = Permissions().check(one, true);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::NotPermitted);
    EXPECT_TRUE(refused.error().text.starts_with("observers may not "));
  }
}

TEST(Permissions, WhatIsNamedChangesAndTheRestStays) {
  const auto first = Permissions().changed_by("WriteReg:0;InsertTrace:0;InsertFastTrace:1;Stop:0");
  ASSERT_TRUE(first);
  const auto second = first->changed_by("Stop:1");
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->check(Permission::WriteRegisters, false));
  EXPECT_TRUE(second->check(Permission::WriteMemory, false));
  EXPECT_TRUE(second->check(Permission::Stop, false));
}

TEST(Permissions, UnknownNamesAndValuesAreRefused) {
  for (const char* wrong : {"Write:1", "WriteReg", "WriteReg:", "WriteReg:2", "WriteReg:1;;Stop:1", "WriteReg:1 ", ":1"})
    EXPECT_FALSE(Permissions().changed_by(wrong)) << wrong;
  EXPECT_TRUE(Permissions().changed_by(""));
}

}  // namespace
}  // namespace gdbhub::gdb
