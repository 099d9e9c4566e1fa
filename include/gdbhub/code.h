// Code of a process as people know it: what stands at an address, in which line of which source, and who has called.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gdbhub/address.h"
#include "gdbhub/bytes.h"
#include "gdbhub/ids.h"
#include "gdbhub/isa.h"
#include "gdbhub/result.h"

namespace gdbhub {

/// What is known of an address. Empty: nothing is.
struct CodeSpot {
  Address address;
  std::string function;      ///< demangled
  std::uint64_t offset = 0;  ///< bytes into the function
  std::string file;          ///< source, as the compiler knew it
  unsigned line = 0;
  std::string module;        ///< the program or library, by path

  friend bool operator==(const CodeSpot&, const CodeSpot&) = default;
};

/// All that is taken from a stopped thread to find its callers later, while it runs on.
struct StackSample {
  Pid pid;
  Tid tid;
  GeneralRegisters registers{};
  Address begin;  ///< of `stack`
  Bytes stack;    ///< memory from a little below the stack pointer on
};

/// Some lines of a source file.
struct SourceText {
  std::string file;         ///< as the compiler knew it
  unsigned line = 0;        ///< the one that was asked for
  unsigned first = 0;       ///< the number of lines[0]
  std::vector<std::string> lines;
  bool is_newer = false;    ///< than the program: they may not be what it was made of
};

/// Looks all three up without keeping the loop's thread waiting.
class CodeLookup {
 public:
  using Found = std::function<void(const Result<std::vector<CodeSpot>>&)>;

  virtual ~CodeLookup() = default;
  /// What stands at each address, in their order. `found` is called later, on the loop.
  virtual void describe(Pid pid, std::vector<Address> addresses, Found found) = 0;
  /// The sample's pc and then the return addresses, `most` at most; in the same way.
  virtual void callers(StackSample sample, std::size_t most, Found found) = 0;
  /// The source line of an address with `around` lines before and after it, in the same way. NotFound where the line is not known, or the
  /// file is not here.
  virtual void source(Pid pid, Address at, unsigned around, std::function<void(const Result<SourceText>&)> found) = 0;
};

}  // namespace gdbhub
