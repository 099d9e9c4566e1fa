"""A load: many clients of all kinds on several processes for a while; afterwards nothing may be left of them."""
import contextlib
import os
import random
import re
import socket
import struct
import threading
import time

from elf import address_of, expect_progress, write_variable
from gdb_client import Gdb, GdbError
from hub import Hub
from log_client import LogClient
from processes import Process, dirty_text, tracer
from raw_client import RawClient
from waiting import Timeout, eventually

FUNCTIONS = ("worker_a", "worker_b", "worker_c", "worker_d")


class Soak:
    """Counts what was done, and the slowest answer to a packet that needs no stop."""

    KEPT_DESCRIPTORS = 0  # that the hub may have more than before

    def __init__(self, server, tracees, processes, seed, lifetime=300):
        """`lifetime`: seconds after which the sample processes end by themselves, whatever happens here."""
        self.random = random.Random(seed)
        self.server, self.program = server, os.path.join(tracees, "threads")
        self.programs = [Process([self.program, 4, 0, 200, lifetime]) for _ in range(processes)]
        for program in self.programs:
            program.wait_output("ready")
        # In a build with the address sanitizer, freed memory is kept aside: little of it, or its growth would hide ours.
        self.hub = Hub(server, ["--multi"], env=os.environ | {"ASAN_OPTIONS": "quarantine_size_mb=1"})
        self.hub.port  # it listens
        self.end = 0.0
        self.counts, self.failures, self.memory = {}, [], []
        self._over = threading.Event()
        self.slowest = (0.0, "")
        self._lock = threading.Lock()

    def count(self, what):
        with self._lock:
            self.counts[what] = self.counts.get(what, 0) + 1

    def fail(self, who, error):
        with self._lock:
            self.failures.append(f"{who}: {type(error).__name__}: {error}")

    # -- clients --------------------------------------------------------------------------------------------
    def raw_life(self, rng):
        """Attaches, sets breakpoints, lets run, and is gone, often in the middle of a packet."""
        process = rng.choice(self.programs)
        non_stop = rng.random() < 0.5
        client = RawClient(self.hub.target, "raw")
        try:
            client.handshake(non_stop=non_stop)
            client.expect("!", "OK")
            client.expect(f"vAttach;{process.pid:x}", "OK|T.*")
            at = address_of(process.pid, rng.choice(FUNCTIONS))
            for _ in range(rng.randrange(1, 6)):
                began = time.monotonic()
                client.expect(f"Z0,{at:x},1", "OK")
                client.expect(f"m{at:x},10", "(?!cc)[0-9a-f]+")  # never a trap (A4)
                with self._lock:
                    self.slowest = max(self.slowest, (time.monotonic() - began, "Z0 and m of a raw client"))
                if not non_stop:
                    client.send(rng.choice(("vCont;c", "vCont;s", "vCont;r0,ffffffff")))
                    if rng.random() < 0.3:
                        client.interrupt()
                    reply = client.wait_stop()
                    assert reply.startswith("T"), reply
                client.expect(f"z0,{at:x},1", "OK")
            if rng.random() < 0.3:
                client.expect(f"D;{process.pid:x}", "OK")
            packet = f"$Z0,{at:x},1#00$vCont;c#a8\x03".encode()
            client.send_bytes(packet[:rng.randrange(len(packet))])
            if rng.random() < 0.5:
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        finally:
            client.close()
        self.count("raw")

    def gdb_life(self, rng):
        process = rng.choice(self.programs)
        non_stop = rng.random() < 0.4
        gdb = Gdb("soak", self.program, non_stop=non_stop)
        try:
            gdb.remote(self.hub.target, extended=True, stops=False)
            gdb.cmd(f"attach {process.pid}" + ("&" if non_stop else ""))
            if not non_stop:
                gdb.wait_stop()
                gdb.breakpoint(rng.choice(FUNCTIONS))
                for _ in range(rng.randrange(6)):
                    stop = gdb.run_to_stop(rng.choice(("continue", "stepi", "continue")))
                    assert stop.reason in ("breakpoint-hit", "end-stepping-range"), stop
            else:
                gdb.cmd("info threads")
                gdb.breakpoint(rng.choice(FUNCTIONS))
            if rng.random() < 0.5:
                gdb.kill9()
        finally:
            gdb.close()
        self.count("gdb non-stop" if non_stop else "gdb")

    def log_life(self, rng):
        client = LogClient(self.server, "--connect", self.hub.target)
        try:
            eventually(lambda: len(client.lines) > rng.randrange(1, 200), "events", 10)
        except Timeout:
            assert len(client.lines) > 0 and not client.lines.closed, f"a logger that hears nothing: {client.dump()}"
        finally:
            client.close()
        self.count("log")

    def live(self, number):
        """One client after the other until the time is over."""
        rng = random.Random(self.random.random())
        life = (self.raw_life, self.raw_life, self.gdb_life, self.log_life)[number % 4]
        while time.monotonic() < self.end and len(self.failures) < 10:
            try:
                life(rng)
            except (AssertionError, OSError, EOFError, GdbError) as error:
                self.fail(life.__name__, error)

    # -- the whole ------------------------------------------------------------------------------------------
    def figures(self):
        """Descriptors, threads and resident kB of the hub."""
        with open(f"/proc/{self.hub.pid}/status", encoding="ascii") as file:
            status = file.read()
        return (len(os.listdir(f"/proc/{self.hub.pid}/fd")), int(re.search(r"Threads:\s+(\d+)", status)[1]),
                int(re.search(r"VmRSS:\s+(\d+)", status)[1]))

    def sample_memory(self, seconds):
        """Fills `memory` with the hub's resident kB at each eighth of the time: what is bounded stops growing, a leak does not."""
        while not self._over.wait(seconds / 8) and self.hub.popen.poll() is None:
            self.memory.append(self.figures()[2])

    def run(self, clients, seconds):
        """The failures."""
        before = self.figures()
        self.end = time.monotonic() + seconds
        threads = [threading.Thread(target=self.live, args=(number,), daemon=True) for number in range(clients)]
        for thread in threads:
            thread.start()
        sampler = threading.Thread(target=self.sample_memory, args=(seconds,), daemon=True)
        sampler.start()
        for thread in threads:
            thread.join(seconds + 180)
            if thread.is_alive():
                self.failures.append("a client hangs")
        self._over.set()
        sampler.join()
        if self.hub.popen.poll() is not None:
            return [*self.failures, f"the hub has ended with {self.hub.popen.returncode}"]
        with self.checking("after the clients"):
            eventually(lambda: self.figures()[1] == before[1] and 0 <= self.figures()[0] - before[0] <= self.KEPT_DESCRIPTORS,
                       f"descriptors and threads of the hub as before {before}", 30)
            after = self.figures()
            assert after[2] < 2 * before[2] + 65536, f"memory: {before[2]} kB before, {after[2]} kB after"
        for program in self.programs:
            with self.checking(f"process {program.pid}"):
                eventually(lambda program=program: tracer(program.pid) == 0, "nobody traces it", 30)
                assert not dirty_text(program.pid), dirty_text(program.pid)[:8]
                expect_progress(program.pid, "total")
                write_variable(program.pid, "stop_requested", 1)
                program.wait_output("threads: ok", 30)  # its own check of itself
        return self.failures

    @contextlib.contextmanager
    def checking(self, what):
        try:
            yield
        except (AssertionError, OSError) as error:
            self.fail(what, error)

    def close(self):
        self.hub.stop()
        for program in self.programs:
            program.kill()

    def summary(self):
        done = ", ".join(f"{count} × {what}" for what, count in sorted(self.counts.items()))
        return f"clients that came and went: {done}; slowest: {self.slowest[0] * 1000:.0f} ms ({self.slowest[1]})"
