"""--debug and its relatives, and the monitor commands that switch them."""
import re

from harness import needs_hub


@needs_hub
def test_packets_are_logged_with_direction_and_client(t):
    hub = t.hub("steps", options=["--remote-debug"])
    gdb = t.gdb(program="steps", hub=hub)
    other = t.raw(hub, non_stop=True)
    hub.wait_error(f'[remote] 127.0.0.1{gdb.peer} -> "$qSupported:')
    hub.wait_error(f'[remote] 127.0.0.1{gdb.peer} <- "$PacketSize=')
    hub.wait_error(f'{other.peer} -> "$QNonStop:1#8d"')
    assert not any("[threads]" in line or "[event-loop]" in line for line in hub.err.items)
    other.send_bytes(b"$m0,\x01\xff#00")
    hub.wait_error(r'-> "$m0,\x01\xff#00"')


@needs_hub
def test_threads_and_event_loop_are_logged_and_go_to_a_file(t):
    path = t.folder / "debug"
    hub = t.hub("steps", options=["--debug=threads,event-loop", f"--debug-file={path}", "--debug-format=timestamp"])
    assert t.gdb(program="steps", hub=hub).cont().exit_code == 23
    assert hub.wait_exit() == 0
    lines = path.read_text().splitlines()
    clock = r"\d\d:\d\d:\d\d\.\d{6} "
    for expected in (r"\[threads\] start .*/steps: \d+", r"\[threads\] seize \d+", r"\[threads\] \d+ stopped for exec",
                     r"\[threads\] resume \d+: continue", r"\[threads\] \d+ exited with 23",
                     r"\[event-loop\] signal 17 of \d+", r"\[event-loop\] 127.0.0.1:\d+ has connected",
                     r"\[event-loop\] 127.0.0.1:\d+: \d+ bytes", r"\[event-loop\] 127.0.0.1:\d+ has left"):
        assert any(re.fullmatch(clock + expected, line) for line in lines), (expected, lines[:40])
    assert not any("[" in line for line in hub.err.items), hub.err.items


@needs_hub
def test_hardware_points_are_logged(t):
    hub = t.hub("steps")
    gdb = t.gdb(program="steps", hub=hub)
    assert "H/W point debugging output enabled." in gdb.cmd("monitor set debug-hw-points 1")
    gdb.cmd("hbreak square")
    assert gdb.cont().function == "square"
    hub.wait_error("DR7 = 0x")


MONITOR = [
    ("set debug 1", "Debug output enabled."), ("set debug 0", "Debug output disabled."),
    ("set remote-debug 1", "Protocol debug output enabled."), ("set remote-debug 0", "Protocol debug output disabled."),
    ("set event-loop-debug 1", "Debug event loop output enabled."),
    ("set event-loop-debug 0", "Debug event loop output disabled."),
    ("set debug-hw-points 1", "H/W point debugging output enabled."),
    ("set debug-hw-points 0", "H/W point debugging output disabled."),
    ("set debug-format timestamp", "Timestamps will be added to debug output."),
    ("set debug-format all", "All extra debug format options enabled."),
    ("set debug-format timestamp,none", "Timestamps will be added to debug output.\nAll extra debug format options disabled."),
    ("set libthread-db-search-path x", "libthread-db-search-path set to `x'"),
    ("set debug-file", ""),  # silent
]
MISTAKES = [("set debug-format foo", 'Unknown debug-format argument: "foo"'), ("set debug-format", "Unknown monitor command"),
            ("set debug", "Unknown monitor command"), ("set", "Unknown monitor command")]


def test_monitor_answers_as_gdbserver_does(t):
    gdb = t.gdb(program="steps", hub=t.hub("steps"))
    for command, answer in MONITOR:
        assert answer in gdb.cmd("monitor " + command), command
    for command, answer in MISTAKES:
        start = len(gdb.records)
        gdb.fails("monitor " + command)
        gdb.wait_text(answer, start)


@needs_hub
def test_monitor_switches_messages_while_clients_are_there(t):
    hub = t.hub("steps")
    client = t.raw(hub)
    path = t.folder / "packets"
    client.monitor(f"set debug-file {path}")
    client.monitor("set remote-debug 1")
    client.ask("qC")
    client.monitor("set remote-debug 0")
    client.ask("qAttached")
    text = path.read_text()
    assert '-> "$qC#b4"' in text and "qAttached" not in text, text


@needs_hub
def test_an_observer_switches_nothing_A38(t):
    path = f"{t.folder}/watch.sock"
    hub = t.hub("steps", options=["--listen", f"unix:{path},role=observer"])
    hub.wait_error(f"Listening on socket {path}")
    observer = t.raw(path)
    for command in ("set remote-debug 1", f"set debug-file {t.folder}/x", "set debug-format all"):
        observer.send("qRcmd," + f"{command}".encode().hex())
        assert bytes.fromhex(observer.receive()[1:]).decode() == "Observers may only look.\n"
        assert observer.receive().startswith("E")
    assert not (t.folder / "x").exists()
