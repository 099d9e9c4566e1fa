#include "arch/attach_refusal.h"

#include <cerrno>

namespace gdbhub::arch {
namespace {

constexpr const char* kYamaReasons[] = {
    nullptr,
    "kernel.yama.ptrace_scope is 1, so a process may trace only its own descendants: start the program "
    "under the hub, run the hub as root, or set kernel.yama.ptrace_scope to 0",
    "kernel.yama.ptrace_scope is 2, so only root may trace: run the hub as root or with CAP_SYS_PTRACE",
    "kernel.yama.ptrace_scope is 3, so nobody may attach until the machine is booted again with another "
    "setting",
};

std::string cause(const RefusedAttach& refused) {
  const TaskStatus& status = refused.status;
  if (refused.tracer && refused.tracer->process == refused.hub) return "the hub traces it already";
  if (status.process == refused.hub) return "it is the hub itself";
  if (status.state == 'Z' || status.state == 'X')
    return "it has exited and only waits for its parent to notice";
  const int scope = refused.yama_scope.value_or(0);
  if (scope == 3) return kYamaReasons[3];
  if (refused.hub_user != 0 && status.user != refused.hub_user) {
    return "it belongs to user " + std::to_string(status.user) + ", and the hub runs as user " +
           std::to_string(refused.hub_user) + ": run the hub as that user or as root";
  }
  if (scope == 1 || scope == 2) return kYamaReasons[scope];
  return "the kernel forbids it: the program has raised its privileges or made itself undumpable, is a "
         "kernel thread, "
         "or a container or security module restricts the hub (CAP_SYS_PTRACE may help)";
}

}  // namespace

Error explain(const RefusedAttach& refused) {
  const std::string process = "process " + std::to_string(refused.target.value);
  if (refused.tracer && refused.tracer->process != refused.hub) {
    return {ErrorCode::NotPermitted, EPERM,
            process + " is already traced by " + refused.tracer->name + " (pid " +
                std::to_string(refused.tracer->process.value) + ")"};
  }
  return {ErrorCode::NotPermitted, EPERM, "cannot attach to " + process + ": " + cause(refused)};
}

}  // namespace gdbhub::arch
