"""Clients that come to a tracee that runs: observers, and the policies for joining (A38, A41)."""
import os
import tempfile

from elf import expect_progress
from harness import needs_hub


@needs_hub
def test_observer_sees_a_snapshot_and_stops_nobody_A38_A41(t):
    process = t.start("threads", 4)
    with tempfile.TemporaryDirectory() as folder:
        socket = os.path.join(folder, "observer")
        hub = t.attached(process, "--listen", f"unix:{socket},role=observer")
        a = t.gdb("A", program="threads", hub=hub)
        a.resume()
        expect_progress(process.pid, "total")
        b = t.gdb("B", program="threads")
        b.remote(socket)
        assert len(b.threads()) == 5
        assert b.number("$rip") != 0
        expect_progress(process.pid, "total")  # it has never stopped
        assert "Nobody holds" in b.cmd("monitor holds")
        b.fails("set var $rax = 1")
        b.kill9()
    expect_progress(process.pid, "total")
    assert a.interrupt_to_stop().signal == "SIGINT"


@needs_hub
def test_snapshot_join_of_a_controller_leaves_the_tracee_running_A41(t):
    process = t.start("threads", 2)
    with tempfile.TemporaryDirectory() as folder:
        socket = os.path.join(folder, "second")
        hub = t.attached(process, "--listen", f"unix:{socket},join=snapshot")
        a = t.gdb("A", program="threads", hub=hub)
        a.resume()
        b = t.gdb("B", program="threads")
        b.remote(socket)
        expect_progress(process.pid, "total")
        b.resume()
        assert b.interrupt_to_stop().signal == "SIGINT"  # a controller may stop it, later
        assert a.interrupt_to_stop().signal == "SIGINT"


@needs_hub
def test_refused_join_disturbs_nobody_A41(t):
    process = t.start("threads", 2)
    with tempfile.TemporaryDirectory() as folder:
        socket = os.path.join(folder, "second")
        hub = t.attached(process, "--listen", f"unix:{socket},join=refuse")
        a = t.gdb("A", program="threads", hub=hub)
        a.resume()
        b = t.gdb("B", program="threads")
        b.fails(f"target remote {socket}")
    expect_progress(process.pid, "total")
    assert a.interrupt_to_stop().signal == "SIGINT"


@needs_hub
def test_what_becomes_of_the_tracee_after_the_last_drop_is_an_option_A51(t):
    for choice, runs in (("continue", True), ("detach", True), ("hold", False)):
        process = t.start("threads", 2)
        hub = t.attached(process, f"--on-last-drop={choice}")
        gdb = t.gdb(choice, program="threads", hub=hub)
        gdb.kill9()
        hub.wait_error("Remote side has terminated connection")
        if runs:
            expect_progress(process.pid, "total")
        else:
            client = t.raw(hub)
            assert client.ask("?").startswith("T05")
