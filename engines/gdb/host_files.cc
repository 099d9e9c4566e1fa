#include "engines/gdb/host_files.h"

#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <fstream>
#include <limits>

#include "rsp/file_io.h"
#include "rsp/hex.h"

namespace gdbhub::gdb {
namespace {

constexpr int kAlways = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;  // opening a FIFO must not wait for its other end

std::string invalid() {
  return rsp::file_error(EINVAL);
}
std::string failed() {
  return rsp::file_error(errno);
}

std::optional<std::string> path_argument(std::string_view digits) {
  auto path = rsp::text_from_hex(digits);
  if (!path || path->empty() || path->find('\0') != std::string::npos) return std::nullopt;
  return path;
}

/// Where a descriptor or another link points to. Empty when it cannot be read.
std::string target_of(const std::string& link) {
  std::string target(PATH_MAX, '\0');
  const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
  target.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return target;
}

/// The process that a thread belongs to.
std::optional<Pid> thread_group(std::uint64_t tid) {
  std::ifstream status("/proc/" + std::to_string(tid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Tgid:")) return Pid{std::atoi(line.c_str() + 5)};
  }
  return std::nullopt;
}

/// What an open file turned out to be.
struct Kind {
  bool memory = false;
  std::optional<Pid> of;  ///< nullopt with `memory`: cannot be told
};

/// Looks at the file rather than at the name that the client used: links and other mounts lead to it, too.
Kind kind_of(int fd) {
  struct statfs system {};
  if (::fstatfs(fd, &system) != 0 || system.f_type != PROC_SUPER_MAGIC) return {};
  const std::string name = target_of("/proc/self/fd/" + std::to_string(fd));
  if (!name.ends_with("/mem")) return {};
  // The proc of another pid namespace has other numbers.
  struct stat file {
  }, own{};
  if (::fstat(fd, &file) != 0 || ::stat("/proc", &own) != 0 || file.st_dev != own.st_dev) return {true, {}};
  rsp::Reader reader(name);
  if (!reader.consume("/proc/")) return {true, {}};
  auto tid = reader.decimal();
  if (reader.consume("/task/")) tid = reader.decimal();
  if (!tid || reader.rest() != "/mem") return {true, {}};
  return {true, thread_group(*tid)};
}

/// The process sees the same files as the hub under the same names.
bool shares_files(const std::string& proc) {
  struct stat own {
  }, theirs{};
  return target_of(proc + "/ns/mnt") == target_of("/proc/self/ns/mnt") && ::stat("/", &own) == 0 &&
         ::stat((proc + "/root").c_str(), &theirs) == 0 && own.st_dev == theirs.st_dev &&
         own.st_ino == theirs.st_ino;
}

int errno_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::NotPermitted:
      return EACCES;
    case ErrorCode::System:
      return error.system != 0 ? error.system : EIO;
    default:
      return EIO;  // as the kernel for addresses where nothing is
  }
}

std::string stat_reply(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return failed();
  return rsp::file_data(rsp::file_stat(status));
}

}  // namespace

constexpr HostFiles::Operation HostFiles::kOperations[] = {
    {"setfs:", &HostFiles::set_file_system}, {"open:", &HostFiles::open},
    {"close:", &HostFiles::close},           {"pread:", &HostFiles::read},
    {"pwrite:", &HostFiles::write},          {"fstat:", &HostFiles::stat_open},
    {"stat:", &HostFiles::stat_target},      {"lstat:", &HostFiles::stat_link},
    {"unlink:", &HostFiles::unlink},         {"readlink:", &HostFiles::read_link},
};

std::string HostFiles::handle(std::string_view request) {
  rsp::Reader reader(request);
  for (const Operation& operation : kOperations) {
    if (reader.consume(operation.name)) return (this->*operation.run)(reader);
  }
  return {};
}

UniqueFd HostFiles::open_path(const std::string& path, int flags, mode_t mode) const {
  if (file_system_ == Pid{}) return UniqueFd(::open(path.c_str(), flags | kAlways, mode));
  const std::string proc = "/proc/" + std::to_string(file_system_.value);
  const UniqueFd root(::open((proc + "/root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return {};
  if (shares_files(proc)) return UniqueFd(::open(path.c_str(), flags | kAlways, mode));
  open_how how{};
  // openat2 refuses what open ignores next to O_PATH, and a mode without O_CREAT.
  how.flags = static_cast<unsigned>((flags & O_PATH) != 0 ? flags | O_CLOEXEC : flags | kAlways);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_IN_ROOT;
  return UniqueFd(static_cast<int>(::syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof how)));
}

HostFiles::File* HostFiles::find(std::optional<std::uint64_t> number) {
  if (!number || *number >= files_.size() || !files_[*number]) return nullptr;
  return &*files_[*number];
}

// ---- the operations --------------------------------------------------------------------------------

std::string HostFiles::set_file_system(rsp::Reader arguments) {
  const auto pid = arguments.hex();
  if (!pid || !arguments.done() || *pid > std::numeric_limits<int>::max()) return invalid();
  // A process that cannot be found is an error of what is asked of its files, as with gdbserver.
  file_system_ = Pid{static_cast<int>(*pid)};
  return rsp::file_result(0);
}

std::string HostFiles::open(rsp::Reader arguments) {
  const auto path = path_argument(arguments.until(','));
  const auto wire_flags = arguments.hex();
  if (!path || !wire_flags || !arguments.consume(',')) return invalid();
  const auto wire_mode = arguments.hex();
  if (!wire_mode || !arguments.done()) return invalid();
  const auto flags = rsp::host_open_flags(*wire_flags);
  const auto mode = rsp::host_mode(*wire_mode);
  if (!flags || !mode) return invalid();
  const bool writes = (*flags & (O_ACCMODE | O_CREAT | O_TRUNC)) != O_RDONLY;
  if (writes && !policy_.may_write) return rsp::file_error(EPERM);

  auto slot = std::find(files_.begin(), files_.end(), std::nullopt);
  if (slot == files_.end() && files_.size() == kMaxOpen) return rsp::file_error(EMFILE);
  UniqueFd fd = open_path(*path, *flags, *mode);
  if (!fd) return failed();
  const Kind kind = kind_of(fd.get());
  if (kind.memory && (writes || !kind.of)) return rsp::file_error(EACCES);
  if (slot == files_.end()) slot = files_.insert(slot, std::nullopt);
  slot->emplace(File{std::move(fd), kind.of});
  return rsp::file_result(static_cast<std::uint64_t>(slot - files_.begin()));
}

std::string HostFiles::close(rsp::Reader arguments) {
  const auto number = arguments.hex();
  if (find(number) == nullptr) return rsp::file_error(EBADF);
  files_[*number].reset();
  return rsp::file_result(0);
}

std::string HostFiles::read(rsp::Reader arguments) {
  const File* file = find(arguments.hex());
  if (!arguments.consume(',')) return invalid();
  const auto count = arguments.hex();
  if (!count || !arguments.consume(',')) return invalid();
  const auto offset = arguments.hex();
  if (!offset || !arguments.done()) return invalid();
  if (file == nullptr) return rsp::file_error(EBADF);

  Bytes data(std::min<std::uint64_t>(*count, kMaxRead));
  if (file->memory_of) return read_tracee(*file->memory_of, *offset, data, *file);
  const ssize_t size = ::pread(file->fd.get(), data.data(), data.size(), static_cast<off_t>(*offset));
  if (size < 0) return failed();
  return rsp::file_data(ByteSpan(data).first(static_cast<std::size_t>(size)));
}

std::string HostFiles::read_tracee(Pid pid, std::uint64_t offset, MutableByteSpan to,
                                   const File& file) const {
  const Result<std::size_t> read = policy_.read_memory(pid, Address{offset}, to);
  if (read) return *read == 0 && !to.empty() ? rsp::file_error(EIO) : rsp::file_data(to.first(*read));
  if (read.error().code != ErrorCode::NotFound) return rsp::file_error(errno_of(read.error()));
  const ssize_t size = ::pread(file.fd.get(), to.data(), to.size(), static_cast<off_t>(offset));
  if (size < 0) return failed();
  return rsp::file_data(to.first(static_cast<std::size_t>(size)));
}

std::string HostFiles::write(rsp::Reader arguments) {
  if (!policy_.may_write) return rsp::file_error(EPERM);
  const File* file = find(arguments.hex());
  if (!arguments.consume(',')) return invalid();
  const auto offset = arguments.hex();
  if (!offset || !arguments.consume(',')) return invalid();
  const auto data = rsp::unescape(arguments.rest());
  if (!data) return invalid();
  if (file == nullptr) return rsp::file_error(EBADF);
  const ssize_t size = ::pwrite(file->fd.get(), data->data(), data->size(), static_cast<off_t>(*offset));
  if (size < 0) return failed();
  return rsp::file_result(static_cast<std::uint64_t>(size));
}

std::string HostFiles::stat_open(rsp::Reader arguments) {
  const File* file = find(arguments.hex());
  if (file == nullptr || !arguments.done()) return rsp::file_error(EBADF);
  return stat_reply(file->fd.get());
}

std::string HostFiles::stat_path(rsp::Reader arguments, int flags) {
  const auto path = path_argument(arguments.rest());
  if (!path) return invalid();
  const UniqueFd fd = open_path(*path, O_PATH | flags, 0);
  return fd ? stat_reply(fd.get()) : failed();
}

std::string HostFiles::unlink(rsp::Reader arguments) {
  if (!policy_.may_write) return rsp::file_error(EPERM);
  const auto path = path_argument(arguments.rest());
  if (!path) return invalid();
  const auto slash = path->rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path->substr(0, slash + 1);
  const UniqueFd fd = open_path(folder, O_PATH | O_DIRECTORY, 0);
  const std::string name = slash == std::string::npos ? *path : path->substr(slash + 1);
  if (!fd || ::unlinkat(fd.get(), name.c_str(), 0) != 0) return failed();
  return rsp::file_result(0);
}

std::string HostFiles::read_link(rsp::Reader arguments) {
  const auto path = path_argument(arguments.rest());
  if (!path) return invalid();
  const UniqueFd fd = open_path(*path, O_PATH | O_NOFOLLOW, 0);
  if (!fd) return failed();
  std::string target(PATH_MAX, '\0');
  const ssize_t size = ::readlinkat(fd.get(), "", target.data(), target.size());
  if (size < 0) return errno == ENOENT ? invalid() : failed();  // readlink(2) says EINVAL of what is no link
  return rsp::file_data(bytes_of(std::string_view(target)).first(static_cast<std::size_t>(size)));
}

}  // namespace gdbhub::gdb
