// Parts of a file, copied. Never mapped: a mapped file that somebody truncates (a rebuild of the tracee)
// kills the hub.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "gdbhub/bytes.h"
#include "gdbhub/result.h"
#include "gdbhub/unique_fd.h"

namespace gdbhub::arch {

/// A file, or bytes that stand for one. What was read once stays as it was, whatever becomes of the file:
/// what has been checked is what is used. For one thread at a time.
class FileImage {
 public:
  /// The most that is copied of one file, in bytes.
  static constexpr std::uint64_t kLimit = std::uint64_t{512} << 20;

  /// Opens a regular file; NotFound, System, or Unsupported for what is not a regular file.
  static Result<FileImage> open(const std::string& path);
  /// The same of what is open already; the descriptor is duplicated.
  static Result<FileImage> of_descriptor(int descriptor);
  explicit FileImage(Bytes whole);

  std::uint64_t size() const { return size_; }
  /// The bytes [offset, offset + size), valid as long as the image is; empty when they are not all in the
  /// file, cannot be read, or exceed the limit.
  ByteSpan read(std::uint64_t offset, std::uint64_t size);

 private:
  static Result<FileImage> of_open_file(UniqueFd file);
  FileImage(UniqueFd fd, std::uint64_t size) : fd_(std::move(fd)), size_(size) {}

  UniqueFd fd_;
  std::uint64_t size_ = 0;
  std::uint64_t copied_ = 0;
  std::multimap<std::uint64_t, Bytes> pieces_;  // by offset
};

}  // namespace gdbhub::arch
