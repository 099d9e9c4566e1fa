"""`gdbhub log`: the observer that prints what happens to tracees."""
import json
import subprocess
import threading

from waiting import DEADLINE, Inbox


class LogClient:
    """JSON lines as dictionaries, in order."""

    def __init__(self, binary, *words):
        self.name = "log"
        self.lines = Inbox("gdbhub log")
        self.errors = []
        self.popen = subprocess.Popen([str(binary), "log", "--json", *map(str, words)], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=lambda: self.errors.extend(self.popen.stderr), daemon=True).start()

    def _read(self):
        for line in self.popen.stdout:
            try:
                self.lines.put(json.loads(line))
            except json.JSONDecodeError:
                self.lines.put({"kind": "not json", "text": line})
        self.lines.close()

    def wait_for(self, kind=None, start=0, timeout=DEADLINE, **fields):
        """The first line with this kind and these fields (a value, or a function of it)."""
        wanted = dict(fields, **({"kind": kind} if kind else {}))

        def fits(line):
            return all(want(line.get(key)) if callable(want) else line.get(key) == want for key, want in wanted.items())

        shown = {key: "…" if callable(want) else want for key, want in wanted.items()}
        return self.lines.find(fits, start, timeout, f"a line with {shown}")[1]

    def texts(self, kind="log"):
        return [line["text"] for line in self.lines.items if line.get("kind") == kind]

    def wait_exit(self, timeout=DEADLINE):
        return self.popen.wait(timeout)

    def mark(self):
        """Where to start a later wait_for."""
        return len(self.lines)

    def close(self):
        if self.popen.poll() is None:
            self.popen.terminate()
        try:
            self.popen.wait(5)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()

    def dump(self, last=60):
        return [f"log | {line}" for line in self.lines.items[-last:]] + [f"log stderr | {line}" for line in self.errors]
