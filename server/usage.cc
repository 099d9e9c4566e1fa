#include "server/usage.h"

namespace gdbhub::net {

std::string usage_text() {
  return R"(Usage:	gdbhub [OPTIONS] COMM PROG [ARGS ...]
	gdbhub [OPTIONS] --attach COMM PID
	gdbhub [OPTIONS] --multi COMM [PROG [ARGS ...]]
	gdbhub log [--connect ADDR] [--at LOGPOINT ...] [...]
	gdbhub dashboard --connect ADDR [--at WHERE]

A debug server for the GDB remote protocol, used as gdbserver is, that many debuggers share.

COMM is where debuggers connect; options come before it, all after PROG is PROG's:
  HOST:PORT         TCP; [V6]:PORT, V6:PORT, and tcp:, tcp4: or tcp6: before it are fine too.
                    Port 0 lets the kernel choose one; it is printed.
  :PORT             TCP on the loopback addresses only
  unix:PATH         a Unix socket for this user and root only
  - or stdio        one debugger on stdin and stdout; PROG's output goes to stderr
  /dev/ttyS0        a serial line or another terminal device, one debugger after the other

Operating modes:
  --attach          Attach to the running process PID. `COMM --attach PID` is the same.
  --multi           Start with or without a program; quit only when told to.
  --once            Exit when the first debugger has left and no other is there.
  --help            Print this and exit.
  --version         Print the version and exit.

Programs:
  --wrapper WRAPPER ... --
                    Run WRAPPER to start programs; it must exec them.
  --disable-randomization, --no-disable-randomization
                    Start programs without (default) or with address space randomization.
  --startup-with-shell, --no-startup-with-shell
                    Start programs by a shell, which expands arguments (default), or directly.

  --inferior-io inherit|pty|pipe
                    PROG has gdbhub's own stdin and stdout (default), or a terminal or pipes that
                    gdbhub reads: `monitor output on` and `gdbhub log` show what programs write.

Many debuggers:
  --listen ADDR[,role=controller|observer][,join=hold|refuse|snapshot]
                    A further COMM; may be repeated. An observer sees and changes nothing.
                    `join` is what a debugger finds that connects while the program runs:
                    a stop of its own, a refusal, or a picture of the moment (observers).
  --on-last-drop gdbserver|hold|continue|detach|kill
                    What becomes of programs when the last debugger's connection is lost.
  --kill owner|any  Who may kill a program: the debugger that started or first attached to it and
                    the last one there (default), or any. `monitor kill force` always may.
  --grace-time SECONDS
                    A debugger that reads none of its answers for so long (30) holds no thread any more.

Dashboard:
  --dashboard[=[ADDR][,role=controller|observer]]
                    Serve a web page that shows who holds what, live; its URL is printed, with
                    a token that is good for one browser. ADDR is as for COMM; without it the
                    loopback addresses, port 2380, or any port if that is taken. An observer's
                    page only shows. `gdbhub dashboard --connect COMM` prints a further URL of a
                    hub that runs, which serves a dashboard from then on if it did not.
  --dashboard-cert FILE, --dashboard-key FILE
                    Serve it over TLS (https) with this certificate and key, PEM. Without
                    --dashboard-key the key is in the certificate's file.

Engines that work beside the debuggers, on every process:
  --engine NAME[:KEY=VALUE,...]
                    Start one; may be repeated. `--engine help` lists all options of:
                    crash      hold what is about to die of SIGSEGV and the like
                    syscalls   log system calls, as strace does

Debugging gdbhub:
  --debug[=COMPONENTS], --remote-debug, --event-loop-debug
                    Say what is done to threads (default), in the event loop, and which packets go
                    between whom. COMPONENTS: all, threads, event-loop, remote, with commas.
                    `monitor set debug`, `set remote-debug` … switch them later.
  --debug-format=all|none|timestamp
                    Whether debug messages begin with the time.
  --debug-file=PATH Append there instead of writing to stderr.
  --log-level LEVEL trace, debug, info, warn (default), error or off
  --disable-packet=PACKETS
                    Do without some packets, as an old server would; alone: list them.
  --selftest[=FILTER]
                    Run the built-in tests whose names contain FILTER, and exit.
)";
}

std::string version_text() {
  return "gdbhub " GDBHUB_VERSION ", a drop-in for GNU gdbserver 13.1 that many debuggers share\n";
}

}  // namespace gdbhub::net
