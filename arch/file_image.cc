#include "arch/file_image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace gdbhub::arch {

Result<FileImage> FileImage::open(const std::string& path) {
  // O_NONBLOCK: a FIFO must not make the hub wait.
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) {
    const int error = errno;
    return Error{error == ENOENT ? ErrorCode::NotFound : ErrorCode::System, error, "Cannot open " + path};
  }
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) return Error{ErrorCode::System, errno, "Cannot examine " + path};
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::Unsupported, 0, path + " is not a regular file"};
  return FileImage(std::move(fd), static_cast<std::uint64_t>(status.st_size));
}

FileImage::FileImage(Bytes whole) : size_(whole.size()), copied_(whole.size()) {
  pieces_.emplace(0, std::move(whole));
}

ByteSpan FileImage::read(std::uint64_t offset, std::uint64_t size) {
  if (size == 0 || offset > size_ || size > size_ - offset) return {};
  for (const auto& [begin, piece] : pieces_) {
    if (begin <= offset && offset - begin <= piece.size() && size <= piece.size() - (offset - begin)) {
      return ByteSpan(piece).subspan(offset - begin, size);
    }
  }
  if (fd_.get() < 0 || size > kLimit - copied_) return {};
  Bytes piece(size);
  for (std::size_t done = 0; done < size;) {
    const ssize_t count =
        pread(fd_.get(), piece.data() + done, size - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return {};
    done += static_cast<std::size_t>(count);
  }
  copied_ += size;
  return pieces_.emplace(offset, std::move(piece))->second;
}

}  // namespace gdbhub::arch
