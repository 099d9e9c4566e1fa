"""What programs write and read when their streams are the hub's (--inferior-io)."""
import re
import time

from harness import needs_hub


def output_of(client, stop="W"):
    """Console text up to the reply that begins with `stop`, and that reply."""
    text = ""
    while True:
        reply = client.receive()
        if reply.startswith(stop):
            return text, reply
        assert reply.startswith("O"), reply
        text += bytes.fromhex(reply[1:]).decode(errors="replace")


def run_non_stop(client):
    """Takes the first stops as told, then lets everything run."""
    client.ask("?")
    while client.ask("vStopped") != "OK":
        pass
    client.expect("vCont;c", "OK")


@needs_hub
def test_all_output_is_told_before_the_end(t):
    for streams in ("pty", "pipe"):
        hub = t.hub("chatter", "lines", 2000, options=[f"--inferior-io={streams}"])
        client = t.raw(hub)
        assert "shown here" in client.monitor("output on")
        client.ask("?")
        client.send("vCont;c")
        text, reply = output_of(client)
        assert text == "".join(f"line {number} of 2000\n" for number in range(2000)), (streams, len(text), text[-200:])
        assert reply.startswith("W03"), reply
        assert not hub.out.items


@needs_hub
def test_gdb_shows_output_while_its_program_runs_and_of_vrun_too(t):
    hub = t.hub(options=["--multi", "--inferior-io", "pty"])
    gdb = t.gdb(program="chatter")
    gdb.remote(hub.target, extended=True, stops=False)
    gdb.cmd("monitor output on")
    gdb.cmd(f"set remote exec-file {t.program('chatter')}")
    for _ in range(2):
        start = len(gdb.records)
        gdb.cmd("set args lines 3")
        assert gdb.run_to_stop("run").exit_code == 3
        gdb.wait_text("line 2 of 3", start)
    gdb.cmd("monitor output off")
    start = len(gdb.records)
    assert gdb.run_to_stop("run").exit_code == 3
    assert not any("line 2 of 3" in record.text for record in gdb.records.items[start:])


@needs_hub
def test_input_comes_from_the_owner_only_A28(t):
    for streams, terminals in (("pty", "111"), ("pipe", "000")):
        hub = t.hub("chatter", "echo", options=["--inferior-io", streams])
        owner = t.raw(hub, "owner", non_stop=True)
        owner.monitor("output on")
        other = t.raw(hub, "other", non_stop=True)
        log = t.log(hub)
        run_non_stop(owner)
        other.expect("I" + b"from a stranger\n".hex(), "E.*")
        owner.expect("I" + b"from the owner\n".hex(), "OK")
        assert log.wait_for("output", text=lambda text: "got" in text)["text"].endswith("got from the owner\n")
        assert log.wait_for("output", text=lambda text: "terminals " in text)["text"].startswith(f"terminals {terminals}")
        owner.monitor("input from monitor")
        log.wait_for("output", text=lambda text: "got from monitor" in text)
        owner.monitor("input quit")
        log.wait_for("process-gone")
        assert not any("stranger" in str(line) for line in log.lines.items)
        log.close()


@needs_hub
def test_input_that_nobody_reads_is_refused_in_the_end(t):
    hub = t.hub("loop", options=["--inferior-io=pipe"])
    owner = t.raw(hub, non_stop=True)
    owner.ask("?")
    packet = "I" + "61" * 8192
    replies = [owner.ask(packet) for _ in range(32)]
    assert replies[0] == "OK" and replies[-1].startswith("E"), replies
    assert "does not read its input" in owner.monitor("log")


@needs_hub
def test_without_the_option_there_is_nothing_to_show(t):
    hub = t.hub("chatter", "lines", 1)
    client = t.raw(hub)
    client.send("qRcmd," + b"output on".hex())
    assert "--inferior-io" in bytes.fromhex(client.receive()[1:]).decode()
    assert client.receive().startswith("E")
    client.expect("I61", "E.*")


@needs_hub
def test_a_flood_that_nobody_reads_keeps_nobody_waiting_A23(t):
    hub = t.hub("chatter", "endless", options=["--inferior-io=pipe"])
    writer = t.raw(hub, "writer", non_stop=True)
    log = t.log(hub)
    writer.monitor("output on")
    run_non_stop(writer)
    log.wait_for("output-gap", text=lambda text: re.fullmatch(r"\d+ bytes are not in the log", text))
    slow = t.raw(hub, "slow")  # all-stop: it gets the output as it comes, and does not read
    slow.monitor("output on")
    assert slow.ask("?").startswith("T")
    slow.send("vCont;c")
    other = t.raw(hub, "other", non_stop=True)
    slowest, end = 0.0, time.monotonic() + 1.5
    while (began := time.monotonic()) < end:
        other.ask("qC")
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < 0.5, slowest
    slow.interrupt()
    text, _ = output_of(slow, "T")
    gaps = re.findall(r"\[gdbhub\] (\d+) bytes of output are left out here", text)
    assert len(text) > 100000 and (gaps or len(text) < 64 << 20), (len(text), gaps)
    assert hub.popen.poll() is None


@needs_hub
def test_a_program_runs_on_and_is_read_when_no_client_is_left_A23(t):
    hub = t.hub("chatter", "flood", 20_000_000, options=["--inferior-io=pty", "--on-last-drop=continue"])
    client = t.raw(hub)
    client.ask("?")
    client.send("vCont;c")
    client.close()
    assert hub.wait_exit() == 0
    hub.wait_error("Remote side has terminated connection")
