#include "server/debugged_kernel.h"

#include <cstring>
#include <string_view>

#include "server/logging.h"

namespace gdbhub::net {
namespace {

using enum DebugComponent;

std::string_view name_of(ResumeMode mode) {
  switch (mode) {
    case ResumeMode::Continue: return "continue";
    case ResumeMode::Step: return "step";
    case ResumeMode::BlockStep: return "step to the next branch";
    case ResumeMode::Syscall: return "continue to the next system call";
    case ResumeMode::Listen: return "stay in the group-stop";
  }
  return "";
}

std::string_view name_of(PtraceEvent event) {
  switch (event) {
    case PtraceEvent::Fork: return "fork";
    case PtraceEvent::Vfork: return "vfork";
    case PtraceEvent::Clone: return "clone";
    case PtraceEvent::Exec: return "exec";
    case PtraceEvent::VforkDone: return "vfork done";
    case PtraceEvent::Exit: return "exit";
    case PtraceEvent::Stop: return "stop";
  }
  return "";
}

std::string signal_name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(signal);
}

std::string text_of(WaitStatus status) {
  if (status.is_exit()) return fmt::format("exited with {}", status.exit_code());
  if (status.is_killed()) return "was killed by " + signal_name(status.term_signal());
  if (status.is_syscall()) return "stopped at a system call";
  if (status.is_group_stop()) return "stopped with its group by " + signal_name(status.stop_signal());
  if (const auto event = status.event()) return fmt::format("stopped for {}", name_of(*event));
  return "stopped for " + signal_name(status.stop_signal());
}

template <class T>
Result<T> note(Result<T> result, std::string_view what, Tid tid) {
  debug(Threads, "{} {}{}", what, tid.value, result ? "" : ": " + result.error().text);
  return result;
}

}  // namespace

Result<> DebuggedKernel::seize(Tid tid, bool exit_kill) {
  return note(LinuxKernel::seize(tid, exit_kill), "seize", tid);
}

Result<> DebuggedKernel::interrupt(Tid tid) { return note(LinuxKernel::interrupt(tid), "interrupt", tid); }

Result<> DebuggedKernel::resume(Tid tid, ResumeMode mode, int signal) {
  debug(Threads, "resume {}: {}{}", tid.value, name_of(mode), signal != 0 ? " with " + signal_name(signal) : "");
  return LinuxKernel::resume(tid, mode, signal);
}

Result<> DebuggedKernel::detach(Tid tid, int signal) { return note(LinuxKernel::detach(tid, signal), "detach", tid); }

std::optional<WaitResult> DebuggedKernel::wait_next() {
  const auto result = LinuxKernel::wait_next();
  if (result) debug(Threads, "{} {}", result->tid.value, text_of(result->status));
  return result;
}

std::optional<WaitStatus> DebuggedKernel::wait_thread(Tid tid) {
  const auto status = LinuxKernel::wait_thread(tid);
  if (status) debug(Threads, "{} {}", tid.value, text_of(*status));
  return status;
}

Result<Pid> DebuggedKernel::spawn(const LaunchSpec& spec) {
  auto pid = LinuxKernel::spawn(spec);
  debug(Threads, "start {}: {}", spec.argv.empty() ? "" : spec.argv[0],
        pid ? std::to_string(pid->value) : pid.error().text);
  return pid;
}

Result<> DebuggedKernel::set_debug_register(Tid tid, int number, std::uint64_t value) {
  debug(HardwarePoints, "{} DR{} = {:#x}", tid.value, number, value);
  return LinuxKernel::set_debug_register(tid, number, value);
}

}  // namespace gdbhub::net
