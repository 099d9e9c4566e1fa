// Z and z packets.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "gdbhub/address.h"
#include "gdbhub/bytes.h"
#include "gdbhub/result.h"

namespace gdbhub::rsp {

/// In the order of their numbers on the wire.
enum class BreakpointType { Software, Hardware, WriteWatch, ReadWatch, AccessWatch };

/// `Z0,4005d0,1;X3,220127;cmds:1,X…`: insert or remove a breakpoint or watchpoint.
struct BreakpointRequest {
  bool insert = false;
  BreakpointType type = BreakpointType::Software;
  Address address;
  std::uint64_t kind = 0;         ///< watchpoints: the length in bytes; breakpoints: of no use on x86
  std::vector<Bytes> conditions;  ///< agent expressions; the stop counts when any is true, or none is given
  std::vector<Bytes> commands;    ///< agent expressions to run at a stop that counts
  bool persistent = false;        ///< the commands outlive the client's connection
};

/// `packet` is all of it. Unsupported for a type that does not exist (the reply to that is empty), else
/// InvalidArgument.
Result<BreakpointRequest> parse_breakpoint_request(std::string_view packet);

}  // namespace gdbhub::rsp
