// What /proc knows of a thread that gdb shows to people.
#pragma once

#include <optional>
#include <string>

#include "gdbhub/kernel.h"

namespace gdbhub::gdb {

struct TaskName {
  std::string name;    ///< up to 15 bytes
  int processor = -1;  ///< where it last ran
};

/// nullopt when the thread is gone.
std::optional<TaskName> task_name(Kernel& kernel, Pid pid, Tid tid);

}  // namespace gdbhub::gdb
