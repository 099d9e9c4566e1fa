#include "engines/dash/mapped_files.h"

#include <algorithm>

namespace gdbhub::dash {

std::vector<MappedFile> mapped_files(const std::vector<Mapping>& mappings) {
  std::vector<MappedFile> files;
  for (const Mapping& mapping : mappings) {
    if (!mapping.path.starts_with('/')) continue;  // [stack], [vdso], anonymous memory
    const bool goes_on = !files.empty() && files.back().path == mapping.path && files.back().inode == mapping.inode;
    if (!goes_on) files.push_back({mapping.path, mapping.inode, {}});
    files.back().pieces.push_back({mapping.range, mapping.offset, mapping.executable});
  }
  std::erase_if(files, [](const MappedFile& file) { return std::ranges::none_of(file.pieces, &MappedFile::Piece::executable); });
  return files;
}

}  // namespace gdbhub::dash
