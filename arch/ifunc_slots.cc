#include "arch/ifunc_slots.h"

#include <elf.h>

#include <cstring>
#include <vector>

#include "gdbhub/bytes.h"

namespace gdbhub::arch {
namespace {

template <class Entry>
std::vector<Entry> entries(FileImage& image, std::uint64_t offset, std::uint64_t bytes) {
  const ByteSpan table = image.read(offset, bytes - bytes % sizeof(Entry));
  std::vector<Entry> all(table.size() / sizeof(Entry));
  if (!all.empty()) std::memcpy(all.data(), table.data(), all.size() * sizeof(Entry));
  return all;
}

/// The eight bytes that the file has for an address; 0 where it has none (.bss).
std::uint64_t word_at(FileImage& image, const std::vector<Elf64_Phdr>& segments, std::uint64_t address) {
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type != PT_LOAD || address - segment.p_vaddr >= segment.p_filesz) continue;
    const auto word = entries<std::uint64_t>(image, segment.p_offset + (address - segment.p_vaddr), 8);
    return word.empty() ? 0 : word.front();
  }
  return 0;
}

}  // namespace

std::map<Address, IfuncSlot> ifunc_slots(FileImage& image) {
  std::map<Address, IfuncSlot> slots;
  const auto header = entries<Elf64_Ehdr>(image, 0, sizeof(Elf64_Ehdr));
  if (header.empty()) return slots;
  const auto segments = entries<Elf64_Phdr>(image, header[0].e_phoff, std::uint64_t{header[0].e_phnum} * sizeof(Elf64_Phdr));
  for (const auto& section :
       entries<Elf64_Shdr>(image, header[0].e_shoff, std::uint64_t{header[0].e_shnum} * sizeof(Elf64_Shdr))) {
    if (section.sh_type != SHT_RELA || (section.sh_flags & SHF_ALLOC) == 0) continue;
    for (const auto& relocation : entries<Elf64_Rela>(image, section.sh_offset, section.sh_size))
      if (ELF64_R_TYPE(relocation.r_info) == R_X86_64_IRELATIVE)
        slots.try_emplace(Address{static_cast<std::uint64_t>(relocation.r_addend)},
                          IfuncSlot{Address{relocation.r_offset}, word_at(image, segments, relocation.r_offset)});
  }
  return slots;
}

}  // namespace gdbhub::arch
