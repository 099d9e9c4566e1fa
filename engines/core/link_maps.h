// What the dynamic linker has loaded into a process, by its own account in the process's memory (<link.h>).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "gdbhub/address.h"
#include "gdbhub/bytes.h"
#include "gdbhub/isa.h"

namespace gdbhub::core {

/// One struct link_map: the program itself, or a library.
struct LoadedObject {
  Address link_map;    ///< where the entry is: what names it as long as it is loaded
  std::string name;    ///< a path as the linker knows it; empty for the program
  Address base;        ///< l_addr: added to the file's addresses
  Address dynamic;     ///< l_ld
  Address name_space;  ///< the namespace (dlmopen(3)), by the address of its struct r_debug

  friend bool operator==(const LoadedObject&, const LoadedObject&) = default;
};

/// Longer lists are taken for garbage and cut off.
constexpr std::size_t kMaxLoadedObjects = 10'000;

/// The value of an entry (AT_PHDR, …) of /proc/PID/auxv of a 64-bit process.
std::optional<std::uint64_t> auxv_value(ByteSpan auxv, std::uint64_t type);

/// Where the linker's struct r_debug is; `auxv` is /proc/PID/auxv of a 64-bit process. nullopt for a static
/// program, and before the linker has started up.
std::optional<Address> find_r_debug(const ReadMemory& read, ByteSpan auxv);

/// The function that the linker calls before and after each change of its lists. nullopt when there is none
/// (yet).
std::optional<Address> r_brk(const ReadMemory& read, ByteSpan auxv);

/// The list from `first` on, which must name `previous` as the entry before it. Ends where the list ends or
/// is broken, as it is for moments while the linker changes it.
std::vector<LoadedObject> objects_from(const ReadMemory& read, Address first, Address previous,
                                       Address name_space);

/// All namespaces, one after the other. The first object is the program.
std::vector<LoadedObject> loaded_objects(const ReadMemory& read, Address r_debug);

}  // namespace gdbhub::core
