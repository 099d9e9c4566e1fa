// A system call as a line of text, as strace(1) shows it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "engines/syscalls/table.h"
#include "gdbhub/bytes.h"
#include "gdbhub/isa.h"

namespace gdbhub::syscalls {

/// A string literal of C: at most `limit` bytes of it, "..." behind it when there is more.
std::string quoted(ByteSpan bytes, std::size_t limit);

/// The result of a call as the kernel returns it; nullopt: it never returns.
std::string result_text(long number, std::optional<long> result);

/// A call that is under way. What the kernel reads is shown as it is at the entry, what it writes as it is at the exit.
class OpenCall {
 public:
  /// `read` reads the tracee's memory, now. `string_limit`: bytes shown of a buffer; paths are shown whole.
  OpenCall(long number, const std::array<std::uint64_t, 6>& arguments, const ReadMemory& read, std::size_t string_limit);

  long number() const { return number_; }
  /// "name(arguments) = result". Without a result the call never returns: "= ?".
  std::string close(std::optional<long> result, const ReadMemory& read) const;

 private:
  std::string before(std::size_t index, const ReadMemory& read) const;
  /// Of an argument that the kernel fills in.
  std::string after(std::size_t index, long result, const ReadMemory& read) const;

  long number_;
  const Call* call_;  ///< null: unknown; then all six arguments are shown
  std::array<std::uint64_t, 6> values_;
  std::size_t string_limit_;
  std::array<std::string, 6> texts_;
};

}  // namespace gdbhub::syscalls
