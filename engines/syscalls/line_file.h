// Lines on their way to a file that may be a pipe nobody reads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gdbhub/event_loop.h"
#include "gdbhub/result.h"
#include "gdbhub/unique_fd.h"

namespace gdbhub::syscalls {

/// Writes lines without ever waiting: what a pipe does not take is kept up to a bound, and counted beyond it; a line tells
/// how many were lost (A23). Tracer thread only.
class LineFile {
 public:
  /// More bytes than this waiting: lines are dropped.
  static constexpr std::size_t kMaxUnsent = 1 << 20;

  /// Opens `path` for writing, from its beginning. `loop` is not owned.
  static Result<std::unique_ptr<LineFile>> open(EventLoop& loop, const std::string& path);

  LineFile(EventLoop& loop, UniqueFd file) : loop_(loop), file_(std::move(file)) {}
  /// Writes what can be written now.
  ~LineFile();
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  /// `line` comes without its newline. It is written soon.
  void push(std::string_view line);

 private:
  void flush();
  void flush_soon();

  EventLoop& loop_;
  UniqueFd file_;
  std::string unsent_;
  std::uint64_t lost_ = 0;
  bool scheduled_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gdbhub::syscalls
