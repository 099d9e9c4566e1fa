// System calls as text.
#include "engines/syscalls/format.h"

#include <asm/unistd.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <csignal>
#include <cstring>

#include "engines/syscalls/names.h"

namespace gdbhub::syscalls {
namespace {

constexpr std::size_t limit = 32;

/// Two pages of a tracee; nothing is mapped before and behind them.
class SyscallText : public testing::Test {
 protected:
  static constexpr std::uint64_t base = 0x10000;

  std::uint64_t put(std::string_view bytes, std::size_t offset = 0) {
    std::copy(bytes.begin(), bytes.end(), memory_.begin() + static_cast<std::ptrdiff_t>(offset));
    return base + offset;
  }
  template <class T>
  std::uint64_t put_object(const T& object, std::size_t offset = 0) {
    return put(text_of(bytes_of(object)), offset);
  }
  std::string line(long number, std::array<std::uint64_t, 6> arguments, std::optional<long> result) {
    return OpenCall(number, arguments, read_, limit).close(result, read_);
  }

  Bytes memory_ = Bytes(8192);
  ReadMemory read_ = [this](Address from, MutableByteSpan to) -> std::size_t {
    if (from.value < base || from.value >= base + memory_.size()) return 0;
    const std::size_t offset = from.value - base;
    const std::size_t count = std::min(to.size(), memory_.size() - offset);
    std::copy_n(memory_.begin() + static_cast<std::ptrdiff_t>(offset), count, to.begin());
    return count;
  };
};

constexpr auto at_cwd = static_cast<std::uint64_t>(AT_FDCWD);

TEST_F(SyscallText, PathsFlagsAndErrorsHaveTheirNames) {
  const std::uint64_t path = put("/etc/ld.so.preload");
  EXPECT_EQ(line(__NR_access, {path, 4}, -ENOENT),
            "access(\"/etc/ld.so.preload\", R_OK) = -1 ENOENT (No such file or directory)");
  EXPECT_EQ(line(__NR_openat, {at_cwd, path, O_RDONLY | O_CLOEXEC}, 3),
            "openat(AT_FDCWD, \"/etc/ld.so.preload\", O_RDONLY|O_CLOEXEC) = 3");
  EXPECT_EQ(line(__NR_openat, {at_cwd, path, O_WRONLY | O_CREAT | O_TRUNC, 0644}, 3),
            "openat(AT_FDCWD, \"/etc/ld.so.preload\", O_WRONLY|O_CREAT|O_TRUNC, 0644) = 3");
  EXPECT_EQ(line(__NR_open, {path, O_RDWR | O_SYNC}, 3), "open(\"/etc/ld.so.preload\", O_RDWR|O_SYNC) = 3");
}

TEST_F(SyscallText, MemoryCallsHaveAddressesAndProtections) {
  EXPECT_EQ(line(__NR_mmap, {0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, ~0ULL, 0}, 0x7f0000001000),
            "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000001000");
  EXPECT_EQ(line(__NR_mmap, {0x1000, 4096, PROT_NONE, MAP_PRIVATE | MAP_FIXED | MAP_DENYWRITE, 3, 0x2000}, 0x1000),
            "mmap(0x1000, 4096, PROT_NONE, MAP_PRIVATE|MAP_FIXED|MAP_DENYWRITE, 3, 0x2000) = 0x1000");
  EXPECT_EQ(line(__NR_mprotect, {0x1000, 4096, PROT_READ | PROT_EXEC}, 0), "mprotect(0x1000, 4096, PROT_READ|PROT_EXEC) = 0");
  EXPECT_EQ(line(__NR_brk, {0}, 0x555555559000), "brk(NULL) = 0x555555559000");
}

TEST_F(SyscallText, WhatTheKernelFillsInIsShownOnlyAfterACallThatWorked) {
  const std::uint64_t buffer = put("\x7f" "ELF\2\1\1\0", 0);
  EXPECT_EQ(line(__NR_read, {3, buffer, 832}, 8), "read(3, \"\\177ELF\\2\\1\\1\\0\", 832) = 8");
  EXPECT_EQ(line(__NR_read, {3, buffer, 832}, 0), "read(3, \"\", 832) = 0");
  EXPECT_EQ(line(__NR_read, {3, buffer, 832}, -EBADF), "read(3, 0x10000, 832) = -1 EBADF (Bad file descriptor)");
  const std::array pair = {5, 6};
  EXPECT_EQ(line(__NR_pipe2, {put_object(pair), O_CLOEXEC}, 0), "pipe2([5, 6], O_RDONLY|O_CLOEXEC) = 0");
  EXPECT_EQ(line(__NR_wait4, {~0ULL, put_object(7 << 8), 0, 0}, 42),
            "wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 7}], 0, NULL) = 42");
  EXPECT_EQ(line(__NR_wait4, {~0ULL, base, 1, 0}, 0), "wait4(-1, 0x10000, WNOHANG, NULL) = 0");
}

TEST_F(SyscallText, WhatTheKernelReadsIsShownAsItWasAtTheEntry) {
  const std::uint64_t path = put("/bin/true");
  const OpenCall call(__NR_chdir, {path}, read_, limit);
  put("/overwritten");
  EXPECT_EQ(call.close(0, read_), "chdir(\"/bin/true\") = 0");
}

TEST_F(SyscallText, BuffersAreCutAtTheLimitAndPathsAreNot) {
  const std::string text(100, 'x');
  const std::uint64_t at = put(text);
  EXPECT_EQ(line(__NR_write, {1, at, 100}, 100), "write(1, \"" + std::string(32, 'x') + "\"..., 100) = 100");
  EXPECT_EQ(line(__NR_write, {1, at, 32}, 32), "write(1, \"" + std::string(32, 'x') + "\", 32) = 32");
  EXPECT_EQ(line(__NR_unlink, {at}, 0), "unlink(\"" + text + "\") = 0");
}

TEST_F(SyscallText, TextAtTheEndOfAMappingIsReadToItsEnd) {
  EXPECT_EQ(line(__NR_rmdir, {put("abc", 8192 - 4)}, 0), "rmdir(\"abc\") = 0");       // the NUL is the last byte
  EXPECT_EQ(line(__NR_rmdir, {put("across pages", 4090)}, 0), "rmdir(\"across pages\") = 0");
  EXPECT_EQ(line(__NR_rmdir, {base + 8192}, -EFAULT), "rmdir(0x12000) = -1 EFAULT (Bad address)");
  EXPECT_EQ(line(__NR_rmdir, {0}, -EFAULT), "rmdir(NULL) = -1 EFAULT (Bad address)");
}

TEST_F(SyscallText, ArgumentVectorsAreListedAndTheEnvironmentIsCounted) {
  put_object(std::array<std::uint64_t, 3>{base + 256, base + 260, 0}, 0);
  put("sh", 256);
  put("-c\n", 260);
  put_object(std::array<std::uint64_t, 2>{1, 0}, 512);
  EXPECT_EQ(line(__NR_execve, {put("/bin/sh", 1024), base, base + 512}, 0),
            "execve(\"/bin/sh\", [\"sh\", \"-c\\n\"], 0x10200 /* 1 var */) = 0");
}

TEST_F(SyscallText, CloneAndFutexHaveTheirFlags) {
  EXPECT_EQ(line(__NR_clone, {CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | SIGCHLD, 0, 0, 0x10, 0}, 7),
            "clone(CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, NULL, NULL, 0x10, NULL) = 7");
  EXPECT_EQ(line(__NR_futex, {0x10, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 2, 0, 0, ~0ULL}, -512),
            "futex(0x10, FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME, 2, NULL, NULL, 0xffffffffffffffff) = ? ERESTARTSYS");
}

TEST_F(SyscallText, SocketAddressesAreRead) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(80);
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(line(__NR_connect, {3, put_object(in), sizeof in}, -ECONNREFUSED),
            "connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"127.0.0.1\")}, 16) = -1 ECONNREFUSED "
            "(Connection refused)");
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  std::strcpy(local.sun_path, "/run/x");
  EXPECT_EQ(line(__NR_bind, {3, put_object(local), sizeof local}, 0), "bind(3, {sa_family=AF_UNIX, sun_path=\"/run/x\"}, 110) = 0");
  EXPECT_EQ(line(__NR_socket, {AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0}, 3), "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, 0) = 3");
}

TEST_F(SyscallText, SignalsAndTheirSetsHaveNames) {
  EXPECT_EQ(line(__NR_tgkill, {1, 2, SIGABRT}, 0), "tgkill(1, 2, SIGABRT) = 0");
  const std::uint64_t usr1_and_chld = 1ULL << (SIGUSR1 - 1) | 1ULL << (SIGCHLD - 1);
  EXPECT_EQ(line(__NR_rt_sigprocmask, {SIG_BLOCK, put_object(usr1_and_chld), 0, 8}, 0),
            "rt_sigprocmask(SIG_BLOCK, [USR1 CHLD], NULL, 8) = 0");
  EXPECT_EQ(line(__NR_rt_sigprocmask, {SIG_SETMASK, put_object(~(1ULL << (SIGINT - 1))), 0, 8}, 0),
            "rt_sigprocmask(SIG_SETMASK, ~[INT], NULL, 8) = 0");
  EXPECT_EQ(signal_name(34), "SIGRT_2");
  EXPECT_EQ(signal_name(99), "99");
}

TEST_F(SyscallText, ACallThatNeverReturnsHasNoResult) {
  EXPECT_EQ(line(__NR_exit_group, {3}, std::nullopt), "exit_group(3) = ?");
}

TEST_F(SyscallText, UnknownCallsAndFlagsAreShownAsNumbers) {
  EXPECT_EQ(line(400, {1, 0, 0, 0, 0, 0x10}, -ENOSYS), "syscall_400(0x1, 0, 0, 0, 0, 0x10) = -1 ENOSYS (Function not implemented)");
  EXPECT_EQ(line(__NR_mprotect, {0, 0, 0x1000 | PROT_READ}, 0), "mprotect(NULL, 0, PROT_READ|0x1000) = 0");
  EXPECT_EQ(line(__NR_lseek, {3, 0, 9}, 0), "lseek(3, 0, 0x9) = 0");
}

TEST(QuotedBytes, EscapesAsCDoes) {
  EXPECT_EQ(quoted(bytes_of(std::string_view("a\"b\\\n\t")), 32), "\"a\\\"b\\\\\\n\\t\"");
  EXPECT_EQ(quoted(bytes_of(std::string_view("\0001\0x\377", 5)), 32), "\"\\0001\\0x\\377\"");
  EXPECT_EQ(quoted({}, 0), "\"\"");
}

}  // namespace
}  // namespace gdbhub::syscalls
