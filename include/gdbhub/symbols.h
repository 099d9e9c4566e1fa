// The seam between engines and what files of programs say about code: names and source lines, in a process's
// addresses.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gdbhub/address.h"
#include "gdbhub/ids.h"
#include "gdbhub/result.h"

namespace gdbhub {

/// How a user names a place in code.
struct CodeName {
  enum class Kind { Function, Line };

  Kind kind = Kind::Function;
  std::string name;  ///< of the function, C++ with or without parameters and outer scopes; or of the source
                     ///< file, its end is enough
  unsigned line = 0;
  std::uint64_t offset = 0;  ///< bytes after the function's first one

  friend bool operator==(const CodeName&, const CodeName&) = default;
};

/// A place that has been found.
struct CodePlace {
  Address address;       ///< in the process
  std::string function;  ///< demangled; empty when no symbol covers it
  std::string file;      ///< of CodeName::Kind::Line, as the compiler knew it
  unsigned line = 0;     ///< the one with code, which may be a later one than asked for

  /// Of a function that only chooses, when the program first needs it, the one of that name (IFUNC: strlen).
  struct Choice {
    std::optional<Address> kept_at;  ///< where the process has the address of the chosen one; nullopt: in no place that is known
    std::uint64_t initial = 0;       ///< what is there until it has been chosen

    friend bool operator==(const Choice&, const Choice&) = default;
  };
  std::optional<Choice> choice{};

  friend bool operator==(const CodePlace&, const CodePlace&) = default;
};

/// A file that a process has mapped.
struct MappedFile {
  struct Piece {
    AddressRange range;
    std::uint64_t offset = 0;  ///< bytes into the file
    bool executable = false;

    friend bool operator==(const Piece&, const Piece&) = default;
  };

  std::string path;  ///< as the process sees it, in its own mount namespace
  std::uint64_t inode = 0;
  std::vector<Piece> pieces;  ///< by address

  /// The same file in the same place. Its pieces may differ: the linker protects some after they have been filled.
  bool is_same_mapping(const MappedFile& other) const {
    return path == other.path && inode == other.inode && pieces.front().range.begin == other.pieces.front().range.begin;
  }
};

/// Looks things up in symbol tables and debug information, without keeping the loop's thread waiting.
class Symbols {
 public:
  /// For each name, the places in this file, which may be none.
  using Found = std::function<void(const Result<std::vector<std::vector<CodePlace>>>&)>;

  virtual ~Symbols() = default;
  /// Calls `found` later, on the loop; never inside the call. An error for a file that cannot be read.
  virtual void find(Pid pid, const MappedFile& file, std::vector<CodeName> names, Found found) = 0;
};

}  // namespace gdbhub
