// Where an instruction may lead.
#pragma once

#include <optional>

#include "gdbhub/isa.h"

namespace gdbhub::arch {

/// See Isa::flow.
std::optional<Flow> flow(ByteSpan code, Address pc, const GeneralRegisters& registers);

}  // namespace gdbhub::arch
