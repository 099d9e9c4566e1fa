// Reading from /proc: whole files, links, thread lists and the memory of a process.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gdbhub/bytes.h"
#include "gdbhub/ids.h"
#include "gdbhub/kernel.h"
#include "gdbhub/result.h"

namespace gdbhub::arch {

/// "/proc/PID/NAME".
std::string proc_path(int pid, const std::string& name);

/// A whole file whose size the kernel does not tell. NotFound also when the process has gone.
Result<Bytes> read_file(const std::string& path);

/// Where a symbolic link points to.
Result<std::string> read_link(const std::string& path);

/// The processes in /proc.
std::vector<Pid> list_processes();

/// The entries of /proc/PID/task.
Result<std::vector<Tid>> list_threads(Pid pid);

/// The address space that `tid` uses now, through /proc/TID/mem.
Result<std::unique_ptr<TraceeMemory>> open_proc_memory(Tid tid);

}  // namespace gdbhub::arch
