#!/usr/bin/env python3
"""What many browsers cost a gdb on the same hub: its packet rate while events rain, without and with WebSocket clients, in turns.

    benchmarks/dashboard_load.py [--hub build/release/server/gdbhub] [--tracee build/release/tests/tracees/loop]
                                 [--clients 200] [--events 10000] [--rounds 5] [--seconds 3] [--slow]

Three processes: the gdb (this one), a client of the API that makes events, and one that reads what all the WebSockets get.
--slow: the WebSocket clients stop reading once they are connected. On a machine with few processors the readers compete
with the hub: the processor time that the hub's first thread needs for a packet tells more than the rate, then."""
import argparse
import base64
import json
import multiprocessing
import os
import re
import select
import selectors
import socket
import statistics
import subprocess
import time
from pathlib import Path

from compare_gdbserver import Client

ROOT = Path(__file__).resolve().parent.parent


def line_of(stream, pattern):
    for line in stream:
        if match := re.search(pattern, line):
            return match[1]
    raise EOFError(f"the hub never said {pattern}")


def http(port, request):
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(request.encode())
    head = b""
    while b"\r\n\r\n" not in head:
        data = connection.recv(1)
        if not data:
            raise EOFError("the hub closed the connection")
        head += data
    return connection, head.decode()


def session(url):
    """The cookie for a URL's token."""
    port, token = re.search(r":(\d+)/#token=(\w+)", url).groups()
    _, head = http(int(port), f"POST /session HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
                              f"Content-Length: {len(token)}\r\n\r\n{token}")
    return int(port), re.search(r"Set-Cookie: ([^;]+)", head)[1]


def web_socket(port, cookie):
    """A WebSocket that follows the hub."""
    key = base64.b64encode(os.urandom(16)).decode()
    connection, head = http(port, f"GET /api HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
                                  f"Cookie: {cookie}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                  f"Sec-WebSocket-Key: {key}\r\n\r\n")
    assert " 101 " in head, head
    text = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "follow", "params": {}}).encode()
    connection.sendall(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)  # masked with zeros
    return connection


def read_web_sockets(url, count, slow, report):
    """Reports "ready", then at each word how many bytes have come; ends at the second."""
    os.nice(10)  # these are other machines' browsers
    port, cookie = session(url)
    selector = selectors.DefaultSelector()
    for _ in range(count):
        connection = web_socket(port, cookie)
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_READ)
    selector.register(report, selectors.EVENT_READ)
    report.send("ready")
    total = 0
    if slow:
        report.recv()
    while not slow:
        for key, _ in selector.select():
            if key.fileobj is report:
                report.recv()
                report.send(total)
                return
            total += len(key.fileobj.recv(1 << 20))
    report.send(total)


def make_events(port, rate, pid, report):
    """`rate` lines of the event log a second: messages to itself. Reports how many there were."""
    connection = socket.create_connection(("127.0.0.1", port))
    reader = connection.makefile("r")

    def call(method, **params):
        connection.sendall((json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}) + "\n").encode())
        while True:
            message = json.loads(reader.readline())
            if "id" in message:
                return message["result"]

    own = call("continue", pid=pid)["engine"]
    connection.setblocking(False)
    portion = max(1, rate // 100)
    request = (json.dumps({"jsonrpc": "2.0", "method": "tell", "params": {"engine": own, "text": "an event"}}) + "\n").encode() * portion
    report.send("ready")
    made, begin, rest = 0, time.monotonic(), b""
    while not report.poll():
        due = (time.monotonic() - begin) * rate
        if made < due and not rest:
            rest = request
            made += portion
        try:
            if rest:
                rest = rest[connection.send(rest):]
            while connection.recv(1 << 20):
                pass
        except BlockingIOError:
            pass
        select.select([connection], [connection] if rest else [], [], 0 if rest else 0.002)
    report.send(made / (time.monotonic() - begin))


class Helper:
    def __init__(self, work, *arguments):
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=work, args=(*arguments, theirs), daemon=True)
        self.process.start()
        theirs.close()
        assert self.pipe.recv() == "ready"

    def end(self):
        self.pipe.send("end")
        result = self.pipe.recv()
        self.process.join()
        return result


def processor_seconds(tid):
    """Of one thread."""
    return int(Path(f"/proc/{tid}/task/{tid}/schedstat").read_text().split()[0]) / 1e9


def packets(gdb, hub, seconds):
    """Packets a second, and the microseconds of the hub's first thread for each."""
    begin, used, count = time.monotonic(), processor_seconds(hub), 0
    while time.monotonic() < begin + seconds:
        gdb.ask("g")
        count += 1
    return count / (time.monotonic() - begin), (processor_seconds(hub) - used) / count * 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hub", default=ROOT / "build/release/server/gdbhub")
    parser.add_argument("--tracee", default=ROOT / "build/release/tests/tracees/loop")
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--events", type=int, default=10000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--slow", action="store_true")
    options = parser.parse_args()

    hub = subprocess.Popen([options.hub, "--dashboard=:0", "localhost:0", options.tracee], stderr=subprocess.PIPE, text=True)
    pid = int(line_of(hub.stderr, r"created; pid = (\d+)"))
    url = line_of(hub.stderr, r"Dashboard: (\S+)")
    port = int(line_of(hub.stderr, r"Listening on port (\d+)"))
    gdb = Client(port)
    gdb.ask("?")
    events = Helper(make_events, port, options.events, pid)
    alone, beside, seen = [], [], []
    for _ in range(options.rounds):
        alone.append(packets(gdb, hub.pid, options.seconds))
        url = subprocess.run([options.hub, "dashboard", "--connect", f"localhost:{port}"], capture_output=True, text=True, check=True).stdout
        web = Helper(read_web_sockets, url, options.clients, options.slow)
        beside.append(packets(gdb, hub.pid, options.seconds))
        seen.append(web.end() / options.seconds / 1e6)
    made = events.end()
    hub.terminate()
    hub.wait()

    print(f"{made:,.0f} events a second")
    for name, rounds in (("alone", alone), (f"with {options.clients} browsers", beside)):
        rates, costs = zip(*rounds)
        print(f"{name:20} {statistics.median(rates):9,.0f} packets/s ({min(rates):,.0f} … {max(rates):,.0f})  "
              f"{statistics.median(costs):6.1f} µs of the tracer thread each ({min(costs):.1f} … {max(costs):.1f})")
    losses = [1 - with_web[0] / without[0] for without, with_web in zip(alone, beside)]
    print(f"the gdb loses {statistics.median(losses):.1%} of its rate ({min(losses):.1%} … {max(losses):.1%} in a round); "
          f"browsers got {statistics.median(seen):,.1f} MB/s")


if __name__ == "__main__":
    main()
