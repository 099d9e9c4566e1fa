#include "rsp/stop_reply.h"

#include <gtest/gtest.h>

namespace gdbhub::rsp {
namespace {

TEST(StopReply, CarriesRegistersThreadAndCore) {
  const std::string text = StopReply(5)
                               .register_value(6, Bytes{0x10, 0xdf})
                               .register_value(0x10, Bytes{0xd0})
                               .register_value(0x108, Bytes{1})
                               .thread("p1f.20")
                               .core(11)
                               .text();
  EXPECT_EQ(text, "T0506:10df;10:d0;108:01;thread:p1f.20;core:b;");
}

TEST(StopReply, NamesTheReason) {
  EXPECT_EQ(StopReply(5).swbreak().text(), "T05swbreak:;");
  EXPECT_EQ(StopReply(5).hwbreak().text(), "T05hwbreak:;");
  EXPECT_EQ(StopReply(5).watchpoint(BreakpointType::WriteWatch, Address{0x404010}).text(),
            "T05watch:404010;");
  EXPECT_EQ(StopReply(5).watchpoint(BreakpointType::ReadWatch, Address{1}).text(), "T05rwatch:1;");
  EXPECT_EQ(StopReply(5).watchpoint(BreakpointType::AccessWatch, Address{1}).text(), "T05awatch:1;");
  EXPECT_EQ(StopReply(5).library().text(), "T05library:;");
  EXPECT_EQ(StopReply(5).fork("p2.2").text(), "T05fork:p2.2;");
  EXPECT_EQ(StopReply(5).vfork("p2.2").text(), "T05vfork:p2.2;");
  EXPECT_EQ(StopReply(5).vfork_done().text(), "T05vforkdone:;");
  EXPECT_EQ(StopReply(5).exec("/bin").text(), "T05exec:2f62696e;");
  EXPECT_EQ(StopReply(0).created().text(), "T00create:;");
  EXPECT_EQ(StopReply(5).syscall_entry(59).text(), "T05syscall_entry:3b;");
  EXPECT_EQ(StopReply(5).syscall_return(59).text(), "T05syscall_return:3b;");
  EXPECT_EQ(StopReply(0x8f).field("reason", "signal").text(), "T8freason:signal;");
}

TEST(StopReply, EndsNameTheProcessOnlyUnderMultiprocess) {
  EXPECT_EQ(exited_reply(1, std::nullopt), "W01");
  EXPECT_EQ(exited_reply(255, Pid{0x1f}), "Wff;process:1f");
  EXPECT_EQ(killed_reply(9, std::nullopt), "X09");
  EXPECT_EQ(killed_reply(11, Pid{0x1f}), "X0b;process:1f");
  EXPECT_EQ(thread_exited_reply(0, "p1f.20"), "w00;p1f.20");
  EXPECT_EQ(no_resumed_reply(), "N");
}

}  // namespace
}  // namespace gdbhub::rsp
