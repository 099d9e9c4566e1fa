#!/usr/bin/env python3
"""gdbhub beside gdbserver: the same packets to both, in turns, in one run. Prints how many times better gdbhub is.

    benchmarks/compare_gdbserver.py [--hub build/release/server/gdbhub] [--target build/release/benchmarks/compare_target]
                                    [--threads 1,10,100,1000] [--rounds 5] [--seconds 0.3]

Figures of different runs are not comparable on a shared machine; the ratios are. The client is in Python, and where it is
slower than the server (steps, hits, memory) the true ratio is larger than the one shown."""
import argparse
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60  # seconds


def expand(payload):
    """Undoes run-length encoding."""
    return re.sub(rb"(.)\*(.)", lambda m: m[1] * (m[2][0] - 28), payload, flags=re.DOTALL)


class Client:
    """A connection in no-ack mode; payloads are bytes without escapes, as the packets used here have none."""

    def __init__(self, port):
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
                break
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.acks = True
        features = self.ask("qSupported:swbreak+;hwbreak+;vContSupported+;xmlRegisters=i386").decode()
        self.packet_size = int(re.search("PacketSize=([0-9a-f]+)", features)[1], 16)
        assert self.ask("QStartNoAckMode") == b"OK"
        self.socket.sendall(b"+")
        self.acks = False
        self.ask("!")

    def send(self, payload):
        data = payload.encode()
        self.socket.sendall(b"$" + data + b"#%02x" % (sum(data) & 255))

    def receive(self):
        while True:
            end = self.buffer.find(b"#")
            while end < 0 or len(self.buffer) < end + 3:
                data = self.socket.recv(1 << 20)
                if not data:
                    raise EOFError("the server closed the connection")
                seen = len(self.buffer)
                self.buffer += data
                end = self.buffer.find(b"#", max(seen - 2, 0)) if end < 0 else end
            packet, self.buffer = self.buffer[self.buffer.index(b"$") + 1:end], self.buffer[end + 3:]
            if self.acks:
                self.socket.sendall(b"+")
            if packet[:1] != b"O" or packet == b"OK":
                return packet

    def ask(self, payload):
        self.send(payload)
        return expand(self.receive())

    def expect_ok(self, payload):
        reply = self.ask(payload)
        assert reply == b"OK", f"{payload}: {reply}"

    def stop(self):
        """A stop reply; the thread that it names becomes `thread`."""
        reply = expand(self.receive())
        assert reply[:1] == b"T", reply
        self.thread = re.search(rb"thread:([^;]+);", reply)[1].decode()

    def resume(self, action):
        self.send("vCont;" + action)
        self.stop()

    def interrupt(self):
        self.socket.sendall(b"\x03")
        self.stop()


class Session:
    """A target, a server and a client that is attached."""

    def __init__(self, server, target, threads):
        # gdbserver interrupts process groups.
        self.target = subprocess.Popen([target, str(threads)], stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.hot, self.count, self.data = (int(word, 16) for word in self.target.stdout.readline().split())
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        self.server = subprocess.Popen([*server, "--once", "--multi", f"127.0.0.1:{port}"], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.client = Client(port)
        begin = time.monotonic()
        self.client.send(f"vAttach;{self.target.pid:x}")
        self.client.stop()
        self.attach_time = time.monotonic() - begin

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.socket.close()
        for process in (self.server, self.target):
            process.send_signal(signal.SIGKILL)
            process.wait()
        self.target.stdout.close()

    def counted(self):
        return int.from_bytes(bytes.fromhex(self.client.ask(f"m{self.count:x},8").decode()), "little")


def rate(work, seconds):
    """How often a second."""
    work()
    times, begin = 0, time.monotonic()
    while (now := time.monotonic()) - begin < seconds:
        work()
        times += 1
    return times / (now - begin)


def false_conditions(session, seconds):
    client, before = session.client, session.counted()
    client.expect_ok(f"Z0,{session.hot:x},1;X3,220027")  # const8 0, end: never true
    begin = time.monotonic()
    client.send("vCont;c")
    time.sleep(seconds)
    client.interrupt()
    hits = (session.counted() - before) / (time.monotonic() - begin)
    client.expect_ok(f"z0,{session.hot:x},1")
    return hits


def stops_and_continues(session, seconds):
    client, place = session.client, f"0,{session.hot:x},1"
    client.expect_ok("Z" + place)
    client.resume("c")

    def cycle():  # as gdb does it
        client.expect_ok("z" + place)
        client.resume("s:" + client.thread)
        client.expect_ok("Z" + place)
        client.resume("c")

    hits = rate(cycle, seconds)
    client.expect_ok("z" + place)
    return hits


def steps(session, seconds):
    return rate(lambda: session.client.resume("s:" + session.client.thread), seconds)


def interrupt_time(session):
    session.client.send("vCont;c")
    time.sleep(0.1)
    begin = time.monotonic()
    session.client.interrupt()
    return time.monotonic() - begin


def list_time(session):
    begin, offset = time.monotonic(), 0
    window = session.client.packet_size - 16
    while True:
        reply = session.client.ask(f"qXfer:threads:read::{offset:x},{window:x}")
        offset += len(reply) - 1
        if reply[:1] == b"l":
            return time.monotonic() - begin


def memory_rate(session, seconds):
    length = min((session.client.packet_size - 16) // 2, 1 << 19)

    def read():
        session.client.send(f"m{session.data:x},{length:x}")
        assert session.client.receive()[:1] not in (b"", b"E")

    return rate(read, seconds) * length / (1 << 20)


def figures(server, arguments, threads):
    """(name, unit, value) of one session; more is better where the unit ends in /s."""
    with Session(server, arguments.target, threads) as session:
        yield "attach", "ms", session.attach_time * 1e3
        yield "false conditions", "hits/s", false_conditions(session, arguments.seconds)
        yield "stop, step, continue", "hits/s", stops_and_continues(session, arguments.seconds)
        yield "steps", "steps/s", steps(session, arguments.seconds)
        yield "^C to its stop", "ms", statistics.median(interrupt_time(session) for _ in range(3)) * 1e3
        yield "thread list", "ms", statistics.median(list_time(session) for _ in range(3)) * 1e3
        if threads == 1:
            yield "memory", "MiB/s", memory_rate(session, arguments.seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hub", default=ROOT / "build/release/server/gdbhub")
    parser.add_argument("--target", default=ROOT / "build/release/benchmarks/compare_target")
    parser.add_argument("--threads", default="1,10,100,1000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3)
    arguments = parser.parse_args()
    servers = {"gdbhub": [arguments.hub], "gdbserver": ["gdbserver"]}
    print(f"{'':24}{'threads':>8}{'gdbhub':>12}{'gdbserver':>12}{'':9}{'times better':>13}")
    for threads in map(int, arguments.threads.split(",")):
        values, units = {}, {}
        for _ in range(arguments.rounds):
            for name, server in servers.items():
                for what, unit, value in figures(server, arguments, threads):
                    units[what] = unit
                    values.setdefault(what, {}).setdefault(name, []).append(value)
        for what, unit in units.items():
            hub, gdbserver = (statistics.median(values[what][name]) for name in servers)
            better = hub / gdbserver if unit.endswith("/s") else gdbserver / hub
            print(f"{what:24}{threads:8}{hub:12.4g}{gdbserver:12.4g} {unit:8}{better:13.3g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
