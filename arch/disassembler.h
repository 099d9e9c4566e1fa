// Machine code as text for people, by Capstone.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "gdbhub/address.h"
#include "gdbhub/bytes.h"

namespace gdbhub::arch {

/// One line of a disassembly.
struct Instruction {
  Address address;
  unsigned length = 0;
  std::string text;  ///< "mov rax, qword ptr [rbp - 8]"; "(bad)", one byte long, where nothing can be decoded
};

/// Disassembles 64-bit code. For one thread at a time, as Capstone's handles are.
class Disassembler {
 public:
  Disassembler();
  ~Disassembler();
  Disassembler(const Disassembler&) = delete;
  Disassembler& operator=(const Disassembler&) = delete;

  /// At most `count` instructions from the start of `code`, which lies at `address`. An instruction that is
  /// cut off at the end shows as "(bad)" bytes.
  std::vector<Instruction> disassemble(ByteSpan code, Address address, std::size_t count) const;

 private:
  std::size_t handle_ = 0;  // csh; 0: Capstone could not be opened, and everything is "(bad)"
};

}  // namespace gdbhub::arch
