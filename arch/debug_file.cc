#include "arch/debug_file.h"

#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/crc.hpp>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "gdbhub/bytes.h"

namespace gdbhub::arch {
namespace {

constexpr std::string_view kFolder = "/usr/lib/debug";
constexpr std::size_t kMaxChecked = std::size_t{1} << 30;  // bytes; larger files are not taken

struct EndElf {
  void operator()(Elf* elf) const { ::elf_end(elf); }
};
using OwnedElf = std::unique_ptr<Elf, EndElf>;

OwnedElf open_elf(int descriptor) {
  ::elf_version(EV_CURRENT);
  OwnedElf elf(::elf_begin(descriptor, ELF_C_READ, nullptr));
  if (elf && ::elf_kind(elf.get()) != ELF_K_ELF) elf.reset();
  return elf;
}

/// As hex digits; empty when the file has none.
std::string build_id(Elf* elf) {
  const void* bytes = nullptr;
  const ssize_t size = ::dwelf_elf_gnu_build_id(elf, &bytes);
  std::string digits;
  for (ssize_t i = 0; i < size; ++i) {
    const unsigned byte = static_cast<const Byte*>(bytes)[i];
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 15];
  }
  return digits;
}

/// The checksum of .gnu_debuglink is the CRC-32 of zlib.
bool has_checksum(int descriptor, std::uint32_t expected) {
  boost::crc_32_type crc;
  std::array<char, 1 << 16> buffer;
  for (std::size_t done = 0; done < kMaxChecked;) {
    const ssize_t count = ::pread(descriptor, buffer.data(), buffer.size(), static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count == 0 && crc.checksum() == expected;
    crc.process_bytes(buffer.data(), static_cast<std::size_t>(count));
    done += static_cast<std::size_t>(count);
  }
  return false;
}

std::optional<UniqueFd> by_build_id(const std::string& id, const std::vector<std::string>& roots) {
  if (id.size() < 4) return std::nullopt;
  for (const std::string& root : roots) {
    auto file = open_regular(root + std::string(kFolder) + "/.build-id/" + id.substr(0, 2) + "/" +
                             id.substr(2) + ".debug");
    if (!file) continue;
    const OwnedElf elf = open_elf(file->get());
    if (elf && build_id(elf.get()) == id) return std::move(*file);
  }
  return std::nullopt;
}

std::optional<UniqueFd> by_link(const std::string& name, std::uint32_t checksum, const std::string& path,
                                const std::vector<std::string>& roots) {
  if (name.find('/') != name.npos) return std::nullopt;
  const std::string folder = std::filesystem::path(path).parent_path();
  for (const std::string& root : roots)
    for (const std::string& place :
         {folder + "/" + name, folder + "/.debug/" + name, std::string(kFolder) + folder + "/" + name}) {
      auto file = open_regular(root + place);
      if (file && has_checksum(file->get(), checksum)) return std::move(*file);
    }
  return std::nullopt;
}

}  // namespace

Result<UniqueFd> open_regular(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) {
    const int error = errno;
    return Error{error == ENOENT ? ErrorCode::NotFound : ErrorCode::System, error, "Cannot open " + path};
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return Error{ErrorCode::System, errno, "Cannot examine " + path};
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::Unsupported, 0, path + " is not a regular file"};
  return file;
}

std::optional<UniqueFd> find_debug_file(int descriptor, const std::string& path,
                                        const std::vector<std::string>& roots) {
  const OwnedElf elf = open_elf(descriptor);
  if (!elf) return std::nullopt;
  if (auto found = by_build_id(build_id(elf.get()), roots)) return found;
  GElf_Word checksum = 0;
  const char* name = ::dwelf_elf_gnu_debuglink(elf.get(), &checksum);
  return name != nullptr ? by_link(name, checksum, path, roots) : std::nullopt;
}

}  // namespace gdbhub::arch
