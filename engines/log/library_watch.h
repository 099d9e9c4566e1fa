// Which libraries a process has loaded and unloaded since the last look.
#pragma once

#include <optional>
#include <vector>

#include "engines/core/link_maps.h"
#include "gdbhub/bytes.h"
#include "gdbhub/isa.h"

namespace gdbhub::log {

/// A library that has come or gone.
struct LibraryChange {
  bool loaded = false;
  core::LoadedObject object;
};

/// One program in one process; after an exec, begin with a new one.
class LibraryWatch {
 public:
  /// `auxv` is /proc/PID/auxv.
  explicit LibraryWatch(Bytes auxv) : auxv_(std::move(auxv)) {}

  /// Where a breakpoint tells of the next change, to be asked again after each update(): the linker's own
  /// function, or, as long as the linker has not run, the program's entry, which is reached with the first
  /// libraries loaded. (A static program passes it once, and nothing changes ever.)
  std::optional<Address> breakpoint(const ReadMemory& read) const;

  /// Reads the lists; what has gone comes first, then what is new. Between the two calls of the linker's
  /// function the lists may be incomplete: changes that are missed are found by the next look.
  std::vector<LibraryChange> update(const ReadMemory& read);

 private:
  Bytes auxv_;
  std::vector<core::LoadedObject> known_;
};

}  // namespace gdbhub::log
