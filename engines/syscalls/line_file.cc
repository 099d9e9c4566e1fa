#include "engines/syscalls/line_file.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <cerrno>

namespace gdbhub::syscalls {
namespace {

using namespace std::chrono_literals;

constexpr Duration retry = 50ms;  // of a full pipe

}  // namespace

Result<std::unique_ptr<LineFile>> LineFile::open(EventLoop& loop, const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0644));
  if (!file) {
    const int error = errno;
    return Error{ErrorCode::System, error, "cannot write to " + path + ": " + strerror(error)};
  }
  return std::make_unique<LineFile>(loop, std::move(file));
}

LineFile::~LineFile() { flush(); }

void LineFile::push(std::string_view line) {
  if (unsent_.size() + line.size() > kMaxUnsent) {
    ++lost_;
    return;
  }
  if (lost_ != 0) unsent_ += "[" + std::to_string(lost_) + " lines lost]\n";
  lost_ = 0;
  unsent_.append(line).append("\n");
  flush_soon();
}

void LineFile::flush_soon() {
  if (std::exchange(scheduled_, true)) return;
  loop_.post([this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) flush();
  });
}

void LineFile::flush() {
  scheduled_ = false;
  while (!unsent_.empty()) {
    const ssize_t written = ::write(file_.get(), unsent_.data(), unsent_.size());
    if (written >= 0) {
      unsent_.erase(0, static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      scheduled_ = true;
      loop_.after(retry, [this, alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) flush();
      });
      return;
    } else if (errno != EINTR) {
      return unsent_.clear();  // a full disk, a closed pipe: the hub goes on
    }
  }
}

}  // namespace gdbhub::syscalls
