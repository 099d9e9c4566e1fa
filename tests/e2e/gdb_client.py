"""A real gdb, driven through MI."""
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass

import mi
import processes
from waiting import DEADLINE, Inbox, Timeout

SETTINGS = ["mi-async on", "confirm off", "pagination off", "width 0", "height 0", "style enabled off",
            "breakpoint pending off", "debuginfod enabled off", "print thread-events off", "auto-load off",
            "remotetimeout 30", "sysroot /"]


class GdbError(AssertionError):
    """gdb answered ^error; the text is its message."""


@dataclass
class Stop:
    """A *stopped record. `reason` is '' for the stop of a connect and for some ^C."""
    reason: str
    thread: int
    function: str
    address: int
    line: int
    signal: str
    exit_code: int
    values: dict

    @staticmethod
    def of(record):
        values = record.values
        frame = values.get("frame", {})
        return Stop(values.get("reason", ""), int(values.get("thread-id", 0)), frame.get("func", ""),
                    int(frame.get("addr", "0"), 16) if frame.get("addr", "0").startswith("0x") else 0,
                    int(frame.get("line", 0)), values.get("signal-name", ""), int(values.get("exit-code", "0"), 8), values)


class Gdb:
    """One gdb process. Commands are console commands; all waits have a deadline that only guards against hanging."""

    def __init__(self, name, program=None, binary="gdb", non_stop=False, settings=()):
        self.name = name
        self.transcript = Inbox(f"gdb {name}")
        self.records = Inbox(f"gdb {name}")
        self._write_lock = threading.Lock()
        self._token = 0
        self._stop_cursor = 0
        self.popen = subprocess.Popen([binary, "-q", "-nx", "-i=mi3"] + ([str(program)] if program else []),
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      text=True, errors="replace", bufsize=1, start_new_session=True)
        threading.Thread(target=self._read, daemon=True).start()
        for setting in [*SETTINGS, *settings]:
            self.cmd("set " + setting)
        if non_stop:
            self.cmd("set non-stop on")
        self._set_up = len(self.transcript)

    def _read(self):
        for line in self.popen.stdout:
            line = line.rstrip("\r\n")
            self.transcript.put("<- " + line)
            try:
                record = mi.parse(line)
            except ValueError as error:
                self.transcript.put(f"!! {error}")
                continue
            self.records.put(record or mi.Record("", text=line + "\n"))
        self.records.close()

    # -- commands -----------------------------------------------------------------------------------------
    def send(self, command):
        """Sends an MI command; returns its token and where in the records its answer may begin."""
        with self._write_lock:
            self._token += 1
            token = str(self._token)
            start = len(self.records)
            self.transcript.put(f"-> {token}{command}")
            try:
                self.popen.stdin.write(f"{token}{command}\n")
                self.popen.stdin.flush()
            except OSError as error:
                raise GdbError(f"gdb {self.name} is gone: {error}") from None
        return token, start

    def mi(self, command, timeout=DEADLINE):
        """An MI command; its result record. Errors raise GdbError."""
        token, start = self.send(command)
        return self._result(token, start, command, timeout)[0]

    def _result(self, token, start, command, timeout):
        index, record = self.records.find(lambda r: r.type == "^" and r.token == token, start, timeout,
                                          f"the answer to `{command}`")
        text = "".join(r.text for r in self.records.items[start:index] if r.type in ("~", "@", ""))
        if record.name == "error":
            raise GdbError(f"gdb {self.name}: {command}: {record.values.get('msg', '')}")
        return record, text

    def cmd(self, command, timeout=DEADLINE):
        """A console command; what it printed (gdb's own text and the server's console text)."""
        quoted = command.replace("\\", "\\\\").replace('"', '\\"')
        token, start = self.send(f'-interpreter-exec console "{quoted}"')
        return self._result(token, start, command, timeout)[1]

    def fails(self, command, timeout=DEADLINE):
        """The message of a command that must fail."""
        try:
            output = self.cmd(command, timeout)
        except GdbError as error:
            return str(error)
        raise AssertionError(f"gdb {self.name}: `{command}` did not fail: {output!r}")

    def value(self, expression):
        """What `print EXPRESSION` shows, without the `$1 = `."""
        return self.mi(f'-data-evaluate-expression "{expression}"').values["value"]

    def number(self, expression):
        """An integer, however gdb decorates it."""
        return int(self.mi(f'-data-evaluate-expression "(long)({expression})"').values["value"].split()[0], 0)

    def breakpoint(self, where):
        """Sets a breakpoint, returns its number."""
        output = self.cmd("break " + where)
        assert "Breakpoint " in output, output
        return int(output.split("Breakpoint ", 1)[1].split()[0])

    def threads(self):
        """gdb's thread numbers -> state ('stopped', 'running')."""
        listed = self.mi("-thread-info").values["threads"]
        return {int(thread["id"]): thread["state"] for thread in listed}

    # -- connecting ---------------------------------------------------------------------------------------
    def remote(self, address, extended=False, stops=True):
        """`target remote`; with `stops` (all-stop with a process) returns the Stop that comes with it."""
        output = self.cmd(f"target {'extended-remote' if extended else 'remote'} {address}")
        return self.wait_stop() if stops else output

    def join_running(self, address):
        """`target remote` in non-stop mode when all threads run. gdb then stops one of them behind the scenes, and finds out where the
        program and its libraries lie only when that stop arrives: a `break` before that is for addresses of the file."""
        start = len(self.records)
        self.remote(address, stops=False)
        self.records.find(lambda r: r.type == "=" and r.name == "library-loaded", start, what="the libraries")

    @property
    def peer(self):
        """How the hub names this client: the port of its end of the connection."""
        return f":{processes.tcp_port(self.popen.pid)}"

    # -- stops --------------------------------------------------------------------------------------------
    def wait_stop(self, timeout=DEADLINE):
        """The next stop that no earlier wait_stop returned."""
        index, record = self.records.find(lambda r: r.type == "*" and r.name == "stopped", self._stop_cursor, timeout,
                                          "a stop")
        self._stop_cursor = index + 1
        return Stop.of(record)

    def stops_waiting(self):
        """How many stops there are that no wait_stop has returned."""
        return sum(r.type == "*" and r.name == "stopped" for r in self.records.items[self._stop_cursor:])

    def run_to_stop(self, command, timeout=DEADLINE):
        """A command that resumes, and the stop that follows."""
        self.cmd(command, timeout)
        return self.wait_stop(timeout)

    def cont(self):
        return self.run_to_stop("continue")

    def resume(self, command="continue"):
        """A command that resumes, in the background: gdb takes further commands. Returns when it says running."""
        start = len(self.records)
        self.cmd(command + "&")
        self.records.find(lambda r: r.type == "*" and r.name == "running", start, what="*running")

    def interrupt(self, everything=False):
        """^C, as a front end sends it."""
        self.mi("-exec-interrupt" + (" --all" if everything else ""))

    def interrupt_to_stop(self, timeout=DEADLINE):
        self.interrupt()
        return self.wait_stop(timeout)

    def wait_text(self, part, start=0, timeout=DEADLINE):
        """Console text that contains `part`, from record number `start` on."""
        return self.records.find(lambda r: part in r.text, start, timeout, f"console text '{part}'")[1].text

    # -- the end ------------------------------------------------------------------------------------------
    def kill9(self):
        """The client dies without a word."""
        os.kill(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def quit(self, timeout=DEADLINE):
        """What a front end does at the end. Kills a tracee that this client started, as gdb does."""
        if self.popen.poll() is None:
            try:
                self.send("-gdb-exit")
                self.popen.wait(timeout)
            except subprocess.TimeoutExpired:
                raise Timeout(f"gdb {self.name} did not quit") from None
            except GdbError:
                pass

    def close(self, grace=5):
        """Cleans up, whatever state it is in."""
        deadline = time.monotonic() + grace
        while self.popen.poll() is None and time.monotonic() < deadline:
            try:
                self.quit(grace)
            except (Timeout, OSError):
                break
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait()

    def dump(self, last=60):
        return [f"gdb {self.name} | {line}" for line in self.transcript.items[self._set_up:][-last:]]
