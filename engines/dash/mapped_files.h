// The program and the libraries of a process, as the kernel has mapped them.
#pragma once

#include <vector>

#include "gdbhub/procfs.h"
#include "gdbhub/symbols.h"

namespace gdbhub::dash {

/// The files with code among the mappings, each with all its pieces.
std::vector<MappedFile> mapped_files(const std::vector<Mapping>& mappings);

}  // namespace gdbhub::dash
