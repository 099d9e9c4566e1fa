"""What a test gets as `t`: servers, gdbs, raw and logging clients, sample programs; all gone when it ends."""
import contextlib
import os
import random
import shutil
import socket
import tempfile
from pathlib import Path

from gdb_client import Gdb, GdbError, Stop
from hub import Hub
from log_client import LogClient
from processes import Process, expect_clean_text, is_alive, is_stopped, kill_tree, status, tracer
from raw_client import RawClient
from waiting import DEADLINE, Inbox, Timeout, eventually

__all__ = ["DEADLINE", "Gdb", "GdbError", "Hub", "Inbox", "LogClient", "Process", "RawClient", "Stop", "Test", "Timeout",
           "eventually", "expect_clean_text", "is_alive", "is_stopped", "needs_hub", "status", "tracer"]


def needs_hub(test):
    """Marks a case that gdbserver cannot pass: several clients, or something of our own."""
    test.needs_hub = True
    return test


class Test:
    """One test's world."""

    def __init__(self, server, tracees, peer=False):
        self.server = os.path.realpath(shutil.which(str(server)) or server)
        self.tracees = Path(tracees).resolve()
        self.peer = peer  # the server is gdbserver
        self.folder = Path(tempfile.mkdtemp(prefix="gdbhub-e2e-"))
        self.seed = random.SystemRandom().randrange(1 << 32)
        self.random = random.Random(self.seed)
        self._servers, self._clients, self._programs = [], [], []

    # -- servers ------------------------------------------------------------------------------------------
    def program(self, name):
        """Path of a sample program; other paths as they are."""
        return self.tracees / name if "/" not in str(name) else Path(name)

    def hub(self, *words, options=(), address="localhost:0", **popen):
        """Starts the server, with a sample program and its arguments if there are words."""
        launch = [str(self.program(words[0])), *map(str, words[1:])] if words else []
        hub = Hub(self.server, options, address, launch, **popen)
        self._servers.append(hub)
        return hub

    def multi(self, *options):
        """`--multi`, no program."""
        return self.hub(options=["--multi", *options])

    def attached(self, process, *options):
        """The server on a process that runs already."""
        hub = Hub(self.server, [*options, "--attach"], "localhost:0", [str(process.pid)])
        self._servers.append(hub)
        return hub

    # -- programs -----------------------------------------------------------------------------------------
    def start(self, name, *words, ready=True, **popen):
        """Starts a sample program outside of the server; with `ready` returns when it has said so."""
        process = Process([self.program(name), *words], **popen)
        self._programs.append(process)
        if ready:
            process.wait_output("ready")
        return process

    # -- clients ------------------------------------------------------------------------------------------
    def gdb(self, name="A", program=None, hub=None, **options):
        """A gdb, with the symbols of a sample program; connected to `hub` (target remote) if given."""
        gdb = Gdb(name, self.program(program) if program else None, **options)
        self._clients.append(gdb)
        if hub:
            gdb.remote(hub.target, stops=not options.get("non_stop"))
        return gdb

    def raw(self, hub, name="raw", **handshake):
        client = RawClient(hub if isinstance(hub, str) else hub.target, name)
        self._clients.append(client)
        client.features = client.handshake(**handshake)
        return client

    def log(self, hub):
        """A logging client that has begun to get events: it has seen somebody connect. Not the first client."""
        client = LogClient(self.server, "--connect", hub.target)
        self._clients.append(client)

        def somebody_connects():
            with contextlib.closing(RawClient(hub.target, "probe")) as probe:
                probe.handshake(non_stop=True)
            assert not client.lines.closed, f"gdbhub log has ended: {client.errors}"
            return len(client.lines) > 0

        eventually(somebody_connects, "the logging client's first event")
        return client

    def logging(self, *words):
        """`gdbhub log` with these words."""
        client = LogClient(self.server, *words)
        self._clients.append(client)
        return client

    def free_port(self):
        """A port in use by a listening socket of this test, and that socket."""
        listener = socket.create_server(("localhost", 0))
        return listener.getsockname()[1], listener

    # -- the end ------------------------------------------------------------------------------------------
    def diagnosis(self):
        """What is known about everybody, for a failed test."""
        lines = [f"seed {self.seed}"]
        for server in self._servers:
            lines += server.dump()
            if not self.peer and server.popen.poll() is None:
                lines += self._ask_monitor(server)
        for client in self._clients:
            lines += client.dump()
        for process in self._programs:
            lines.append(f"{' '.join(process.argv)} | pid {process.pid} exit {process.popen.poll()} tracer {tracer(process.pid)}")
            lines += [f"{process.argv[0]} stdout | {line}" for line in process.out.items[-10:]]
        return lines

    @staticmethod
    def _ask_monitor(server):
        lines = []
        try:
            with contextlib.closing(RawClient(server.target, "diagnosis")) as client:
                client.socket.settimeout(5)
                client.handshake(non_stop=True)
                for command in ("clients", "holds", "log"):
                    lines += [f"monitor {command} | {line}" for line in client.monitor(command).splitlines()[-60:]]
        except (AssertionError, EOFError, OSError) as error:
            lines.append(f"monitor | {error}")
        return lines

    def close(self):
        """Ends all; returns what should not have been left."""
        for client in self._clients:
            client.close()
        for server in self._servers:
            server.stop()
        for process in self._programs:
            process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        return kill_tree()
