#include "server/terminal.h"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>

namespace gdbhub::net {
namespace {

pid_t former_foreground = -1;

void take_terminal_back() { ::tcsetpgrp(STDERR_FILENO, former_foreground); }

}  // namespace

void give_terminal(Pid pid) {
  const pid_t foreground = ::tcgetpgrp(STDERR_FILENO);
  if (foreground < 0) return;  // no terminal, or not ours
  // A background process that writes to, or takes, its terminal would be stopped.
  ::signal(SIGTTOU, SIG_IGN);
  ::signal(SIGTTIN, SIG_IGN);
  if (former_foreground < 0) {
    former_foreground = foreground;
    std::atexit(take_terminal_back);
  }
  ::tcsetpgrp(STDERR_FILENO, pid.value);
}

}  // namespace gdbhub::net
