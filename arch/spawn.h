// From a LaunchSpec to a child process that is ready to exec and waits to be traced.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gdbhub/ids.h"
#include "gdbhub/kernel.h"
#include "gdbhub/result.h"
#include "gdbhub/unique_fd.h"

namespace gdbhub::arch {

/// `argument` so that a shell makes the same bytes of it; backslashes, which shells agree on more than on
/// quotes.
std::string quote_for_shell(std::string_view argument);

/// What the child executes: wrapper and program, through `shell -c 'exec …'` if the spec wants a shell.
std::vector<std::string> command_of(const LaunchSpec& spec, const std::string& shell);

/// `current` ("NAME=value" each) with the changes of the spec applied.
std::vector<std::string> environment_of(const LaunchSpec& spec, const char* const* current);

/// A child between fork and exec. It has its directory, descriptors, signals and so on, and does nothing more
/// until release(). Never waits for the child's death: who forks it must reap it.
class HeldChild {
 public:
  /// Forks. InvalidArgument for an empty command or one with NUL bytes.
  static Result<HeldChild> start(const LaunchSpec& spec);

  Pid pid() const { return pid_; }
  /// Waits until the child is set up: a few system calls of its own, nothing that a tracer could hold up. An
  /// error tells which of them failed; the child has exited with 127 then.
  Result<> await_setup();
  /// Lets it exec. If the object goes without that, the child exits with 127. A failing exec writes
  /// "Cannot exec PROGRAM: reason." to the child's stderr and exits with 127.
  void release();

 private:
  HeldChild(Pid pid, UniqueFd channel, std::string directory)
      : pid_(pid), channel_(std::move(channel)), directory_(std::move(directory)) {}

  Pid pid_;
  UniqueFd channel_;
  std::string directory_;
};

}  // namespace gdbhub::arch
