#!/usr/bin/env python3
"""Two gdbs and a logging client on one running service, at once. Ends by itself; --keep leaves the service to you."""
import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "e2e"))
sys.dont_write_bytecode = True

import processes  # noqa: E402
from gdb_client import Gdb  # noqa: E402
from hub import Hub  # noqa: E402
from log_client import LogClient  # noqa: E402
from several import together  # noqa: E402

STOPS = 3
LOGGED = ("connected", "disconnected", "thread-started", "thread-gone", "stopped", "signal", "detached", "process-gone")
_print_lock = threading.Lock()


def say(who, text):
    """One line, with who saw it in front."""
    with _print_lock:
        for line in str(text).splitlines():
            print(f"{who + ':':7} {line}", flush=True)


def build_service(compiler):
    """The sample service, built beside the demo's other things; returns (folder to remove, program)."""
    folder = Path(tempfile.mkdtemp(prefix="gdbhub-demo-"))
    program = folder / "sample_service"
    subprocess.run([compiler, "-std=c++20", "-g", "-O0", "-pthread", str(HERE / "sample_service.cc"), "-o", str(program)],
                   check=True)
    return folder, program


class Log:
    """`gdbhub log`, its lines printed as they come (stops of whole processes: only the thread that caused it)."""

    def __init__(self, binary, target):
        self.client = LogClient(binary, "--connect", target)
        self.counts = {}
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        position = 0
        while True:
            try:
                position, line = self.client.lines.find(lambda entry: True, position, timeout=3600)
            except AssertionError:
                return
            position += 1
            kind, text = line.get("kind", "?"), line.get("text", "")
            self.counts[kind] = self.counts.get(kind, 0) + 1
            if kind in LOGGED and "another thread" not in text and not (kind == "stopped" and self.counts[kind] > 12):
                where = f"thread {line['tid']} " if line.get("tid") else ""
                say("log", f"{where}{kind}{' ' + text if text else ''}")


def watch(gdb, function, describe, counts):
    """One developer's session: stops at `function`, looks, goes on; in the end goes on without breakpoints."""
    who = f"gdb {gdb.name}"
    for _ in range(STOPS):
        stop = gdb.cont()
        counts[gdb.name].append(stop.function)
        say(who, f"thread {stop.thread} stopped in {stop.function}(), line {stop.line}: {describe(gdb)}")
    gdb.cmd("delete")
    gdb.resume()


def describe_request(gdb):
    return f"request {gdb.value('request.number')}, {gdb.value('request.cents')} cents"


def describe_stats(gdb):
    return f"{gdb.value('requests')} requests, {gdb.value('cents')} cents so far"


def run_demo(hub, program, clients, binary):
    """Everything, up to two developers who have let the service run; returns whether it was as it should be."""
    say("demo", f"the service is running under the hub: process {hub.tracee}, {hub.target}")
    a = Gdb("A", program)
    clients.append(a)
    a.remote(hub.target)
    b = Gdb("B", program)
    clients.append(b)
    b.remote(hub.target)
    log = Log(binary, hub.target)
    clients.append(log.client)
    a.breakpoint("handle_request")
    b.breakpoint("log_stats")
    say("gdb A", "connected; break handle_request")
    say("gdb B", "connected; break log_stats")
    say("demo", "both continue; each stops at its own breakpoint only")
    counts = {"A": [], "B": []}
    together(lambda: watch(a, "handle_request", describe_request, counts),
             lambda: watch(b, "log_stats", describe_stats, counts))

    say("demo", "B presses ^C and looks around; for A the service runs, slowly, and A is told why")
    told, peer_of_b = len(a.records), b.peer
    b.interrupt_to_stop()
    say("gdb B", f"stopped by ^C with {len(b.threads())} threads")
    for line in b.cmd("monitor holds").splitlines()[:6]:
        say("gdb B", f"monitor holds | {line}")
    say("gdb A", "is told: " + a.wait_text(peer_of_b, told).strip())
    b.resume()
    say("gdb B", "continue")
    say("demo", "gdb A is killed (SIGKILL) while its breakpoint is armed")
    a.interrupt_to_stop()
    a.breakpoint("total_with_tax")
    a.resume()
    a.kill9()
    b.interrupt_to_stop()
    b.cmd("tbreak log_stats")
    after = b.cont()
    say("gdb B", f"goes on: thread {after.thread} stopped in {after.function}()")
    good = counts == {"A": ["handle_request"] * STOPS, "B": ["log_stats"] * STOPS} and after.function == "log_stats" and log.counts
    b.cmd("detach")
    say("gdb B", "detached")
    processes.eventually(lambda: processes.tracer(hub.tracee) == 0, "the hub letting go")
    processes.expect_clean_text(hub.tracee)
    say("demo", f"nobody traces process {hub.tracee} any more, and no breakpoint is left in its text")
    say("demo", f"summary: A stopped {len(counts['A'])} times in handle_request, B {len(counts['B']) + 1} times in log_stats; "
                f"the log saw {sum(log.counts.values())} events; {'all as it should be' if good else 'NOT AS EXPECTED'}")
    return good


def keep(binary, program):
    """Leaves the service under a hub until ^C."""
    hub = Hub(binary, ["--multi"], "localhost:0", [str(program)])
    try:
        say("demo", f"the service is held at its start by a hub at {hub.target}; connect as many as you like:")
        for command in (f"gdb {program} -ex 'target remote {hub.target}' -ex 'break handle_request' -ex continue",
                        f"gdb {program} -ex 'target remote {hub.target}' -ex 'break log_stats' -ex continue",
                        f"{binary} log --connect {hub.target}"):
            say("demo", "    " + command)
        say("demo", "^C here ends it")
        hub.popen.wait()
    except KeyboardInterrupt:
        pass
    finally:
        hub.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hub", default=str(HERE.parent / "build/server/gdbhub"), metavar="PATH")
    parser.add_argument("--compiler", default=shutil.which("g++") or "c++", help="for the sample service")
    parser.add_argument("--keep", action="store_true", help="leave a hub with the service running, and say how to connect")
    options = parser.parse_args()
    if not shutil.which(options.hub):
        print(f"demo.py: no program at {options.hub}: build it first, or name it with --hub", file=sys.stderr)
        return 2
    binary = str(Path(shutil.which(options.hub)).resolve())
    began = time.monotonic()
    folder, program = build_service(options.compiler)
    clients, hub = [], None
    try:
        if options.keep:
            keep(binary, program)
            return 0
        hub = Hub(binary, [], "localhost:0", [str(program)])
        good = run_demo(hub, program, clients, binary)
        say("demo", f"done in {time.monotonic() - began:.1f} s")
        return 0 if good else 1
    except AssertionError as error:
        say("demo", f"FAILED: {error}")
        for line in (line for client in clients for line in client.dump(15)):
            print("    " + line, file=sys.stderr)
        return 1
    finally:
        for client in clients:
            client.close()
        if hub:
            tracee = hub.tracee
            hub.stop()
            if processes.is_alive(tracee):
                os.kill(tracee, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
