// qXfer:libraries-svr4: the shared libraries of a process, as gdb takes them.
#pragma once

#include <string>
#include <string_view>

#include "gdbhub/bytes.h"
#include "gdbhub/isa.h"
#include "gdbhub/result.h"

namespace gdbhub::gdb {

/// The `<library-list-svr4>` document. `annex` is empty for all libraries of all namespaces, or asks for one
/// namespace's from one entry on: `start=ADDR;prev=ADDR;lmid=ADDR;`, in any order, in hex. Lists that are
/// broken or too long end early; the program itself is not in it.
///
/// Unsupported for a static program and before the linker has started up: gdb then looks for itself.
/// InvalidArgument for an annex that cannot be read.
Result<std::string> libraries_svr4(const ReadMemory& read, ByteSpan auxv, std::string_view annex);

}  // namespace gdbhub::gdb
