"""A client that speaks the remote protocol packet by packet."""
import re
import socket
import time

from waiting import DEADLINE, Timeout

_SPECIAL = b"#$}*"


def escape(payload):
    return b"".join(bytes([0x7D, byte ^ 0x20]) if byte in _SPECIAL else bytes([byte]) for byte in payload)


def expand(payload):
    """Undoes escapes and run-length encoding."""
    out = bytearray()
    position = 0
    while position < len(payload):
        byte = payload[position]
        if byte == 0x7D:
            position += 1
            out.append(payload[position] ^ 0x20)
        elif byte == 0x2A:
            position += 1
            out += out[-1:] * (payload[position] - 29)
        else:
            out.append(byte)
        position += 1
    return bytes(out)


class RawClient:
    """Blocking; every receive has a deadline. Payloads are str (latin-1) in and out."""

    FEATURES = "multiprocess+;swbreak+;hwbreak+;vContSupported+;xmlRegisters=i386"

    def __init__(self, target, name="raw"):
        self.name = name
        if target.startswith("/"):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(target)
        else:
            host, port = target.rsplit(":", 1)
            self.socket = socket.create_connection((host, int(port)), DEADLINE)
        self.acks = True
        self.notifications = []
        self.transcript = []
        self._buffer = b""

    @property
    def peer(self):
        """How the hub names this client."""
        return f":{self.socket.getsockname()[1]}"

    # -- framing ------------------------------------------------------------------------------------------
    def send_bytes(self, data):
        self.transcript.append(f"-> {data!r}")
        self.socket.sendall(data)

    def send(self, payload):
        """Sends a packet; awaits its ack where acks are on."""
        data = escape(payload.encode("latin-1"))
        self.send_bytes(b"$" + data + b"#%02x" % (sum(data) & 255))
        if self.acks:
            byte = self.next_byte()
            assert byte == b"+", f"expected an ack of {payload!r}, got {byte!r}"

    def next_byte(self, deadline=None):
        deadline = deadline or time.monotonic() + DEADLINE
        while not self._buffer:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Timeout(f"{self.name}: no answer")
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(65536)
            except socket.timeout:
                continue
            if not data:
                raise EOFError(f"{self.name}: the server closed the connection")
            self.transcript.append(f"<- {data!r}")
            self._buffer += data
        byte, self._buffer = self._buffer[:1], self._buffer[1:]
        return byte

    def receive(self, timeout=DEADLINE):
        """The next reply packet. Notifications on the way go to `notifications`; the checksum is verified."""
        deadline = time.monotonic() + timeout
        while True:
            start = self.next_byte(deadline)
            if start not in (b"$", b"%"):
                continue  # a stray ack
            data = bytearray()
            while (byte := self.next_byte(deadline)) != b"#":
                data += byte
            checksum = self.next_byte(deadline) + self.next_byte(deadline)
            assert int(checksum, 16) == sum(data) & 255, f"checksum of {bytes(data)!r} is {checksum!r}"
            text = expand(bytes(data)).decode("latin-1")
            if start == b"%":
                self.notifications.append(text)
                continue
            if self.acks:
                self.send_bytes(b"+")
            return text

    def wait_notification(self, timeout=DEADLINE):
        """The next notification; no reply may come before it."""
        if not self.notifications:
            deadline = time.monotonic() + timeout
            acks, self.acks = self.acks, False
            while not self.notifications:
                start = self.next_byte(deadline)
                if start != b"%":
                    continue
                data = b""
                while (byte := self.next_byte(deadline)) != b"#":
                    data += byte
                self.next_byte(deadline), self.next_byte(deadline)
                self.notifications.append(expand(data).decode("latin-1"))
            self.acks = acks
        return self.notifications.pop(0)

    def ask(self, payload, timeout=DEADLINE):
        self.send(payload)
        return self.receive(timeout)

    def expect(self, payload, pattern):
        """Asks and checks the whole reply against a regular expression; returns the match."""
        reply = self.ask(payload)
        match = re.fullmatch(pattern, reply, re.DOTALL)
        assert match, f"{self.name}: {payload!r} -> {reply!r}, expected {pattern!r}"
        return match

    # -- sessions -----------------------------------------------------------------------------------------
    def handshake(self, features=FEATURES, noack=True, non_stop=False):
        """What a client says first; returns the server's features."""
        answer = self.ask("qSupported:" + features)
        if noack:
            assert self.ask("QStartNoAckMode") == "OK"
            self.acks = False
        if non_stop:
            assert self.ask("QNonStop:1") == "OK"
        return dict(item.split("=", 1) if "=" in item else (item[:-1], item[-1]) for item in answer.split(";"))

    def threads(self):
        """All thread ids as the server writes them."""
        found, reply = [], self.ask("qfThreadInfo")
        while reply.startswith("m"):
            found += reply[1:].split(",")
            reply = self.ask("qsThreadInfo")
        assert reply == "l", reply
        return found

    def xfer(self, name, annex=""):
        """A whole qXfer object as bytes."""
        out = b""
        while True:
            reply = self.ask(f"qXfer:{name}:read:{annex}:{len(out):x},ffb")
            assert reply[:1] in ("m", "l"), f"qXfer:{name}: {reply!r}"
            out += reply[1:].encode("latin-1")
            if reply[0] == "l":
                return out

    def monitor(self, command):
        """Console text of a monitor command; AssertionError for Enn."""
        self.send("qRcmd," + command.encode().hex())
        text = ""
        while (reply := self.receive()) != "OK":
            assert reply.startswith("O"), f"monitor {command}: {reply!r} after {text!r}"
            text += bytes.fromhex(reply[1:]).decode(errors="replace")
        return text

    def wait_stop(self, timeout=DEADLINE):
        """The stop reply of an all-stop resume, console packets skipped."""
        deadline = time.monotonic() + timeout
        while (reply := self.receive(deadline - time.monotonic())).startswith("O"):
            pass
        return reply

    def step_over(self, address, stop):
        """From the breakpoint of this stop reply on, as gdb does it: without it, one step of that thread, with it again."""
        thread = re.search(r"thread:([^;]+);", stop)[1]
        self.expect(f"z0,{address:x},1", "OK")
        self.send(f"vCont;s:{thread}")
        reply = self.wait_stop()
        assert reply.startswith("T05"), reply
        self.expect(f"Z0,{address:x},1", "OK")

    def interrupt(self):
        self.send_bytes(b"\x03")

    def close(self):
        self.socket.close()

    def dump(self, last=40):
        return [f"{self.name} | {line[:300]}" for line in self.transcript[-last:]]
