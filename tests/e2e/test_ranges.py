"""A loop is stepped over in one go, at the program's own speed, however many rounds it has; beside others, too."""
from harness import needs_hub

ROUNDS = 1000000
LOOP, AFTER = 30, 31  # lines of steps.c


def in_the_loop(t, gdb):
    gdb.breakpoint("spin")
    gdb.cont()
    stop = gdb.run_to_stop("next")
    assert stop.line == LOOP, stop
    gdb.cmd("delete")


@needs_hub
def test_next_over_a_million_rounds_is_one_stop(t):
    gdb = t.gdb(program="steps", hub=t.hub("steps"))
    in_the_loop(t, gdb)
    stop = gdb.run_to_stop("next")  # seven million steps would take longer than the test may
    assert (stop.reason, stop.line) == ("end-stepping-range", AFTER), stop
    assert gdb.number("total") == ROUNDS * (ROUNDS - 1) // 2
    stop = gdb.run_to_stop("next")
    assert (stop.reason, stop.line) == ("end-stepping-range", AFTER + 1), stop


@needs_hub
def test_a_watchpoint_hits_within_the_loop(t):
    gdb = t.gdb(program="steps", hub=t.hub("steps"))
    in_the_loop(t, gdb)
    gdb.cmd("watch total if i == 200")
    stop = gdb.run_to_stop("next")
    assert stop.reason == "watchpoint-trigger" and gdb.number("i") == 200, stop


@needs_hub
def test_interrupting_the_loop_leaves_no_trap_for_the_other_client_A4(t):
    hub = t.hub("steps")
    a = t.gdb("A", program="steps", hub=hub)
    b = t.gdb("B", program="steps", hub=hub)
    b.resume()
    in_the_loop(t, a)
    a.cmd("set var rounds = 0x7fffffffffffffff")
    a.resume("next")
    b.interrupt_to_stop()
    code = b.cmd("disassemble /r spin")
    assert "int3" not in code and "(bad)" not in code, code
    b.resume()
    stop = a.interrupt_to_stop()
    assert stop.line == LOOP, stop
    a.cmd("set var rounds = 0")
    stop = a.run_to_stop("next")
    assert (stop.reason, stop.line) == ("end-stepping-range", AFTER), stop
