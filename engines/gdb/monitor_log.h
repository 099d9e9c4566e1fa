// The event log as people read it ("monitor log").
#pragma once

#include <string>
#include <vector>

#include "gdbhub/journal.h"

namespace gdbhub::gdb {

/// The last `count` lines that the entries make. Steps one after the other by the same engine are one line.
std::vector<std::string> log_lines(const std::vector<JournalEntry>& entries, std::size_t count);

}  // namespace gdbhub::gdb
