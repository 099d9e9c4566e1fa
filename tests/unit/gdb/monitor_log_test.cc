// The event log as "monitor log" shows it (A40).
#include "engines/gdb/monitor_log.h"

#include <gtest/gtest.h>

namespace gdbhub::test {
namespace {

class MonitorLog : public ::testing::Test {
 protected:
  void write(EngineId by, std::string_view kind, decltype(Deed::what) what, Tid tid = Tid{7}) {
    const auto who = std::make_shared<const std::string>("gdb#" + std::to_string(by.value));
    journal.write(by, Pid{7}, tid, kind, Deed{who, what});
  }
  void step(EngineId by) {
    write(by, "resumed", Deed::Resumed{Action::SingleStep});
    write(by, "stopped", Deed::Stopped{HoldReason::Step});
  }
  std::vector<std::string> lines(std::size_t count = 20) {
    std::vector<std::string> texts = gdb::log_lines(journal.latest(), count);
    for (std::string& text : texts) text.erase(0, text.find(" tid ") + 5);  // the clock
    return texts;
  }
  using Lines = std::vector<std::string>;

  const EngineId a{1}, b{2};
  Journal journal;
};

TEST_F(MonitorLog, A40_DeedsAreSentences) {
  journal.write({}, Pid{7}, Tid{7}, "exec", "/bin/true");
  write(a, "resumed", Deed::Resumed{Action::Resume, SIGUSR1, 3});
  write(a, "breakpoint", Deed::Point{{0x401000}});
  write(b, "watchpoint", Deed::Point{{0x404000}, HardwarePoint::Kind::Access, 1});
  write(b, "breakpoint", Deed::Point{{0x404000}, HardwarePoint::Kind::Execute, 1});
  EXPECT_EQ(lines(), (Lines{"7 exec: /bin/true", "7 resumed: by gdb#1: runs on with User defined signal 1, 3 threads",
                            "7 breakpoint: at 0x401000, by gdb#1", "7 watchpoint: accesses to 1 byte at 0x404000, by gdb#2",
                            "7 breakpoint: in a debug register, at 0x404000, by gdb#2"}));
}

TEST_F(MonitorLog, A40_StepsOneAfterTheOtherAreOneLine) {
  for (int i = 0; i < 100; ++i) step(a);
  step(b);
  EXPECT_EQ(lines(), (Lines{"7 stepped: 100 times, by gdb#1: has stepped", "7 resumed: by gdb#2: one instruction",
                            "7 stopped: by gdb#2: has stepped"}));
}

TEST_F(MonitorLog, A40_OtherThreadsThatRunMeanwhileBelongToTheStep) {
  for (int i = 0; i < 3; ++i) {
    write(a, "resumed", Deed::Resumed{Action::SingleStep});
    write(a, "resumed", Deed::Resumed{Action::Resume, 0, 2}, Tid{8});
    write(a, "stopped", Deed::Stopped{HoldReason::Step});
  }
  write(a, "resumed", Deed::Resumed{Action::Resume, 0, 3});
  EXPECT_EQ(lines(), (Lines{"7 stepped: 3 times, by gdb#1: has stepped", "7 resumed: by gdb#1: runs on, 3 threads"}));
}

TEST_F(MonitorLog, A40_TheLatestLinesAreShown) {
  for (int i = 0; i < 5; ++i) journal.write({}, Pid{7}, Tid{7}, "signal", std::to_string(i));
  EXPECT_EQ(lines(2), (Lines{"7 signal: 3", "7 signal: 4"}));
  EXPECT_TRUE(lines(0).empty());
}

}  // namespace
}  // namespace gdbhub::test
