// What the system calls of x86-64 Linux are called, and what their arguments mean.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace gdbhub::syscalls {

/// How an argument is shown. The number of a size or an address that belongs to one is in the argument behind it.
enum class Arg : std::uint8_t {
  None,  ///< the call has no such argument
  Int,
  Unsigned,
  Long,
  Size,
  Hex,
  Octal,  ///< a file mode
  Pointer,
  Fd,
  DirFd,  ///< a descriptor or AT_FDCWD
  Path,
  Text,         ///< ends with a NUL
  TextOut,      ///< the kernel fills it in, with its NUL; the result is its length
  In,           ///< bytes, as many as the next argument says
  Out,          ///< the kernel fills it in; the result is its length
  Strings,      ///< as argv
  Environment,  ///< only counted
  Time,         ///< struct timespec, read by the kernel
  FdPair,       ///< two descriptors that the kernel fills in
  Status,       ///< of wait4
  SocketAddress,  ///< read by the kernel; the next argument is its size
  SignalSet,
  // Flags and choices: names.h
  AccessMode,
  Advice,
  ArchCommand,
  AtFlags,
  CloneFlags,
  Clock,
  Domain,
  EpollCommand,
  FcntlCommand,
  FutexOperation,
  MapFlags,
  MessageFlags,
  OpenFlags,
  OpenMode,  ///< only with the flags that make a file, which are in the argument before
  Protection,
  Resource,
  Signal,
  SignalHow,
  SocketType,
  WaitOptions,
  Whence,
};

/// Classes of calls, as bits; strace(1) calls them %file and so on.
using Classes = std::uint8_t;
inline constexpr Classes Desc = 1, File = 2, Network = 4, Process = 8, Signals = 16, Memory = 32, Ipc = 64, Other = 0;

/// One system call.
struct Call {
  long number = 0;
  std::string_view name;
  Classes classes = Other;
  std::array<Arg, 6> arguments{};
};

/// All calls, by ascending numbers.
std::span<const Call> calls();
/// Null for a number that this table does not have.
const Call* find_call(long number);
const Call* find_call(std::string_view name);
/// "file", "%file", …; nullopt when there is no such class.
std::optional<Classes> find_class(std::string_view name);

}  // namespace gdbhub::syscalls
