#include "arch/file_image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "arch/debug_file.h"

namespace gdbhub::arch {

Result<FileImage> FileImage::open(const std::string& path) {
  Result<UniqueFd> file = open_regular(path);
  if (!file) return file.error();
  return of_open_file(std::move(*file));
}

Result<FileImage> FileImage::of_descriptor(int descriptor) {
  return of_open_file(UniqueFd(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0)));
}

Result<FileImage> FileImage::of_open_file(UniqueFd file) {
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return Error{ErrorCode::System, errno, "Cannot examine a file"};
  return FileImage(std::move(file), static_cast<std::uint64_t>(status.st_size));
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
