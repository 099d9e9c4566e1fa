#include "rsp/file_io.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "rsp/hex.h"

namespace gdbhub::rsp {
namespace {

struct FlagPair {
  std::uint64_t wire;
  int host;
};

constexpr FlagPair kOpenFlags[] = {
    {0x1, O_WRONLY},
    {0x2, O_RDWR},
    {0x8, O_APPEND},
    {0x200, O_CREAT},
    {0x400, O_TRUNC},
    {0x800, O_EXCL},
    // LLDB's own, out of the way of the protocol's.
    {1u << 28, O_NONBLOCK},
    {1u << 29, O_NOFOLLOW},
    {1u << 30, O_CLOEXEC},
};

struct ErrnoPair {
  int host;
  int wire;
};

constexpr int kUnknownErrno = 9999;
constexpr ErrnoPair kErrnos[] = {
    {EPERM, 1},   {ENOENT, 2},  {EINTR, 4},   {EIO, 5},      {EBADF, 9},   {EACCES, 13}, {EFAULT, 14},
    {EBUSY, 16},  {EEXIST, 17}, {ENODEV, 19}, {ENOTDIR, 20}, {EISDIR, 21}, {EINVAL, 22}, {ENFILE, 23},
    {EMFILE, 24}, {EFBIG, 27},  {ENOSPC, 28}, {ESPIPE, 29},  {EROFS, 30},  {ENOSYS, 88}, {ENAMETOOLONG, 91},
};

constexpr mode_t kPermissions = S_IRWXU | S_IRWXG | S_IRWXO;
/// Types that the protocol shares with Linux, numbers and all. GDB tests for single bits of the others'
/// types, and would take a socket for a directory.
constexpr mode_t kFileTypes[] = {S_IFREG, S_IFDIR, S_IFCHR, S_IFLNK};

/// Fills a buffer with big-endian fields, one after the other.
class FieldWriter {
 public:
  explicit FieldWriter(FileStat& to) : to_(to) {}
  FieldWriter& u32(std::uint64_t value) { return put(value, 4); }
  FieldWriter& u64(std::uint64_t value) { return put(value, 8); }

 private:
  FieldWriter& put(std::uint64_t value, unsigned size) {
    for (unsigned i = size; i-- > 0;) to_[at_++] = static_cast<Byte>(value >> 8 * i);
    return *this;
  }

  FileStat& to_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<int> host_open_flags(std::uint64_t flags) {
  if ((flags & 0x3) == 0x3) return std::nullopt;
  int host = O_RDONLY;
  for (const FlagPair& pair : kOpenFlags) {
    if ((flags & pair.wire) == 0) continue;
    host |= pair.host;
    flags &= ~pair.wire;
  }
  if (flags != 0) return std::nullopt;
  return host;
}

std::optional<mode_t> host_mode(std::uint64_t mode) {
  const std::uint64_t type = mode & ~std::uint64_t{kPermissions};
  if (type != 0 && type != S_IFREG) return std::nullopt;
  return static_cast<mode_t>(mode & kPermissions);
}

std::uint32_t file_mode(mode_t host) {
  const mode_t type = host & S_IFMT;
  const bool known = std::find(std::begin(kFileTypes), std::end(kFileTypes), type) != std::end(kFileTypes);
  return (host & kPermissions) | (known ? type : 0);
}

int file_errno(int host) {
  const auto* found = std::find_if(std::begin(kErrnos), std::end(kErrnos),
                                   [host](const ErrnoPair& pair) { return pair.host == host; });
  return found == std::end(kErrnos) ? kUnknownErrno : found->wire;
}

FileStat file_stat(const struct stat& host) {
  const auto number = [](auto value) { return static_cast<std::uint64_t>(value); };
  FileStat wire{};
  FieldWriter(wire)
      .u32(number(host.st_dev))
      .u32(number(host.st_ino))
      .u32(file_mode(host.st_mode))
      .u32(number(host.st_nlink))
      .u32(number(host.st_uid))
      .u32(number(host.st_gid))
      .u32(number(host.st_rdev))
      .u64(number(host.st_size))
      .u64(number(host.st_blksize))
      .u64(number(host.st_blocks))
      .u32(number(host.st_atime))
      .u32(number(host.st_mtime))
      .u32(number(host.st_ctime));
  return wire;
}

std::string file_result(std::uint64_t result) {
  std::string reply = "F";
  append_hex_number(reply, result);
  return reply;
}

std::string file_error(int host) {
  std::string reply = "F-1,";
  append_hex_number(reply, static_cast<unsigned>(file_errno(host)));
  return reply;
}

std::string file_data(ByteSpan data) {
  std::string reply = file_result(data.size());
  reply += ';';
  append_escaped(reply, data);
  return reply;
}

}  // namespace gdbhub::rsp
