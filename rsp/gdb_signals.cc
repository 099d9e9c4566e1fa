#include "rsp/gdb_signals.h"

#include <csignal>

namespace gdbhub::rsp {
namespace {

// Real-time signals by their kernel numbers: glibc's SIGRTMIN hides the first two.
constexpr int kFirstRealTime = 32;
constexpr int kLastRealTime = 64;

/// By host number. SIGSTKFLT is unknown to GDB. SIGIO is also SIGPOLL (33), which GDB never hears from Linux.
constexpr int kGdbNumbers[kFirstRealTime] = {
    0,
    1,                  // SIGHUP
    2,                  // SIGINT
    3,                  // SIGQUIT
    4,                  // SIGILL
    5,                  // SIGTRAP
    6,                  // SIGABRT
    10,                 // SIGBUS
    8,                  // SIGFPE
    9,                  // SIGKILL
    30,                 // SIGUSR1
    11,                 // SIGSEGV
    31,                 // SIGUSR2
    13,                 // SIGPIPE
    14,                 // SIGALRM
    15,                 // SIGTERM
    kUnknownGdbSignal,  // SIGSTKFLT
    20,                 // SIGCHLD
    19,                 // SIGCONT
    17,                 // SIGSTOP
    18,                 // SIGTSTP
    21,                 // SIGTTIN
    22,                 // SIGTTOU
    16,                 // SIGURG
    24,                 // SIGXCPU
    25,                 // SIGXFSZ
    26,                 // SIGVTALRM
    27,                 // SIGPROF
    28,                 // SIGWINCH
    23,                 // SIGIO
    32,                 // SIGPWR
    12,                 // SIGSYS
};
static_assert(SIGBUS == 7 && SIGUSR1 == 10 && SIGSTKFLT == 16 && SIGURG == 23 && SIGSYS == 31);

constexpr int kGdbPoll = 33;
constexpr int kGdbSig32 = 77;  // SIG33…SIG63 have been there before it
constexpr int kGdbSig33 = 45;
constexpr int kGdbSig64 = 78;

}  // namespace

int gdb_signal(int host) {
  if (host < 0 || host > kLastRealTime) return kUnknownGdbSignal;
  if (host < kFirstRealTime) return kGdbNumbers[host];
  if (host == kFirstRealTime) return kGdbSig32;
  if (host == kLastRealTime) return kGdbSig64;
  return host - 33 + kGdbSig33;
}

std::optional<int> host_signal(int gdb) {
  if (gdb == kUnknownGdbSignal) return std::nullopt;
  if (gdb == kGdbPoll) return SIGPOLL;
  for (int host = 0; host <= kLastRealTime; ++host) {
    if (gdb_signal(host) == gdb) return host;
  }
  return std::nullopt;
}

}  // namespace gdbhub::rsp
