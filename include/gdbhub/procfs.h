// What the text files of /proc say, as values. Pure: no file is opened here. (arch/procfs.cc implements it.)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gdbhub/address.h"
#include "gdbhub/bytes.h"
#include "gdbhub/ids.h"

namespace gdbhub {

/// One line of /proc/PID/maps.
struct Mapping {
  AddressRange range;
  bool readable = false;
  bool writable = false;
  bool executable = false;
  bool shared = false;
  std::uint64_t offset = 0;  ///< bytes into the file
  std::uint64_t inode = 0;   ///< 0: no file
  std::string path;          ///< as the kernel prints it: "[stack]", "/lib/x.so (deleted)", or empty
};

/// The part of /proc/PID/stat that the hub uses.
struct TaskStat {
  Tid tid;
  std::string name;  ///< up to 15 bytes, any but NUL
  char state = '?';  ///< R S D T t Z X …
  Pid parent;
  std::uint64_t start_time = 0;  ///< clock ticks since boot; with the tid it names a task for ever
  int processor = -1;            ///< where it last ran
};

/// The part of /proc/PID/status that the hub uses. In the masks, bit n - 1 is signal n.
struct TaskStatus {
  std::string name;
  char state = '?';
  Pid process;  ///< the thread group
  Pid parent;
  Tid tracer;     ///< 0: not traced, or by a tracer in another pid namespace
  int user = -1;  ///< the effective user id
  std::uint64_t blocked = 0;
  std::uint64_t ignored = 0;
  std::uint64_t caught = 0;
};

/// All lines that make sense; the others are left out.
std::vector<Mapping> parse_maps(std::string_view text);

/// nullopt when it is not such a line.
std::optional<TaskStat> parse_stat(std::string_view text);

/// nullopt when the thread group is missing. Fields that this kernel does not print keep their defaults.
std::optional<TaskStatus> parse_status(std::string_view text);

/// Type and value of the entries of /proc/PID/auxv of a 64-bit process, up to AT_NULL, which is left out.
std::vector<std::pair<std::uint64_t, std::uint64_t>> parse_auxv(ByteSpan bytes);

}  // namespace gdbhub
