"""The whole story in one test, to be repeated: run.py --repeat 100 test_scenario.py

Two gdbs and a logging client on one multithreaded process. Each gdb stops at its own breakpoints only, steps, interrupts
while the other holds; one is killed at a random moment; a third takes its place; in the end nothing of them is left.
"""
from elf import address_of, expect_progress, read_memory, write_variable
from harness import needs_hub, tracer
from several import hit, hit_and_leave_running, meanwhile_hitting, together, wait_for_trap


@needs_hub
def test_two_gdbs_and_a_logger_share_one_process(t):
    process = t.start("threads", 4)
    text_of_b = read_memory(process.pid, address_of(process.pid, "worker_b"), 16)
    hub = t.attached(process)
    a = t.gdb("A", program="threads", hub=hub)
    b = t.gdb("B", program="threads", hub=hub)
    log = t.log(hub)
    peers = {gdb.name: gdb.peer for gdb in (a, b)}

    # Breakpoints of their own: each stops at its own, and is told of nothing else (A1, A2, A31, A45).
    a.breakpoint("worker_a")
    b.breakpoint("worker_b")
    together(lambda: rounds_with_steps(a, "worker_a", 10), lambda: rounds_with_steps(b, "worker_b", 10))
    expect_progress(process.pid, "total")
    assert a.stops_waiting() == b.stops_waiting() == 0
    for gdb in (a, b):
        log.wait_for("stopped", pid=process.pid, text=lambda text, peer=peers[gdb.name]: peer in text)

    # ^C of one while the other holds; memory without traps (A4, A7); who holds it (A14).
    assert b.interrupt_to_stop().signal == "SIGINT"
    assert a.interrupt_to_stop().signal == "SIGINT"
    b.breakpoint("worker_b")
    b.resume()
    wait_for_trap(process.pid, "worker_b", text_of_b)
    shown = a.mi('-data-read-memory-bytes "(long)worker_b" 16').values["memory"][0]["contents"]
    assert bytes.fromhex(shown) == text_of_b
    assert b.interrupt_to_stop().signal == "SIGINT"
    holds = a.cmd("monitor holds")
    assert peers["A"] in holds and peers["B"] in holds, holds
    assert "log#" not in holds, holds

    # A dies at a random moment; B goes on and nothing of A is left (A26).
    a.breakpoint("worker_a")
    a.breakpoint("worker_d")
    with meanwhile_hitting(b, "worker_b"):
        for _ in range(t.random.randrange(3)):
            assert a.cont().function in ("worker_a", "worker_d")
        if t.random.random() < 0.5:
            a.resume()
        a.kill9()
    hit(b, "worker_b", 5)
    log.wait_for("disconnected", text=lambda text: peers["A"] in text)
    assert peers["A"] not in b.cmd("monitor holds")

    # Another takes its place (A41).
    c = t.gdb("C", program="threads", hub=hub)
    c.breakpoint("worker_c")
    together(lambda: hit_and_leave_running(c, "worker_c", 5), lambda: hit_and_leave_running(b, "worker_b", 5))
    expect_progress(process.pid, "total")

    # Both leave: no trap, no hold, no tracer, and the program's own check holds (A6, A26).
    for gdb in (c, b):
        gdb.interrupt_to_stop()
        gdb.cmd("detach")
    assert hub.wait_exit() == 0
    process.expect_clean()
    assert tracer(process.pid) == 0
    write_variable(process.pid, "stop_requested", 1)
    process.wait_output("threads: ok")
    assert process.wait_exit() == 0


def rounds_with_steps(gdb, function, times):
    """Hits, each followed by steps of that thread; then goes on without breakpoints."""
    for _ in range(times):
        hit(gdb, function, 1)
        before = gdb.number("round")
        stop = gdb.run_to_stop("next")
        assert (stop.reason, stop.function) == ("end-stepping-range", function), (gdb.name, stop)
        assert gdb.number("next") == before + 1
        gdb.run_to_stop("stepi")
    gdb.cmd("delete")
    gdb.resume()
