"""Engines that the command line starts, beside real gdbs."""
import os
import signal
import subprocess

from harness import eventually, needs_hub
from processes import is_alive, tracer


def left_to_the_engine(t, engine, program="signals", *words):
    """A process that only the engine is attached to, by way of a gdb that has detached; with its hub and a log client."""
    process = t.start(program, *(words or ("wait",)))
    hub = t.attached(process, "--engine", engine)
    a = t.gdb("A", hub=hub)
    a.cmd("detach")
    log = t.log(hub)
    assert tracer(process.pid) == hub.pid
    return process, hub, log


@needs_hub
def test_a_crash_is_held_without_any_gdb_and_one_that_attaches_sees_the_signal_A40(t):
    process, hub, log = left_to_the_engine(t, "crash:hold=300")
    os.kill(process.pid, signal.SIGABRT)
    log.wait_for("crash", pid=process.pid, text=lambda text: "SIGABRT" in text and "300 s" in text)
    b = t.gdb("B", program="signals")
    b.remote(hub.target)  # gdb shows no reason for its first stop, but knows it
    assert b.number("$_siginfo.si_signo") == signal.SIGABRT
    assert "SIGABRT" in b.cmd("info program")
    assert "crash" in b.cmd("monitor holds")
    b.resume("signal 0")  # it was not so bad
    b.interrupt_to_stop()
    assert is_alive(process.pid)
    assert "crash" not in b.cmd("monitor holds")
    os.kill(process.pid, signal.SIGABRT)
    assert b.cont().signal == "SIGABRT"
    assert b.cont().reason == "exited-signalled"
    assert process.wait_exit() == -signal.SIGABRT


@needs_hub
def test_a_gdb_that_is_there_is_told_and_its_continue_decides_A14_A52(t):
    hub = t.hub("crash", "segv", options=["--engine", "crash:hold=300"])
    gdb = t.gdb("A", program="crash", hub=hub)
    start = len(gdb.records)
    assert gdb.cont().signal == "SIGSEGV"
    line = gdb.wait_text("about to die of SIGSEGV", start)
    assert "monitor release" in line, line
    assert gdb.value("$_siginfo._sifields._sigfault.si_addr") == "0x0"
    assert gdb.cont().reason == "exited-signalled"


@needs_hub
def test_a_crash_goes_on_when_its_time_is_over(t):
    process, _, log = left_to_the_engine(t, "crash:hold=1")
    os.kill(process.pid, signal.SIGQUIT)
    log.wait_for("crash", pid=process.pid)
    log.wait_for("released", pid=process.pid, text=lambda text: "time" in text)
    assert process.wait_exit() == -signal.SIGQUIT


@needs_hub
def test_monitor_release_lets_a_crash_go(t):
    process, hub, log = left_to_the_engine(t, "crash:hold=300")
    os.kill(process.pid, signal.SIGABRT)
    log.wait_for("crash", pid=process.pid)
    client = t.raw(hub, non_stop=True)
    assert client.monitor("release") == "Released 1 thread.\n"
    assert process.wait_exit() == -signal.SIGABRT
    log.wait_for("released", text=lambda text: client.peer in text)


@needs_hub
def test_a_crash_starts_the_hook_with_what_it_needs_to_know(t):
    told = t.folder / "told"
    script = f"echo $GDBHUB_PID $GDBHUB_TID $GDBHUB_SIGNAL $GDBHUB_PROGRAM > {told}.new; mv {told}.new {told}"
    process, _, log = left_to_the_engine(t, f"crash:hold=300,shell={script}")
    os.kill(process.pid, signal.SIGABRT)
    eventually(told.exists, "the hook")
    assert told.read_text().split() == [str(process.pid), str(process.pid), "SIGABRT", str(t.program("signals"))]
    log.wait_for("crash", pid=process.pid)


@needs_hub
def test_crashes_in_children_that_no_gdb_follows_are_held_A21(t):
    gate = t.folder / "gate"
    os.mkfifo(gate)
    process, _, log = left_to_the_engine(t, "crash:hold=300", "/bin/sh", "-c", f"echo ready; read line < {gate}; sh -c 'kill -ABRT $$'; exit 3")
    gate.write_text("go\n")
    crash = log.wait_for("crash", text=lambda text: "SIGABRT" in text)
    assert crash["pid"] != process.pid and tracer(crash["pid"]) != 0
    os.kill(crash["pid"], signal.SIGKILL)
    assert process.wait_exit() == 3


@needs_hub
def test_a_sigkill_ends_a_held_crash_and_the_hub_lets_go_of_it_when_it_ends_A27(t):
    process, _, log = left_to_the_engine(t, "crash:hold=300")
    os.kill(process.pid, signal.SIGABRT)
    log.wait_for("crash", pid=process.pid)
    process.signal(signal.SIGKILL)
    assert process.wait_exit() == -signal.SIGKILL

    process, hub, log = left_to_the_engine(t, "crash:hold=300")
    os.kill(process.pid, signal.SIGABRT)
    log.wait_for("crash", pid=process.pid)
    hub.stop()
    assert process.wait_exit() == -signal.SIGABRT


@needs_hub
def test_wrong_engines_and_options_are_refused_before_anything_is_started(t):
    for engine, complaint in (("crush", 'there is no engine "crush"'), ("crash:hold=soon", '"soon" is not a number'),
                              ("crash:color=red", "there is no option color")):
        done = subprocess.run([t.server, "--engine", engine, "localhost:0", str(t.program("loop"))], capture_output=True, text=True,
                              timeout=60, check=False)
        assert done.returncode == 1 and complaint in done.stderr, done
        assert "created" not in done.stderr, done
    done = subprocess.run([t.server, "--engine", "help"], capture_output=True, text=True, timeout=60, check=True)
    assert "crash: Holds" in done.stdout and "hold=SECONDS" in done.stdout, done
