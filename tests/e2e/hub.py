"""The server under test: gdbhub, or gdbserver for the cases with one client."""
import os
import re
import signal
import subprocess

from processes import Process
from waiting import DEADLINE


class Hub(Process):
    """One server process. The tracee that it launches shares its stdout, so `out` holds the tracee's output."""

    def __init__(self, binary, options=(), address="localhost:0", program=(), **popen):
        self.address = address
        self._port = None
        super().__init__([binary, *options, *([address] if address else []), *program], **popen)

    @property
    def port(self):
        """Waits for the line that names it."""
        if self._port is None:
            self._port = int(self.wait_error("Listening on port").split()[-1])
        return self._port

    @property
    def target(self):
        """What `target remote` takes."""
        return f"localhost:{self.port}"

    @property
    def tracee(self):
        """Pid of the program from the command line."""
        line = self.err.find(lambda text: re.search(r"(?:created|Attached); pid = \d+", text), what="the tracee's pid")[1]
        return int(line.split()[-1])

    def wait_exit(self, timeout=DEADLINE):
        code = super().wait_exit(timeout)
        assert code is not None
        return code

    def stop(self, timeout=10):
        """Ends the server in order; SIGKILL only for one that does not listen."""
        if self.popen.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                self.popen.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()

    def dump(self, last=40):
        name = os.path.basename(self.argv[0])
        state = "running" if self.popen.poll() is None else f"exited {self.popen.returncode}"
        return ([f"{name} ({state}) | {' '.join(self.argv)}"] + [f"{name} stderr | {line}" for line in self.err.items[-last:]] +
                [f"{name} stdout | {line}" for line in self.out.items[-last:]])
