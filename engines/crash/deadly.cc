#include "engines/crash/deadly.h"

#include <string.h>

#include <charconv>
#include <csignal>

#include "gdbhub/procfs.h"

namespace gdbhub::crash {

const SignalMask core_signals = mask_of(SIGQUIT) | mask_of(SIGILL) | mask_of(SIGTRAP) | mask_of(SIGABRT) | mask_of(SIGBUS) |
                                mask_of(SIGFPE) | mask_of(SIGSEGV) | mask_of(SIGXCPU) | mask_of(SIGXFSZ) | mask_of(SIGSYS);

std::string name_of(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

Result<int> parse_signal(std::string_view text) {
  const std::string_view name = text.starts_with("SIG") ? text.substr(3) : text;
  for (int signal = 1; signal < NSIG; ++signal)
    if (const char* known = ::sigabbrev_np(signal); known != nullptr && name == known) return signal;
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size() && number > 0 && number < NSIG) return number;
  return Error{ErrorCode::InvalidArgument, 0, "there is no signal \"" + std::string(text) + "\""};
}

bool is_deadly(Kernel& kernel, Pid pid, Tid tid, int signal) {
  if (signal <= 0 || (core_signals & mask_of(signal)) == 0) return false;
  const Result<Bytes> file = kernel.proc_file(pid, "task/" + std::to_string(tid.value) + "/status");
  const auto status = file ? parse_status(text_of(*file)) : std::nullopt;
  return status && ((status->caught | status->ignored) & mask_of(signal)) == 0;
}

}  // namespace gdbhub::crash
