#include "arch/elf_check.h"

#include <elf.h>

#include <cstring>
#include <optional>

namespace gdbhub::arch {
namespace {

Error refused(std::string_view why) {
  return Error{ErrorCode::InvalidArgument, 0, "Not a usable ELF file: " + std::string(why)};
}

template <class Header>
Header header_at(ByteSpan table, std::size_t index) {
  Header header;
  std::memcpy(&header, table.data() + index * sizeof header, sizeof header);
  return header;
}

bool known_identification(const Elf64_Ehdr& header) {
  return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64 &&
         header.e_ident[EI_DATA] == ELFDATA2LSB && header.e_ident[EI_VERSION] == EV_CURRENT &&
         header.e_version == EV_CURRENT;
}

/// A table of `count` headers; nothing when it is not all there. No headers are an empty table.
std::optional<ByteSpan> table(FileImage& image, std::uint64_t offset, std::uint64_t entry,
                              std::uint64_t count, std::uint64_t expected_entry) {
  if (count == 0) return ByteSpan{};
  if (entry != expected_entry) return std::nullopt;
  const ByteSpan found = image.read(offset, entry * count);
  if (found.empty()) return std::nullopt;
  return found;
}

Result<> check_symbols(FileImage& image, const Elf64_Shdr& symbols, ByteSpan sections, std::size_t count) {
  if (symbols.sh_entsize != sizeof(Elf64_Sym) || symbols.sh_size % sizeof(Elf64_Sym) != 0) {
    return refused("a symbol table has entries of another size");
  }
  if (symbols.sh_size != 0 && image.read(symbols.sh_offset, symbols.sh_size).empty()) {
    return refused("a symbol table lies outside of the file");
  }
  if (symbols.sh_link >= count) return refused("a symbol table's names are in no section");
  const auto names = header_at<Elf64_Shdr>(sections, symbols.sh_link);
  if (names.sh_type != SHT_STRTAB) return refused("a symbol table's names are in no string table");
  const ByteSpan text = image.read(names.sh_offset, names.sh_size);
  if (text.empty() || text.back() != 0) return refused("a string table is not terminated");
  return {};
}

}  // namespace

Result<> check_elf(FileImage& image) {
  const ByteSpan start = image.read(0, sizeof(Elf64_Ehdr));
  if (start.empty()) return refused("it is too short");
  const auto header = header_at<Elf64_Ehdr>(start, 0);
  if (!known_identification(header)) return refused("it is not of the 64-bit little-endian kind");
  if (!table(image, header.e_phoff, header.e_phentsize, header.e_phnum, sizeof(Elf64_Phdr))) {
    return refused("its program headers lie outside of it");
  }
  const std::optional<ByteSpan> sections =
      table(image, header.e_shoff, header.e_shentsize, header.e_shnum, sizeof(Elf64_Shdr));
  if (!sections) return refused("its section headers lie outside of it");
  if (header.e_shnum != 0 && header.e_shstrndx >= header.e_shnum)
    return refused("its section names are missing");
  for (std::size_t i = 0; i < header.e_shnum; ++i) {
    const auto section = header_at<Elf64_Shdr>(*sections, i);
    if (section.sh_type != SHT_SYMTAB && section.sh_type != SHT_DYNSYM) continue;
    if (Result<> checked = check_symbols(image, section, *sections, header.e_shnum); !checked) return checked;
  }
  return {};
}

}  // namespace gdbhub::arch
