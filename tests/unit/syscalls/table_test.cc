// The table of system calls against the kernel's own header.
#include "engines/syscalls/table.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>

namespace gdbhub::syscalls {
namespace {

// The latest call that the table was written for; a newer header may have more.
constexpr long last_known = 450;

std::map<long, std::string> header() {
  std::map<long, std::string> names;
  std::ifstream file("/usr/include/x86_64-linux-gnu/asm/unistd_64.h");
  const std::regex define(R"(#define __NR_(\w+) (\d+))");
  for (std::string line; std::getline(file, line);)
    if (std::smatch match; std::regex_match(line, match, define)) names[std::stol(match[2])] = match[1];
  return names;
}

TEST(SyscallTable, HasEveryCallOfTheKernelsHeaderByItsName) {
  const auto names = header();
  ASSERT_GT(names.size(), 300u);
  for (const auto& [number, name] : names) {
    if (number > last_known) continue;
    const Call* call = find_call(number);
    ASSERT_NE(call, nullptr) << name;
    EXPECT_EQ(call->name, name);
    EXPECT_EQ(find_call(name), call);
  }
}

TEST(SyscallTable, KnowsNothingOfNumbersNamesAndClassesThatThereAreNot) {
  EXPECT_EQ(find_call(-1), nullptr);
  EXPECT_EQ(find_call(400), nullptr);  // a gap
  EXPECT_EQ(find_call(100'000), nullptr);
  EXPECT_EQ(find_call("opennat"), nullptr);
  EXPECT_FALSE(find_class("%fil"));
  EXPECT_FALSE(find_class(""));
}

TEST(SyscallTable, ClassesMayBeWrittenWithAndWithoutTheirSign) {
  EXPECT_EQ(find_class("%file"), File);
  EXPECT_EQ(find_class("file"), File);
  EXPECT_EQ(find_call("openat")->classes, Desc | File);
  EXPECT_EQ(find_call("getpid")->classes, Other);
}

TEST(SyscallTable, TheSizeOfABufferIsInTheArgumentBehindIt) {
  for (const Call& call : calls()) {
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
      if (call.arguments[i] != Arg::In && call.arguments[i] != Arg::SocketAddress) continue;
      ASSERT_LT(i + 1, call.arguments.size()) << call.name;
      const Arg next = call.arguments[i + 1];
      EXPECT_TRUE(next == Arg::Size || next == Arg::Int || next == Arg::Unsigned) << call.name;
    }
  }
}

}  // namespace
}  // namespace gdbhub::syscalls
