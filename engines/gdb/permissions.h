// What a client may do to its tracees.
#pragma once

#include <bitset>
#include <optional>
#include <string_view>

#include "gdbhub/result.h"

namespace gdbhub::gdb {

enum class Permission { WriteRegisters, WriteMemory, InsertBreakpoints, Stop };

/// What the user has switched off with "set may-…" or "set observer on" (QAllow), which the hub enforces; in gdb itself they
/// are a promise only. An observer by its listener's role (A38) may do none of it, whatever it says here.
class Permissions {
 public:
  /// `WriteReg:1;WriteMem:0;…`. What is not named, stays; nullopt for a name or value that does not exist.
  std::optional<Permissions> changed_by(std::string_view settings) const;

  /// NotPermitted, with the reason.
  Result<> check(Permission permission, bool observer) const;

 private:
  std::bitset<4> denied_;
};

}  // namespace gdbhub::gdb
