#include "rsp/file_io.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "rsp/hex.h"

namespace gdbhub::rsp {
namespace {

TEST(FileIo, TranslatesOpenFlags) {
  EXPECT_EQ(host_open_flags(0), O_RDONLY);
  EXPECT_EQ(host_open_flags(0x601), O_WRONLY | O_CREAT | O_TRUNC);
  EXPECT_EQ(host_open_flags(0xa0a), O_RDWR | O_APPEND | O_CREAT | O_EXCL);
  EXPECT_EQ(host_open_flags(0x40000000), O_RDONLY | O_CLOEXEC) << "LLDB";
  EXPECT_EQ(host_open_flags(3), std::nullopt);
  EXPECT_EQ(host_open_flags(4), std::nullopt);
  EXPECT_EQ(host_open_flags(std::uint64_t{1} << 40), std::nullopt);
}

TEST(FileIo, TakesPermissionsAndTheTypeOfRegularFiles) {
  EXPECT_EQ(host_mode(0755), 0755u);
  EXPECT_EQ(host_mode(0100644), 0644u);
  EXPECT_EQ(host_mode(040755), std::nullopt);
  EXPECT_EQ(host_mode(04755), std::nullopt) << "set-user-id";
}

TEST(FileIo, TellsOnlyTheFileTypesThatTheProtocolHas) {
  EXPECT_EQ(file_mode(S_IFREG | 0644), 0100644u);
  EXPECT_EQ(file_mode(S_IFDIR | S_ISVTX | 0777), 040777u);
  EXPECT_EQ(file_mode(S_IFSOCK | 0700), 0700u);
}

TEST(FileIo, TranslatesErrnos) {
  EXPECT_EQ(file_error(ENOENT), "F-1,2");
  EXPECT_EQ(file_error(EACCES), "F-1,d");
  EXPECT_EQ(file_error(ENAMETOOLONG), "F-1,5b");
  EXPECT_EQ(file_error(ELOOP), "F-1,270f");
}

TEST(FileIo, StatIsBigEndian) {
  struct stat host {};
  host.st_dev = 0x01020304;
  host.st_ino = 0xaabbccddeeff;  // cut off
  host.st_mode = S_IFREG | 0644;
  host.st_nlink = 2;
  host.st_uid = 1000;
  host.st_gid = 100;
  host.st_size = 0x1122334455;
  host.st_blksize = 4096;
  host.st_blocks = 8;
  host.st_mtime = 0x600df00d;
  EXPECT_EQ(to_hex(file_stat(host)),
            "01020304"
            "ccddeeff"
            "000081a4"
            "00000002"
            "000003e8"
            "00000064"
            "00000000"
            "0000001122334455"
            "0000000000001000"
            "0000000000000008"
            "00000000"
            "600df00d"
            "00000000");
}

TEST(FileIo, RepliesWithNumbersAndData) {
  EXPECT_EQ(file_result(0x1a), "F1a");
  EXPECT_EQ(file_data(Bytes{'a', '#'}), "F2;a}\x03");
  EXPECT_EQ(file_data({}), "F0;");
}

}  // namespace
}  // namespace gdbhub::rsp
