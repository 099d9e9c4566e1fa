// What one file of a program says about its code: functions by name, source lines; its debug file's knowledge
// included.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "arch/elf_symbols.h"
#include "arch/ifunc_slots.h"
#include "arch/line_table.h"
#include "gdbhub/symbols.h"
#include "gdbhub/unique_fd.h"

namespace gdbhub::arch {

/// The index of one file. Line tables are read when first asked for. For one thread at a time.
class CodeIndex {
 public:
  /// A loadable segment: a part of the file and where it is meant to be.
  struct Segment {
    std::uint64_t offset = 0;  ///< bytes into the file
    std::uint64_t size = 0;    ///< bytes in the file
    Address address;
  };

  /// Takes the open file. `path` and `roots` are for find_debug_file. InvalidArgument for what is no ELF file
  /// of ours.
  static Result<CodeIndex> read(UniqueFd file, const std::string& path,
                                const std::vector<std::string>& roots);

  /// The places of a name, with addresses of the file.
  std::vector<CodePlace> find(const CodeName& name);
  /// The loadable segments, in their order in the file.
  const std::vector<Segment>& segments() const { return segments_; }

 private:
  CodeIndex() = default;
  std::vector<CodePlace> functions(const CodeName& name) const;
  std::vector<CodePlace> lines(const CodeName& name);
  /// The symbol that covers an address, of the file itself or of its debug file.
  const Symbol* symbol_at(Address address) const;

  UniqueFd file_;
  std::optional<UniqueFd> debug_file_;
  std::vector<SymbolTable> symbols_;  ///< of the file, of its debug file
  std::vector<Segment> segments_;
  std::map<Address, IfuncSlot> slots_;
  std::optional<LineTable> lines_;
  bool lines_tried_ = false;
};

/// Whether a function whose linker's name is `symbol` may be called `name`: exactly, or demangled with or
/// without its parameters, template arguments and outer scopes ("f" for "ns::f(int)").
bool is_called(const std::string& symbol, std::string_view name);
/// Demangled, if it is the name of a C++ function; otherwise as it is.
std::string demangled(const std::string& symbol);

}  // namespace gdbhub::arch
