// Where a program keeps which function it has chosen (IFUNC): strlen for this processor, say.
#pragma once

#include <map>

#include "arch/file_image.h"
#include "gdbhub/address.h"

namespace gdbhub::arch {

/// A pointer that the dynamic linker, or the start of a static program, fills with what a function has chosen.
struct IfuncSlot {
  Address at;                 ///< of the file
  std::uint64_t initial = 0;  ///< what is there before, in a process as in the file
};

/// By the choosing function's address. Functions that the file itself does not use have no slot. Of a file that
/// check_elf has seen; what is malformed in other places has none.
std::map<Address, IfuncSlot> ifunc_slots(FileImage& image);

}  // namespace gdbhub::arch
