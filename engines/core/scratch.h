// Where in a tracee scratch memory can be mapped, and from where its mmap can be called.
#pragma once

#include <optional>

#include "engines/core/address_space.h"

namespace gdbhub::core {

/// The start of unmapped memory for a region of CopySlots, within reach of rip-relative operands of code at `near`.
std::optional<Address> find_gap(Kernel& kernel, Pid pid, Address near);

/// A system call instruction in the vdso, which every process has and nobody unmaps.
std::optional<Address> find_syscall_site(Kernel& kernel, const Isa& isa, Pid pid, const AddressSpace& space);

/// AT_ENTRY: where the program itself begins.
std::optional<Address> find_entry(Kernel& kernel, Pid pid);

}  // namespace gdbhub::core
