"""Waiting without sleeping: what reader threads put in, tests wait for under a deadline that only guards against hanging."""
import os
import threading
import time

DEADLINE = float(os.environ.get("GDBHUB_E2E_DEADLINE", "60"))  # seconds


class Timeout(AssertionError):
    """Something that had to happen did not within the deadline."""


class Inbox:
    """Items from a reader thread, in order. Tests wait for one that fits, from a position they keep themselves."""

    def __init__(self, name):
        self.name = name
        self.items = []
        self.closed = False
        self._changed = threading.Condition()

    def put(self, item):
        with self._changed:
            self.items.append(item)
            self._changed.notify_all()

    def close(self):
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def __len__(self):
        return len(self.items)

    def find(self, fits, start=0, timeout=DEADLINE, what="an item"):
        """Index and item of the first one from `start` on that `fits`. Timeout when there is none or the source ended."""
        deadline = time.monotonic() + timeout
        position = start
        with self._changed:
            while True:
                while position < len(self.items):
                    if fits(self.items[position]):
                        return position, self.items[position]
                    position += 1
                if self.closed:
                    raise Timeout(f"{self.name} ended while waiting for {what}")
                left = deadline - time.monotonic()
                if left <= 0:
                    raise Timeout(f"{self.name}: {what} did not come within {timeout:g} s")
                self._changed.wait(left)


def read_lines(stream, inbox):
    """Starts a thread that puts each line of a text stream into the inbox."""

    def run():
        try:
            for line in stream:
                inbox.put(line.rstrip("\r\n"))
        except (OSError, ValueError):
            pass  # closed under us
        finally:
            inbox.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def eventually(condition, what, timeout=DEADLINE):
    """Polls for what only the kernel knows (/proc). Returns the first true value."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Timeout(f"{what} did not come true within {timeout:g} s")
        time.sleep(0.002)
