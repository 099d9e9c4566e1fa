#include "tests/support/elf_writer.h"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "gdbhub/unique_fd.h"

namespace gdbhub::test {
namespace {

constexpr std::size_t kPage = 4096;

std::size_t round_up(std::size_t size) {
  return (size + kPage - 1) / kPage * kPage;
}

Elf64_Phdr segment(std::uint32_t flags, std::size_t offset, Address at, std::size_t size) {
  Elf64_Phdr header{};
  header.p_type = PT_LOAD;
  header.p_flags = flags;
  header.p_offset = offset;
  header.p_vaddr = header.p_paddr = at.value;
  header.p_filesz = header.p_memsz = size;
  header.p_align = kPage;
  return header;
}

}  // namespace

Bytes elf_image(const FakeProgram& program) {
  const Bytes text = program.text(), data = program.data();
  const std::size_t text_offset = kPage, data_offset = text_offset + round_up(text.size());
  std::array<Elf64_Phdr, 3> segments{};
  segments[0] = segment(PF_R | PF_X, text_offset, FakeProgram::kTextBase, text.size());
  segments[1].p_type = PT_GNU_STACK;
  segments[1].p_flags = PF_R | PF_W;
  segments[2] = segment(PF_R | PF_W, data_offset, FakeProgram::kDataBase, data.size());

  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_entry = FakeProgram::kTextBase.value;
  header.e_phoff = sizeof header;
  header.e_ehsize = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = static_cast<Elf64_Half>(segments.size() - (data.empty() ? 1 : 0));

  Bytes image(data_offset + round_up(data.size()));
  std::memcpy(image.data(), &header, sizeof header);
  std::memcpy(image.data() + sizeof header, segments.data(), sizeof segments);
  std::memcpy(image.data() + text_offset, text.data(), text.size());
  if (!data.empty()) std::memcpy(image.data() + data_offset, data.data(), data.size());
  return image;
}

Result<> write_elf(const FakeProgram& program, const std::string& path) {
  const Bytes image = elf_image(program);
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755));
  if (!fd || ::write(fd.get(), image.data(), image.size()) != static_cast<ssize_t>(image.size())) {
    return Error{ErrorCode::System, errno, "cannot write " + path + ": " + std::strerror(errno)};
  }
  return {};
}

}  // namespace gdbhub::test
