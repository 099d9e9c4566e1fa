// Where the debug information of a file is: in it, or in a file of its own that a distribution ships apart.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gdbhub/result.h"
#include "gdbhub/unique_fd.h"

namespace gdbhub::arch {

/// Opens a regular file for reading, never waiting for a FIFO.
Result<UniqueFd> open_regular(const std::string& path);

/// The separate debug file of the ELF file behind the descriptor, by build-id or .gnu_debuglink (whose
/// checksum must be right). `path` is the file's own as its process sees it; `roots` are the folders that
/// stand for `/`, tried in order. Nothing when there is none. Never asks the network.
std::optional<UniqueFd> find_debug_file(int descriptor, const std::string& path,
                                        const std::vector<std::string>& roots);

}  // namespace gdbhub::arch
