// Source lines of a program that runs, and what keeps them from being shown.
#include "arch/source_text.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace gdbhub::arch {
namespace {

constexpr std::string_view kSource = R"(#include <stdio.h>
#include <unistd.h>

int work(int x) {
  return x + 1;
}
int main(void) {
  printf("%d %p\n", getpid(), (void *)work);
  fflush(stdout);
  pause();
}
)";

class SourceTextTest : public testing::Test {
 protected:
  SourceTextTest() {
    std::filesystem::create_directories(folder_);
    std::ofstream(source_) << kSource;
    EXPECT_EQ(std::system(("cd " + folder_ + " && gcc -g -O0 pauses.c -o pauses").c_str()), 0);
    program_ = ::popen(("exec " + folder_ + "/pauses").c_str(), "r");
    void* work = nullptr;
    EXPECT_EQ(std::fscanf(program_, "%d %p", &pid_.value, &work), 2);
    work_ = Address{reinterpret_cast<std::uintptr_t>(work)};
  }
  ~SourceTextTest() override {
    ::kill(pid_.value, SIGKILL);
    ::pclose(program_);
    std::filesystem::remove_all(folder_);
  }

  const std::string folder_ = testing::TempDir() + "source_text_" + std::to_string(::getpid());
  const std::string source_ = folder_ + "/pauses.c";
  std::FILE* program_ = nullptr;
  Pid pid_;
  Address work_;
};

TEST_F(SourceTextTest, TheLineOfAnAddressIsAmongThoseAroundIt) {
  const auto text = source_around(pid_, work_, 2).value();
  EXPECT_EQ(text.file, source_);
  EXPECT_EQ(text.line, 4u);
  EXPECT_EQ(text.first, 2u);
  EXPECT_EQ(text.lines, (std::vector<std::string>{"#include <unistd.h>", "", "int work(int x) {", "  return x + 1;", "}"}));
  EXPECT_FALSE(text.is_newer);
}

TEST_F(SourceTextTest, AFileThatWasChangedSinceIsToldApart) {
  std::filesystem::last_write_time(source_, std::filesystem::last_write_time(folder_ + "/pauses") + std::chrono::seconds(5));
  EXPECT_TRUE(source_around(pid_, work_, 2).value().is_newer);
}

TEST_F(SourceTextTest, WhatIsNotThereIsSaid) {
  EXPECT_EQ(source_around(pid_, Address{8}, 2).error().text, "the source line is not known");
  std::ofstream(source_, std::ios::trunc) << "short\n";
  EXPECT_EQ(source_around(pid_, work_, 2).error().text, source_ + " has no line 4");
  std::filesystem::remove(source_);
  EXPECT_EQ(source_around(pid_, work_, 2).error().text, source_ + " is not here");
}

TEST_F(SourceTextTest, AFileThatTheProgramsUserMayNotReadIsNotShown) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to make a file of another user's";
  ASSERT_EQ(::chown(source_.c_str(), 12345, 12345), 0);
  EXPECT_TRUE(source_around(pid_, work_, 2)) << "everybody may";
  ASSERT_EQ(::chmod(source_.c_str(), 0600), 0);
  EXPECT_EQ(source_around(pid_, work_, 2).error().code, ErrorCode::NotPermitted);
}

}  // namespace
}  // namespace gdbhub::arch
