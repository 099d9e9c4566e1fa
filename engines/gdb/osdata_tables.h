// The tables behind "info os", from /proc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gdbhub::gdb {

/// Each cell names its column, since the rows of some tables differ (cpus).
struct OsTable {
  struct Cell {
    std::string column;
    std::string value;
  };
  std::string_view type;  ///< as the document names it
  std::vector<std::vector<Cell>> rows{};
};

// Each looks at /proc now. Processes that end meanwhile are left out; what this kernel does not have is an
// empty table.
OsTable os_processes();
OsTable os_process_groups();
OsTable os_threads();
OsTable os_files();
OsTable os_cpus();
OsTable os_modules();
OsTable os_sockets();
OsTable os_shared_memory();
OsTable os_semaphores();
OsTable os_message_queues();

}  // namespace gdbhub::gdb
