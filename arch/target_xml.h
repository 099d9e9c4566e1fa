// The target description: how gdb learns which registers there are.
#pragma once

#include <string>
#include <vector>

#include "gdbhub/isa.h"

namespace gdbhub::arch {

/// The <target> document for these registers, in their order. A feature's registers must be consecutive.
std::string target_xml(const std::vector<RegisterInfo>& registers);

}  // namespace gdbhub::arch
