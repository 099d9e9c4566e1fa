// A position-independent program with a dynamic linker's lists, as bytes at addresses.
#pragma once

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "gdbhub/isa.h"

namespace gdbhub::test {

/// The program's headers lie at kBase + 0x40, its dynamic section at kBase + 0x1000. Tests place the rest.
class LinkerImage {
 public:
  static constexpr std::uint64_t kBase = 0x555555554000, kEntry = kBase + 0x1040, kDebug = 0x7ffff7ffe118;

  LinkerImage() {
    put(kBase + 0x40, Elf64_Phdr{PT_PHDR, PF_R, 0x40, 0x40, 0x40, 0x70, 0x70, 8});
    put(kBase + 0x40 + sizeof(Elf64_Phdr),
        Elf64_Phdr{PT_DYNAMIC, PF_R, 0x1000, 0x1000, 0x1000, 0x30, 0x30, 8});
    put_dynamic(kDebug);
  }

  template <class T>
  void put(std::uint64_t at, const T& object) {
    const auto* bytes = reinterpret_cast<const Byte*>(&object);
    for (std::size_t i = 0; i < sizeof object; ++i) bytes_[at + i] = bytes[i];
  }
  void put_text(std::uint64_t at, const std::string& text) {
    for (std::size_t i = 0; i <= text.size(); ++i) bytes_[at + i] = static_cast<Byte>(text.c_str()[i]);
  }
  void put_dynamic(std::uint64_t debug) {
    put(kBase + 0x1000, Elf64_Dyn{DT_NEEDED, {1}});
    put(kBase + 0x1010, Elf64_Dyn{DT_DEBUG, {debug}});
    put(kBase + 0x1020, Elf64_Dyn{DT_NULL, {0}});
  }
  void put_debug(std::uint64_t at, std::uint64_t version, std::uint64_t map, std::uint64_t next) {
    const std::uint64_t fields[] = {version, map, 0xb4ea4, 0, 0x7ffff7fca000, next};
    put(at, fields);
  }
  /// A link_map; its name is put right behind it.
  void put_map(std::uint64_t at, const std::string& name, std::uint64_t base, std::uint64_t next,
               std::uint64_t prev) {
    const std::uint64_t fields[] = {base, at + 0x40, base + 0xdd, next, prev};
    put(at, fields);
    put_text(at + 0x40, name);
  }
  /// The program, libc and libm; in a second namespace libz.
  void put_lists() {
    put_debug(kDebug, 2, 0x1000, 0x9000);
    put_map(0x1000, "", kBase, 0x2000, 0);
    put_map(0x2000, "/lib/libc.so.6", 0x10000, 0x3000, 0x1000);
    put_map(0x3000, "/lib/libm.so.6", 0x20000, 0, 0x2000);
    put_debug(0x9000, 2, 0x4000, 0);
    put_map(0x4000, "/lib/libz.so.1", 0x30000, 0, 0);
  }
  void unmap(std::uint64_t at) { bytes_.erase(at); }

  Bytes auxv() const {
    const std::uint64_t words[] = {AT_PAGESZ, 4096, AT_PHDR,  kBase + 0x40, AT_PHENT, sizeof(Elf64_Phdr),
                                   AT_PHNUM,  2,    AT_ENTRY, kEntry,       AT_NULL,  0};
    const ByteSpan bytes = bytes_of(words);
    return {bytes.begin(), bytes.end()};
  }
  ReadMemory reader() const {
    return [this](Address from, MutableByteSpan to) {
      std::size_t count = 0;
      for (; count < to.size(); ++count) {
        const auto byte = bytes_.find((from + count).value);
        if (byte == bytes_.end()) break;
        to[count] = byte->second;
      }
      return count;
    };
  }

 private:
  std::map<std::uint64_t, Byte> bytes_;
};

}  // namespace gdbhub::test
