"""The logging client: sees everything, holds nobody."""
import signal

from elf import expect_progress
from harness import needs_hub
from several import hit, pair


@needs_hub
def test_sees_threads_stops_with_their_holder_and_the_end_A40(t):
    hub = t.hub("threads", 3, 30, 0)
    gdb = t.gdb("A", program="threads", hub=hub)
    log = t.log(hub)
    gdb.breakpoint("worker_a")
    hit(gdb, "worker_a", 1)
    # In the main thread gdb stops, unseen by its user, at the breakpoint that it has in the dynamic linker.
    log.wait_for("stopped", pid=hub.tracee, tid=lambda tid: tid != hub.tracee,
                 text=lambda text: gdb.peer in text and "breakpoint" in text)
    gdb.cmd("delete")
    assert gdb.cont().reason == "exited-normally"
    started = {line["tid"] for line in log.lines.items if line["kind"] == "thread-started"}
    assert len(started) == 3, started
    log.wait_for("process-gone", pid=hub.tracee, text=lambda text: "exited with 0" in text)
    gone = {line["tid"] for line in log.lines.items if line["kind"] == "thread-gone"}
    assert started <= gone, (started, gone)


@needs_hub
def test_sees_signals_and_deaths_A40(t):
    hub = t.hub("crash", "abort")
    gdb = t.gdb("A", program="crash", hub=hub)
    log = t.log(hub)
    assert gdb.cont().signal == "SIGABRT"
    log.wait_for("signal", pid=hub.tracee, text=lambda text: "Abort" in text or "SIGABRT" in text)
    gdb.cont()
    log.wait_for("process-gone", pid=hub.tracee, text=lambda text: "killed" in text)


@needs_hub
def test_sees_forks_and_execs_A40(t):
    hub = t.hub("vfork_exec", 1)
    gdb = t.gdb("A", program="vfork_exec", hub=hub)
    log = t.log(hub)
    gdb.cmd("set detach-on-fork off")
    gdb.cmd("set schedule-multiple on")
    gdb.cmd("catch exec")
    assert gdb.cont().reason == "exec"
    log.wait_for("vfork", pid=hub.tracee)
    log.wait_for("exec", text=lambda text: "vfork_exec" in text)


@needs_hub
def test_holds_nobody_and_stops_nothing_A1_A38(t):
    process = t.start("threads", 4)
    hub = t.attached(process)
    gdb = t.gdb("A", program="threads", hub=hub)
    gdb.resume()
    log = t.log(hub)
    expect_progress(process.pid, "total", 20)
    gdb.interrupt_to_stop()
    assert "log#" not in gdb.cmd("monitor holds")
    log.popen.kill()  # nobody notices
    log.popen.wait()
    gdb.breakpoint("worker_a")
    hit(gdb, "worker_a", 5)


@needs_hub
def test_a_logger_that_does_not_read_delays_nobody_A23(t):
    process, hub, a, b = pair(t, "threads", 2)
    log = t.log(hub)
    log.popen.send_signal(signal.SIGSTOP)
    b.resume()
    a.breakpoint("worker_a")
    hit(a, "worker_a", 200)
    log.popen.send_signal(signal.SIGCONT)
    a.cmd("delete")
    a.resume()
    expect_progress(process.pid, "total")


@needs_hub
def test_sees_clients_come_and_go_and_a_changed_pc_A37_A40(t):
    process, hub, a, b = pair(t, "loop")
    log = t.log(hub)
    b.resume()
    a.breakpoint("spin_once")
    hit(a, "spin_once", 1)
    peer_of_b = b.peer
    a.cmd("set var $pc = $pc + 1")
    log.wait_for("pc-written", pid=process.pid, text=lambda text: a.peer in text)
    a.cmd("set var $pc = $pc - 1")
    b.interrupt_to_stop()
    b.cmd("detach")
    log.wait_for("detached", text=lambda text: peer_of_b in text)
    log.wait_for("disconnected", text=lambda text: peer_of_b in text)
    a.cmd("detach")
    process.expect_clean()
