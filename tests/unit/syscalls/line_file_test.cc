// Lines to a file that may take nothing.
#include "engines/syscalls/line_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/virtual_loop.h"

namespace gdbhub::syscalls {
namespace {

using namespace std::chrono_literals;

class Lines : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK), 0);
    reader_.reset(ends_[0]);
  }
  /// All that can be read now.
  std::string drain() {
    std::string text;
    std::array<char, 65536> part;
    for (ssize_t count; (count = ::read(reader_.get(), part.data(), part.size())) > 0;) text.append(part.data(), static_cast<std::size_t>(count));
    return text;
  }
  void pass_time() {
    loop_.advance(100ms);
    loop_.run();
  }

  test::VirtualLoop loop_;
  std::array<int, 2> ends_{};
  UniqueFd reader_;
};

TEST_F(Lines, AreWrittenInOneGoWhenTheLoopHasItsTurn) {
  LineFile file(loop_, UniqueFd(ends_[1]));
  file.push("one");
  file.push("two");
  EXPECT_EQ(drain(), "");
  loop_.run();
  EXPECT_EQ(drain(), "one\ntwo\n");
}

TEST_F(Lines, OfTheLastMomentAreWrittenWhenTheFileGoes) {
  {
    LineFile file(loop_, UniqueFd(ends_[1]));
    file.push("last");
  }
  EXPECT_EQ(drain(), "last\n");
  loop_.run();  // what was posted knows that the file has gone
}

TEST_F(Lines, A23_AReaderThatDoesNotReadLosesLinesAndIsToldHowMany) {
  LineFile file(loop_, UniqueFd(ends_[1]));
  const std::string line(999, 'x');
  for (int i = 0; i < 1200; ++i) {  // 1.2 MB: the bound is 1 MiB, the pipe takes 64 KiB more
    file.push(line);
    if (i == 0) loop_.run();
  }
  std::string text;
  for (int i = 0; i < 100; ++i) {
    text += drain();
    pass_time();
  }
  file.push("afterwards");
  pass_time();
  text += drain();
  const auto whole = static_cast<std::size_t>(std::count(text.begin(), text.end(), 'x')) / line.size();
  EXPECT_GT(whole, 1000u);
  EXPECT_LT(whole, 1200u);
  EXPECT_NE(text.find("[" + std::to_string(1200 - whole) + " lines lost]\nafterwards\n"), std::string::npos)
      << text.substr(text.size() - 100);
}

TEST_F(Lines, AClosedPipeIsNoHarm) {
  const auto before = ::signal(SIGPIPE, SIG_IGN);  // as in the hub
  LineFile file(loop_, UniqueFd(ends_[1]));
  reader_.reset();
  file.push("nobody");
  loop_.run();
  file.push("nobody");
  loop_.run();
  ::signal(SIGPIPE, before);
}

TEST_F(Lines, AFileIsWrittenFromItsBeginningAndAPlaceThatCannotBeWrittenIsRefused) {
  char folder[] = "/tmp/gdbhub-lines-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  const std::string path = std::string(folder) + "/calls";
  std::ofstream(path) << "what was there before, and is longer";
  {
    const auto file = LineFile::open(loop_, path);
    ASSERT_TRUE(file);
    (*file)->push("new");
  }
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), "new\n");
  const auto refused = LineFile::open(loop_, std::string(folder) + "/none/calls");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text.find("No such file or directory"), std::string::npos);
  std::filesystem::remove_all(folder);
  ::close(ends_[1]);
}

}  // namespace
}  // namespace gdbhub::syscalls
