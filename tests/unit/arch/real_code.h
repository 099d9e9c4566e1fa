// The machine code of installed programs and libraries, as a source of instructions.
#pragma once

#include <elf.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "arch/decoded_instruction.h"

namespace gdbhub::arch {

/// What the file maps executable; empty when there is no such file.
inline Bytes executable_code(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const Bytes file{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  Elf64_Ehdr header;
  if (file.size() < sizeof header) return {};
  std::memcpy(&header, file.data(), sizeof header);
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, file.data() + header.e_phoff + i * sizeof segment, sizeof segment);
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    const auto begin = file.begin() + static_cast<std::ptrdiff_t>(segment.p_offset);
    return {begin, begin + static_cast<std::ptrdiff_t>(segment.p_filesz)};
  }
  return {};
}

/// Calls `visit` with each instruction as they follow each other; what cannot be decoded is passed by.
template <class Visit>
void for_each_instruction(ByteSpan code, Visit visit) {
  for (std::size_t at = 0; at < code.size();) {
    const auto instruction = decode(code.subspan(at, std::min<std::size_t>(code.size() - at, 15)), {0});
    if (instruction) visit(*instruction, code.subspan(at, instruction->length()));
    at += instruction ? instruction->length() : 1;
  }
}

}  // namespace gdbhub::arch
