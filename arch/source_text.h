// Source lines of a process's code, where the files are.
#pragma once

#include "gdbhub/code.h"
#include "gdbhub/result.h"

namespace gdbhub::arch {

/// As CodeLookup::source. The file is looked for as the process sees it, then as the hub does; only one that the process's user may read, since
/// the path is the program's to choose. For any thread but the tracer thread: files are read.
Result<SourceText> source_around(Pid pid, Address at, unsigned around);

}  // namespace gdbhub::arch
