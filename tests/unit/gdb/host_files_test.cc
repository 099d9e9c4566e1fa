#include "engines/gdb/host_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "rsp/hex.h"

namespace gdbhub::gdb {
namespace {

/// A folder of its own, and a client that may write, unless a test makes it otherwise.
class HostFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "host_files_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    put("file", "0123456789");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  void put(const std::string& name, const std::string& text) { std::ofstream(path(name)) << text; }
  std::string get(const std::string& name) const {
    std::stringstream text;
    text << std::ifstream(path(name)).rdbuf();
    return text.str();
  }
  std::string open(const std::string& file, const std::string& flags = "0") {
    return files_.handle("open:" + rsp::to_hex(file) + "," + flags + ",1b6");
  }
  HostFiles make(bool may_write) {
    return HostFiles({may_write, [this](Pid pid, Address from, MutableByteSpan to) -> Result<std::size_t> {
                        asked_ = {pid, from};
                        if (error_) return Error{*error_, 0, "no"};
                        std::fill(to.begin(), to.end(), Byte{'m'});
                        return to.size();
                      }});
  }

  std::string folder_;
  std::pair<Pid, Address> asked_;
  std::optional<ErrorCode> error_;
  HostFiles files_ = make(true);
};

TEST_F(HostFilesTest, ReadsWindowsOfAFile) {
  ASSERT_EQ(open(path("file")), "F0");
  EXPECT_EQ(files_.handle("pread:0,4,2"), "F4;2345");
  EXPECT_EQ(files_.handle("pread:0,64,8"), "F2;89");
  EXPECT_EQ(files_.handle("pread:0,64,a"), "F0;");
  EXPECT_EQ(files_.handle("pread:0,4,ffffffffffffffff"), "F-1,16");
}

TEST_F(HostFilesTest, EscapesWhatIsSpecial) {
  put("file", "#}");
  ASSERT_EQ(open(path("file")), "F0");
  EXPECT_EQ(files_.handle("pread:0,64,0"), "F2;}\x03}]");
}

TEST_F(HostFilesTest, OneReadIsBounded) {
  ASSERT_EQ(open("/dev/zero"), "F0");
  const std::string reply = files_.handle("pread:0,7fffffffffffffff,0");
  EXPECT_EQ(reply.substr(0, reply.find(';')), "F100000");
  EXPECT_EQ(reply.size(), HostFiles::kMaxRead + 8);
}

TEST_F(HostFilesTest, WritesAndCreates) {
  ASSERT_EQ(open(path("new"), "602"), "F0");  // O_RDWR | O_CREAT | O_TRUNC
  EXPECT_EQ(files_.handle("pwrite:0,0,ab}\x03"), "F3");
  EXPECT_EQ(files_.handle("pwrite:0,4,,x"), "F2");
  EXPECT_EQ(get("new"), std::string("ab#\0,x", 6));
}

TEST_F(HostFilesTest, NumbersAreOfThisClientAndUsedAgain) {
  ASSERT_EQ(open(path("file")), "F0");
  ASSERT_EQ(open(path("file")), "F1");
  EXPECT_EQ(files_.handle("close:0"), "F0");
  EXPECT_EQ(files_.handle("close:0"), "F-1,9");
  EXPECT_EQ(files_.handle("pread:0,1,0"), "F-1,9");
  EXPECT_EQ(files_.handle("fstat:0"), "F-1,9");
  EXPECT_EQ(files_.handle("pread:2,1,0"), "F-1,9");
  EXPECT_EQ(open(path("file")), "F0");
  HostFiles other = make(true);
  EXPECT_EQ(other.handle("pread:1,1,0"), "F-1,9");
}

TEST_F(HostFilesTest, TooManyOpenFilesAreRefusedAndAllAreClosedInTheEnd) {
  const auto count_descriptors = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  };
  const auto before = count_descriptors();
  {
    HostFiles files = make(false);
    const std::string request = "open:" + rsp::to_hex(path("file")) + ",0,0";
    for (std::size_t i = 0; i < HostFiles::kMaxOpen; ++i) ASSERT_NE(files.handle(request), "F-1,18");
    EXPECT_EQ(files.handle(request), "F-1,18");
    EXPECT_EQ(files.handle("close:7"), "F0");
    EXPECT_EQ(files.handle(request), "F7");
    EXPECT_EQ(count_descriptors(), before + static_cast<std::ptrdiff_t>(HostFiles::kMaxOpen));
  }
  EXPECT_EQ(count_descriptors(), before);
}

TEST_F(HostFilesTest, DescriptorsAreNotInheritedAndNoFifoBlocks) {
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  ASSERT_EQ(open(path("fifo")), "F0");
  EXPECT_EQ(files_.handle("pread:0,1,0"), "F-1,1d");
  int found = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry, gone) != path("fifo")) continue;
    ++found;
    EXPECT_NE(::fcntl(std::atoi(entry.path().filename().c_str()), F_GETFD) & FD_CLOEXEC, 0);
  }
  EXPECT_EQ(found, 1);
}

TEST_F(HostFilesTest, StatFollowsLinksAndLstatDoesNot) {
  ASSERT_EQ(::symlink("file", path("link").c_str()), 0);
  ASSERT_EQ(open(path("file")), "F0");
  const std::string of_file = files_.handle("fstat:0");
  EXPECT_TRUE(of_file.starts_with("F40;")) << of_file;
  EXPECT_EQ(files_.handle("stat:" + rsp::to_hex(path("file"))), of_file);
  EXPECT_EQ(files_.handle("stat:" + rsp::to_hex(path("link"))), of_file);
  EXPECT_EQ(files_.handle("lstat:" + rsp::to_hex(path("file"))), of_file);
  EXPECT_NE(files_.handle("lstat:" + rsp::to_hex(path("link"))), of_file);
  EXPECT_EQ(files_.handle("readlink:" + rsp::to_hex(path("link"))), "F4;file");
  EXPECT_EQ(files_.handle("readlink:" + rsp::to_hex(path("file"))), "F-1,16");
  EXPECT_EQ(files_.handle("stat:" + rsp::to_hex(path("none"))), "F-1,2");
}

TEST_F(HostFilesTest, UnlinkRemovesTheLinkItself) {
  ASSERT_EQ(::symlink("file", path("link").c_str()), 0);
  EXPECT_EQ(files_.handle("unlink:" + rsp::to_hex(path("link"))), "F0");
  EXPECT_EQ(get("file"), "0123456789");
  EXPECT_EQ(files_.handle("unlink:" + rsp::to_hex(path("link"))), "F-1,2");
}

TEST_F(HostFilesTest, A38_AnObserverChangesNothing) {
  files_ = make(false);
  for (const char* flags : {"1", "2", "200", "400", "a"})
    EXPECT_EQ(open(path("file"), flags), "F-1,1") << flags;
  EXPECT_EQ(open(path("new"), "200"), "F-1,1");
  EXPECT_EQ(files_.handle("unlink:" + rsp::to_hex(path("file"))), "F-1,1");
  ASSERT_EQ(open(path("file")), "F0");
  EXPECT_EQ(files_.handle("pwrite:0,0,x"), "F-1,1");
  EXPECT_EQ(get("file"), "0123456789");
  EXPECT_FALSE(std::filesystem::exists(path("new")));
}

TEST_F(HostFilesTest, WhatIsNotKnownIsEmptyAndWhatIsMalformedIsAnError) {
  EXPECT_EQ(files_.handle("chmod:0,0"), "");
  EXPECT_EQ(files_.handle("pread"), "");
  for (const char* request : {"open:", "open:zz,0,0", "open:2f00,0,0", "open:2f,0", "open:2f,0,0,0",
                              "open:2f,3,0", "pread:0", "pread:0,1", "pwrite:0", "pwrite:0,0",
                              "setfs:", "setfs:80000000", "stat:2", "unlink:", "readlink:q"}) {
    EXPECT_EQ(files_.handle(request), "F-1,16") << request;
  }
}

// ---- the memory of processes -------------------------------------------------------------------------

TEST_F(HostFilesTest, A4_TheMemoryOfATraceeIsReadWithoutItsTraps) {
  const std::string self = std::to_string(::getpid());
  ASSERT_EQ(::symlink("/proc/self/mem", path("link").c_str()), 0);
  int number = 0;
  const std::string names[] = {"/proc/" + self + "/mem",         "/proc/self/mem",
                               "/proc/thread-self/mem",          path("link"),
                               "/proc//1/../" + self + "/./mem", "/proc/" + self + "/task/" + self + "/mem"};
  for (const std::string& name : names) {
    const std::string fd = "F" + std::to_string(number++);
    ASSERT_EQ(open(name), fd) << name;
    asked_ = {};
    EXPECT_EQ(files_.handle("pread:" + fd.substr(1) + ",3,ffffffff81000000"), "F3;mmm") << name;
    EXPECT_EQ(asked_, std::pair(Pid{::getpid()}, Address{0xffffffff81000000})) << name;
  }
}

TEST_F(HostFilesTest, A4_TheMemoryOfATraceeCannotBeWrittenAsAFile) {
  EXPECT_EQ(open("/proc/self/mem", "1"), "F-1,d");
  EXPECT_EQ(open("/proc/self/mem", "2"), "F-1,d");
}

TEST_F(HostFilesTest, TheMemoryOfAProcessThatTheHubDoesNotHaveIsAFile) {
  static const char text[] = "here";
  std::string at;
  rsp::append_hex_number(at, reinterpret_cast<std::uintptr_t>(text));
  ASSERT_EQ(open("/proc/self/mem"), "F0");
  error_ = ErrorCode::NotFound;
  EXPECT_EQ(files_.handle("pread:0,4," + at), "F4;here");
  EXPECT_EQ(files_.handle("pread:0,4,0"), "F-1,5");
  error_ = ErrorCode::BadMemory;
  EXPECT_EQ(files_.handle("pread:0,4," + at), "F-1,5");
  error_ = ErrorCode::NotPermitted;
  EXPECT_EQ(files_.handle("pread:0,4," + at), "F-1,d");
}

TEST_F(HostFilesTest, OtherFilesOfProcAreFiles) {
  ASSERT_EQ(open("/proc/self/cmdline"), "F0");
  EXPECT_TRUE(files_.handle("pread:0,4,0").starts_with("F4;"));
  EXPECT_EQ(asked_.first, Pid{});
}

// ---- the files that a process sees ---------------------------------------------------------------------

TEST_F(HostFilesTest, AProcessThatSharesTheHubsFilesSeesThemAsTheHubDoes) {
  std::string pid;
  rsp::append_hex_number(pid, static_cast<std::uint64_t>(::getpid()));
  EXPECT_EQ(files_.handle("setfs:" + pid), "F0");
  ASSERT_EQ(open(path("file")), "F0");
  EXPECT_EQ(open("/proc/self/exe"), "F1") << "a link that RESOLVE_IN_ROOT would not follow";
}

TEST_F(HostFilesTest, AProcessThatIsGoneHasNoFiles) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  std::string pid;
  rsp::append_hex_number(pid, static_cast<std::uint64_t>(child));
  EXPECT_EQ(files_.handle("setfs:" + pid), "F0");
  EXPECT_EQ(open(path("file")), "F-1,2");
  EXPECT_EQ(files_.handle("setfs:0"), "F0");
  EXPECT_EQ(open(path("file")), "F0");
}

/// A child with another root folder, for as long as the object lives.
class ChildWithRoot {
 public:
  explicit ChildWithRoot(const std::string& root) {
    int ready[2];
    if (::pipe2(ready, O_CLOEXEC) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      const bool done = (::geteuid() == 0 || ::unshare(CLONE_NEWUSER) == 0) && ::chroot(root.c_str()) == 0 &&
                        ::chdir("/") == 0;
      if (!done || ::write(ready[1], "", 1) != 1) ::_exit(1);
      for (;;) ::pause();
    }
    ::close(ready[1]);
    char byte;
    ready_ = ::read(ready[0], &byte, 1) == 1;
    ::close(ready[0]);
  }
  ~ChildWithRoot() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ChildWithRoot(const ChildWithRoot&) = delete;
  ChildWithRoot& operator=(const ChildWithRoot&) = delete;

  bool is_ready() const { return ready_; }
  std::string pid() const {
    std::string digits;
    rsp::append_hex_number(digits, static_cast<std::uint64_t>(pid_));
    return digits;
  }

 private:
  pid_t pid_ = -1;
  bool ready_ = false;
};

TEST_F(HostFilesTest, SetfsLooksBelowTheRootOfTheProcess) {
  std::filesystem::create_directories(path("root/lib"));
  put("root/lib/real.so", "library");
  ASSERT_EQ(::symlink("/lib/real.so", path("root/absolute.so").c_str()), 0);
  ASSERT_EQ(::symlink("../../../../file", path("root/outside").c_str()), 0);
  const ChildWithRoot child(path("root"));
  if (!child.is_ready()) GTEST_SKIP() << "may not change the root";
  ASSERT_EQ(files_.handle("setfs:" + child.pid()), "F0");
  ASSERT_EQ(open("/lib/real.so"), "F0");
  EXPECT_EQ(files_.handle("pread:0,64,0"), "F7;library");
  ASSERT_EQ(open("/absolute.so"), "F1") << "an absolute link is absolute in there";
  EXPECT_EQ(files_.handle("pread:1,64,0"), "F7;library");
  EXPECT_EQ(open(path("file")), "F-1,2");
  EXPECT_EQ(open("/outside"), "F-1,2");
  EXPECT_EQ(files_.handle("readlink:" + rsp::to_hex("/absolute.so")), "Fc;/lib/real.so");
  EXPECT_TRUE(files_.handle("stat:" + rsp::to_hex("/absolute.so")).starts_with("F40;"));
  EXPECT_EQ(open("/new", "201"), "F2");
  EXPECT_TRUE(std::filesystem::exists(path("root/new")));
  EXPECT_EQ(files_.handle("unlink:" + rsp::to_hex("/new")), "F0");
  EXPECT_FALSE(std::filesystem::exists(path("root/new")));
}

}  // namespace
}  // namespace gdbhub::gdb
