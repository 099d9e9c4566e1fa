// vFile: files of the machine that the hub runs on, as one client uses them.
#pragma once

#include <fcntl.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gdbhub/address.h"
#include "gdbhub/bytes.h"
#include "gdbhub/ids.h"
#include "gdbhub/result.h"
#include "gdbhub/unique_fd.h"
#include "rsp/reader.h"

namespace gdbhub::gdb {

/// What a client may do with files, and how it sees the memory of tracees.
struct HostFilesPolicy {
  /// False: whatever would change a file is refused with EPERM (A38).
  bool may_write = false;
  /// Reads memory without trap bytes (A4). NotFound: the hub does not have the process, and its /proc/PID/mem
  /// may be read as any file. Any other error refuses the read.
  std::function<Result<std::size_t>(Pid, Address, MutableByteSpan)> read_memory;
};

/// One client's open files. Its file numbers are indices of ours, never descriptors of the hub. Nothing here
/// waits for a peer (a FIFO, a terminal); a slow file system can.
///
/// vFile:setfs names a process: paths are then looked up as that process sees them, in its mount namespace
/// and below its root. The hub does not enter the namespace (setns(2) would move one of its threads) but goes
/// through /proc/PID/root, with RESOLVE_IN_ROOT where that is not the hub's own root. Two things are
/// different from there: links like /proc/self/exe are not followed, and /proc/self is the hub.
///
/// /proc/PID/mem, by whatever name it is reached, can only be read, and shows no trap bytes.
class HostFiles {
 public:
  static constexpr std::size_t kMaxOpen = 256;
  /// The most that one pread returns.
  static constexpr std::size_t kMaxRead = 1 << 20;

  explicit HostFiles(HostFilesPolicy policy) : policy_(std::move(policy)) {}

  /// Does what follows "vFile:" and returns the payload of the reply, which holds escaped binary data
  /// perhaps. Empty for an operation that is not known.
  std::string handle(std::string_view request);

 private:
  struct File {
    UniqueFd fd;
    std::optional<Pid> memory_of;  ///< it is the /proc/PID/mem of this process
  };
  struct Operation {
    std::string_view name;
    std::string (HostFiles::*run)(rsp::Reader arguments);
  };
  static const Operation kOperations[];

  std::string set_file_system(rsp::Reader arguments);
  std::string open(rsp::Reader arguments);
  std::string close(rsp::Reader arguments);
  std::string read(rsp::Reader arguments);
  std::string write(rsp::Reader arguments);
  std::string stat_open(rsp::Reader arguments);
  std::string stat_target(rsp::Reader arguments) { return stat_path(arguments, 0); }
  std::string stat_link(rsp::Reader arguments) { return stat_path(arguments, O_NOFOLLOW); }
  std::string stat_path(rsp::Reader arguments, int flags);
  std::string unlink(rsp::Reader arguments);
  std::string read_link(rsp::Reader arguments);

  /// Opens a path in the chosen file system; without a descriptor, errno says why.
  UniqueFd open_path(const std::string& path, int flags, mode_t mode) const;
  std::string read_tracee(Pid pid, std::uint64_t offset, MutableByteSpan to, const File& file) const;
  File* find(std::optional<std::uint64_t> number);

  HostFilesPolicy policy_;
  Pid file_system_;  ///< 0: the hub's own
  std::vector<std::optional<File>> files_;
};

}  // namespace gdbhub::gdb
