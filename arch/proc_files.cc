#include "arch/proc_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <string_view>

#include "gdbhub/unique_fd.h"

namespace gdbhub::arch {
namespace {

Error file_error(const char* what, const std::string& path) {
  const int error = errno;
  const ErrorCode code = error == ENOENT || error == ESRCH   ? ErrorCode::NotFound
                         : error == EACCES || error == EPERM ? ErrorCode::NotPermitted
                                                             : ErrorCode::System;
  return {code, error, std::string(what) + ' ' + path + ": " + std::strerror(error)};
}

/// Repeats `transfer(done)`, a system call for the bytes from `done` on, until it ends or `size` is reached.
template <class Transfer>
std::size_t transfer_all(std::size_t size, Transfer transfer) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t count = transfer(done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

/// The open file pins the address space, whatever becomes of the threads; once that is empty, reads give
/// nothing.
class ProcMemory final : public TraceeMemory {
 public:
  explicit ProcMemory(UniqueFd fd) : fd_(std::move(fd)) {}

  std::size_t read(Address from, MutableByteSpan to) const override {
    return transfer_all(to.size(), [&](std::size_t done) {
      return ::pread(fd_.get(), to.data() + done, to.size() - done, static_cast<off_t>((from + done).value));
    });
  }

  std::size_t write(Address to, ByteSpan from) override {
    return transfer_all(from.size(), [&](std::size_t done) {
      return ::pwrite(fd_.get(), from.data() + done, from.size() - done,
                      static_cast<off_t>((to + done).value));
    });
  }

 private:
  UniqueFd fd_;
};

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

/// The entries of a folder that are numbers.
template <class Id>
Result<std::vector<Id>> list_numbers(const std::string& path) {
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(path.c_str()));
  if (!directory) return file_error("cannot open", path);
  std::vector<Id> numbers;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    int number = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), number).ec == std::errc{}) numbers.push_back(Id{number});
  }
  return numbers;
}

}  // namespace

std::string proc_path(int pid, const std::string& name) {
  return "/proc/" + std::to_string(pid) + '/' + name;
}

Result<Bytes> read_file(const std::string& path) {
  constexpr std::size_t kFirstSize = 4096;
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return file_error("cannot open", path);
  Bytes content(kFirstSize);
  std::size_t size = 0;
  for (;;) {
    const ssize_t count = ::read(fd.get(), content.data() + size, content.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error("cannot read", path);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
    if (size == content.size()) content.resize(2 * size);
  }
  content.resize(size);
  return content;
}

Result<std::string> read_link(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t size = ::readlink(path.c_str(), target, sizeof target);
  if (size < 0) return file_error("cannot read the link", path);
  return std::string(target, static_cast<std::size_t>(size));
}

std::vector<Pid> list_processes() {
  return list_numbers<Pid>("/proc").value_or(std::vector<Pid>{});
}

Result<std::vector<Tid>> list_threads(Pid pid) {
  return list_numbers<Tid>(proc_path(pid.value, "task"));
}

Result<std::unique_ptr<TraceeMemory>> open_proc_memory(Tid tid) {
  const std::string path = proc_path(tid.value, "mem");
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd) return file_error("cannot open", path);
  return std::unique_ptr<TraceeMemory>(std::make_unique<ProcMemory>(std::move(fd)));
}

}  // namespace gdbhub::arch
