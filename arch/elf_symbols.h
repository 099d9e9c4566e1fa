// The functions and objects that an ELF file names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "arch/file_image.h"
#include "gdbhub/address.h"
#include "gdbhub/result.h"

namespace gdbhub::arch {

/// A named place. Addresses are those of the file: add the load bias to get those of a process.
struct Symbol {
  enum class Kind { Function, Object };

  std::string name;  ///< as the linker knows it, not demangled
  Address address;
  std::uint64_t size = 0;  ///< bytes; 0 where the file does not say
  Kind kind = Kind::Function;
  bool global = true;    ///< or weak; not local to one translation unit
  bool chooses = false;  ///< it is no function of that name, but chooses one at run time (IFUNC)
};

/// The symbols of one file, from .symtab and .dynsym. Immutable, independent of the file once read.
class SymbolTable {
 public:
  /// Reads the symbols of the file at `path`. A file without symbols gives an empty table. NotFound, System,
  /// InvalidArgument for what is not a well-formed ELF file.
  static Result<SymbolTable> load(const std::string& path);
  /// The same of a file that is open, or in memory.
  static Result<SymbolTable> read(FileImage image);

  /// The symbol of this name, a global one if there are several; null if there is none.
  const Symbol* find(std::string_view name) const;
  /// The symbol in whose bytes `address` lies, the one that starts last if there are several. One without a
  /// size has only its first byte.
  const Symbol* at(Address address) const;
  /// All, by address.
  const std::vector<Symbol>& symbols() const { return symbols_; }

 private:
  explicit SymbolTable(std::vector<Symbol> symbols);

  std::vector<Symbol> symbols_;
  std::vector<std::uint64_t> reach_;    // the last address in symbols_[0..i]
  std::vector<std::uint32_t> by_name_;  // indices
};

}  // namespace gdbhub::arch
