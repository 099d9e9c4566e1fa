"""One gdb in non-stop mode."""
from elf import expect_progress
from harness import eventually


def nonstop(t, hub, program):
    gdb = t.gdb(program=program, non_stop=True)
    gdb.remote(hub.target, stops=False)
    return gdb


def test_other_threads_run_while_one_is_stopped(t):
    hub = t.hub("threads", 4)
    gdb = nonstop(t, hub, "threads")
    gdb.wait_stop()
    gdb.breakpoint("worker_a")
    gdb.resume()
    stop = gdb.wait_stop()
    assert (stop.reason, stop.function) == ("breakpoint-hit", "worker_a"), stop
    expect_progress(hub.tracee, "total")
    states = gdb.threads()
    assert states.pop(stop.thread) == "stopped" and set(states.values()) == {"running"}, states
    gdb.cmd(f"thread {stop.thread}")
    for _ in range(3):
        gdb.resume()
        assert gdb.wait_stop().thread == stop.thread


def test_interrupt_one_thread_and_all(t):
    hub = t.hub("threads", 3)
    gdb = nonstop(t, hub, "threads")
    gdb.wait_stop()
    gdb.resume()
    hub.wait_output("ready")
    eventually(lambda: len(gdb.threads()) == 4, "four threads")
    gdb.mi("-exec-interrupt --thread 2")
    stop = gdb.wait_stop()
    assert stop.thread == 2, stop
    gdb.interrupt(everything=True)
    others = {gdb.wait_stop().thread for _ in range(3)}
    assert others == {1, 3, 4}, others
    gdb.resume("continue -a")
    expect_progress(hub.tracee, "total")


def test_step_one_thread_while_others_run(t):
    hub = t.hub("threads", 4)
    gdb = nonstop(t, hub, "threads")
    gdb.wait_stop()
    gdb.breakpoint("worker_b")
    gdb.resume()
    stop = gdb.wait_stop()
    gdb.cmd(f"thread {stop.thread}")
    for _ in range(3):
        gdb.resume("next")
        assert gdb.wait_stop().thread == stop.thread
    expect_progress(hub.tracee, "total")


def test_attach_in_nonstop_and_detach_clean(t):
    process = t.start("threads", 4)
    gdb = nonstop(t, t.attached(process), "threads")
    gdb.wait_stop()
    assert len(gdb.threads()) == 5
    gdb.breakpoint("worker_d")
    gdb.resume("continue -a")
    stop = gdb.wait_stop()
    assert stop.function == "worker_d", stop
    gdb.cmd("detach")
    process.expect_clean()
    expect_progress(process.pid, "total")


def test_exit_in_nonstop(t):
    hub = t.hub("crash", "exit", 3)
    gdb = nonstop(t, hub, "crash")
    gdb.wait_stop()
    gdb.resume()
    stop = gdb.wait_stop()
    assert (stop.reason, stop.exit_code) == ("exited", 3), stop
