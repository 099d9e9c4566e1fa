"""Sample programs, what /proc says of them, and the promise that no process outlives a test."""
import ctypes
import os
import signal
import subprocess
import time

from waiting import DEADLINE, Inbox, Timeout, eventually, read_lines

PR_SET_CHILD_SUBREAPER = 36


def become_subreaper():
    """Orphans of our children become ours, so that they can be found."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _parents():
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(name)] = (int(fields[1]), fields[0])
    return parents


def descendants(root=None):
    """Live processes below `root` (this one), zombies left out."""
    parents = _parents()
    below, frontier = [], [root or os.getpid()]
    while frontier:
        parent = frontier.pop()
        children = [pid for pid, (of, _) in parents.items() if of == parent]
        frontier += children
        below += [pid for pid in children if parents[pid][1] != "Z"]
    return below


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "?"


def reap_orphans():
    """Collects dead children that no Popen waits for. Call when all Popens have been waited for."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def kill_tree(grace=5):
    """Ends whatever is left below us; returns the command lines of what was found alive after a moment's grace."""
    deadline = time.monotonic() + grace
    while descendants() and time.monotonic() < deadline:
        reap_orphans()
        time.sleep(0.005)
    left = {pid: command_of(pid) for pid in descendants()}
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    while descendants():
        reap_orphans()
        time.sleep(0.005)
    reap_orphans()
    return [f"{pid} {command}" for pid, command in left.items()]


def status(pid, field, tid=None):
    """A field of /proc/PID[/task/TID]/status, None when the process is gone."""
    try:
        with open(f"/proc/{pid}/task/{tid or pid}/status", encoding="utf-8") as file:
            for line in file:
                if line.startswith(field + ":"):
                    return line.split(":", 1)[1].strip()
    except (FileNotFoundError, ProcessLookupError):
        pass
    return None


def tracer(pid):
    """Pid of who traces the process, 0 for nobody."""
    return int(status(pid, "TracerPid") or 0)


def is_stopped(pid):
    """Every thread in a (trace) stop."""
    try:
        return all((status(pid, "State", tid) or "t")[0] in "tT" for tid in os.listdir(f"/proc/{pid}/task"))
    except FileNotFoundError:
        return False


def wait_in_read(pid):
    """Until the process is in read(2). A traced one counts from the moment it blocks there."""

    def reading():
        try:
            with open(f"/proc/{pid}/syscall", encoding="ascii") as file:
                return file.read().startswith("0 ")
        except FileNotFoundError:
            raise AssertionError(f"{pid} has died") from None

    eventually(reading, f"{pid} in read()")


def is_alive(pid):
    return (status(pid, "State") or "Z")[0] not in "ZX"


def dirty_text(pid):
    """Differences between the executable mappings of a process and their files: (path, file offset, was, is)."""
    found = []
    with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
        maps = [line.split(maxsplit=5) for line in file]
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for fields in maps:
            if len(fields) < 6 or "x" not in fields[1] or not fields[5].startswith("/"):
                continue
            path = fields[5].rstrip("\n")
            start, end = (int(part, 16) for part in fields[0].split("-"))
            memory.seek(start)
            now = memory.read(end - start)
            with open(path, "rb") as original:
                original.seek(int(fields[2], 16))
                was = original.read(end - start)
            if now[:len(was)] != was:
                found += [(path, int(fields[2], 16) + i, was[i], now[i]) for i in range(len(was)) if was[i] != now[i]]
    return found


def tcp_port(pid):
    """The local port of the one TCP connection that a client process has: how the hub names it."""
    sockets = set()
    for descriptor in os.listdir(f"/proc/{pid}/fd"):
        try:
            sockets.add(os.readlink(f"/proc/{pid}/fd/{descriptor}"))
        except OSError:
            continue
    for table in ("tcp", "tcp6"):
        with open(f"/proc/{pid}/net/{table}", encoding="utf-8") as file:
            for fields in (line.split() for line in list(file)[1:]):
                if f"socket:[{fields[9]}]" in sockets and fields[3] == "01":
                    return int(fields[1].rsplit(":", 1)[1], 16)
    raise LookupError(f"{pid} has no TCP connection")


class Process:
    """A program that the test itself started, with its output as lines."""

    def __init__(self, argv, **options):
        self.argv = [str(word) for word in argv]
        self.popen = subprocess.Popen(self.argv, stdin=options.pop("stdin", subprocess.DEVNULL),
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                                      **options)
        self.pid = self.popen.pid
        self.out = Inbox(f"stdout of {self.argv[0]}")
        self.err = Inbox(f"stderr of {self.argv[0]}")
        read_lines(self.popen.stdout, self.out)
        read_lines(self.popen.stderr, self.err)

    def wait_output(self, part, timeout=DEADLINE):
        """The first line of stdout that contains `part`."""
        return self.out.find(lambda line: part in line, timeout=timeout, what=f"'{part}'")[1]

    def wait_error(self, part, timeout=DEADLINE):
        return self.err.find(lambda line: part in line, timeout=timeout, what=f"'{part}'")[1]

    def wait_exit(self, timeout=DEADLINE):
        """Exit code, negative for a signal."""
        try:
            return self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Timeout(f"{' '.join(self.argv)} did not exit within {timeout:g} s") from None

    def signal(self, number):
        self.popen.send_signal(number)

    def kill(self):
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait()

    # -- what the debugger must leave behind ------------------------------------------------------------
    def expect_clean(self):
        """Nobody traces it, it runs, and no byte of its text differs from the file."""
        eventually(lambda: tracer(self.pid) == 0, f"detach from {self.pid}")
        eventually(lambda: not is_alive(self.pid) or not is_stopped(self.pid), f"{self.pid} running")
        expect_clean_text(self.pid)


def expect_clean_text(pid):
    try:
        dirty = dirty_text(pid)
    except OSError as error:
        raise AssertionError(f"{pid} has died: {error}") from None
    if dirty:
        listing = ", ".join(f"{os.path.basename(path)}+{offset:#x}: {was:02x} is {now:02x}"
                            for path, offset, was, now in dirty[:8])
        raise AssertionError(f"text of {pid} differs in {len(dirty)} bytes: {listing}")
