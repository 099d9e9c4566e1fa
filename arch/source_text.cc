#include "arch/source_text.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "arch/debug_file.h"
#include "arch/process_code.h"

namespace gdbhub::arch {
namespace {

constexpr off_t kMaxFile = 16 << 20;
constexpr std::size_t kMaxLine = 500;  ///< bytes; generated sources have longer ones

std::string proc(Pid pid) { return "/proc/" + std::to_string(pid.value); }

struct stat status_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) status = {};
  return status;
}

Result<std::string> read_whole(int file, off_t size) {
  std::string text(static_cast<std::size_t>(size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = ::pread(file, text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno != EINTR) return Error{ErrorCode::System, errno, "the source file cannot be read"};
    if (count == 0) break;
    if (count > 0) done += static_cast<std::size_t>(count);
  }
  text.resize(done);
  return text;
}

/// The file and when it was changed.
Result<std::pair<std::string, timespec>> read_source(Pid pid, const std::string& path) {
  if (!path.starts_with('/')) return Error{ErrorCode::NotFound, 0, path + " is not here"};
  const uid_t user = status_of(proc(pid)).st_uid;
  for (const std::string& root : {proc(pid) + "/root", std::string()}) {
    const auto file = open_regular(root + path);
    struct stat status {};
    if (!file || ::fstat(file->get(), &status) != 0) continue;
    if (status.st_uid != user && (status.st_mode & S_IROTH) == 0)
      return Error{ErrorCode::NotPermitted, 0, path + " is not the process's to read"};
    if (status.st_size > kMaxFile) return Error{ErrorCode::Unsupported, 0, path + " is too large"};
    auto text = read_whole(file->get(), status.st_size);
    if (!text) return text.error();
    return std::pair(std::move(*text), status.st_mtim);
  }
  return Error{ErrorCode::NotFound, 0, path + " is not here"};
}

bool is_later(const timespec& a, const timespec& b) { return std::pair(a.tv_sec, a.tv_nsec) > std::pair(b.tv_sec, b.tv_nsec); }

}  // namespace

Result<SourceText> source_around(Pid pid, Address at, unsigned around) {
  const auto spots = describe_code(pid, {at});
  if (!spots) return spots.error();
  const CodeSpot& spot = spots->front();
  if (spot.line == 0) return Error{ErrorCode::NotFound, 0, "the source line is not known"};
  const auto read = read_source(pid, spot.file);
  if (!read) return read.error();
  SourceText source{.file = spot.file, .line = spot.line, .first = spot.line > around ? spot.line - around : 1, .lines = {}};
  source.is_newer = is_later(read->second, status_of(proc(pid) + "/root" + spot.module).st_mtim);
  std::string_view rest = read->first;
  for (unsigned line = 1; !rest.empty() && line <= spot.line + around; ++line) {
    const std::string_view text = rest.substr(0, rest.find('\n'));
    if (line >= source.first) source.lines.emplace_back(text.substr(0, kMaxLine));
    rest.remove_prefix(std::min(text.size() + 1, rest.size()));
  }
  if (source.first + source.lines.size() <= spot.line) return Error{ErrorCode::NotFound, 0, spot.file + " has no line " + std::to_string(spot.line)};
  return source;
}

}  // namespace gdbhub::arch
