// libFuzzer target: the ELF validator, and libelfin behind it, on arbitrary bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "arch/elf_symbols.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gdbhub;
  const auto table = arch::SymbolTable::read(arch::FileImage(Bytes(data, data + size)));
  if (!table) return 0;
  for (const arch::Symbol& one : table->symbols()) {
    if (table->find(one.name) == nullptr || table->at(one.address) == nullptr) std::abort();
  }
  return 0;
}
