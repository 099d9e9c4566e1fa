// Where things are in an address space of the fake machine, beside the program itself.
#pragma once

#include "tests/support/fake_memory.h"

namespace gdbhub::test {

constexpr Address kStackTop{0x7ffffffff000};
constexpr std::uint64_t kStackSize = 4 * kPageSize;
constexpr Address kVdsoBase{0x7ffff7fc1000};
/// "syscall; ret" in the vdso.
constexpr std::uint64_t kVdsoSyscallOffset = 0x800;

}  // namespace gdbhub::test
