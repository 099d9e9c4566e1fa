// Which source line an instruction belongs to, by the debug information (DWARF 2 to 5, also compressed or
// split).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gdbhub/address.h"
#include "gdbhub/result.h"

namespace gdbhub::arch {

/// Where the code of a line begins.
struct LinePlace {
  Address address;  ///< of the file, without a load bias
  std::string file;
  unsigned line = 0;
};

/// All rows of a file's line tables. Immutable, independent of the file once read.
class LineTable {
 public:
  /// What a malformed or gigantic file may cost; a table that would exceed it is cut off (see is_complete).
  struct Limits {
    std::size_t rows = 8'000'000;
    std::size_t units = 200'000;
    std::size_t file_bytes = std::size_t{1} << 30;
    std::chrono::milliseconds time{20'000};
  };

  /// Reads the file behind the descriptor, which is only borrowed. NotFound when it has no debug information.
  static Result<LineTable> read(int descriptor, const Limits& limits);
  static Result<LineTable> read(int descriptor) { return read(descriptor, Limits{}); }

  /// Each place where code of the line begins that a statement begins at; of the next line that has code when
  /// this one has none. `file` is a path or its last components: "b.c" and "a/b.c" name "/src/a/b.c".
  std::vector<LinePlace> find(std::string_view file, unsigned line) const;
  /// False when a limit was hit.
  bool is_complete() const { return complete_; }
  std::size_t rows() const { return rows_.size(); }

 private:
  struct Row {
    std::uint64_t address;
    std::uint32_t file;
    std::uint32_t line : 30;
    std::uint32_t statement : 1;
    std::uint32_t end : 1;  ///< the first address after a sequence
  };
  friend class LineReader;

  std::vector<std::string> files_;
  std::vector<Row> rows_;  ///< unit by unit, within each by address
  bool complete_ = true;
};

}  // namespace gdbhub::arch
