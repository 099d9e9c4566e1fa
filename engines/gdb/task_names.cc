#include "engines/gdb/task_names.h"

#include "gdbhub/procfs.h"

namespace gdbhub::gdb {

std::optional<TaskName> task_name(Kernel& kernel, Pid pid, Tid tid) {
  const Result<Bytes> text = kernel.proc_file(pid, "task/" + std::to_string(tid.value) + "/stat");
  if (!text) return std::nullopt;
  const std::optional<TaskStat> stat = parse_stat(text_of(*text));
  if (!stat) return std::nullopt;
  return TaskName{stat->name, stat->processor};
}

}  // namespace gdbhub::gdb
