// Names for the flags and choices among system call arguments.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engines/syscalls/table.h"

namespace gdbhub::syscalls {

/// The value in the words of the C headers ("O_RDONLY|O_CLOEXEC"); what has no name is shown in hexadecimal. nullopt when
/// `kind` is not one of the flags and choices.
std::optional<std::string> named(Arg kind, std::uint64_t value);

/// "SIGSEGV", "SIGRT_3", or the number.
std::string signal_name(int number);
/// "ENOENT (No such file or directory)"; for the kernel's own codes "ERESTARTSYS" and so on.
std::string error_name(int number);

}  // namespace gdbhub::syscalls
