"""System calls that a client catches (QCatchSyscalls): stops of its own, at entry and return."""
from harness import needs_hub

EXITS_WITH = 3  # chatter


def test_catch_stops_at_entry_and_return(t):
    hub = t.hub("chatter", "lines", 2)
    gdb = t.gdb("A", program="chatter", hub=hub)
    gdb.cmd("catch syscall write exit_group")
    stop = gdb.cont()
    assert stop.reason == "syscall-entry" and gdb.value("$orig_rax") == "1", stop
    stop = gdb.cont()
    assert stop.reason == "syscall-return" and gdb.number("$rax") > 0, stop
    while stop.reason != "exited":
        stop = gdb.cont()
    assert stop.exit_code == EXITS_WITH


@needs_hub
def test_what_one_catches_the_other_does_not_see_A1(t):
    hub = t.hub("chatter", "lines", 2)
    a = t.gdb("A", program="chatter", hub=hub)
    b = t.gdb("B", program="chatter", hub=hub)
    a.cmd("catch syscall exit_group")
    b.cmd("tbreak main")
    a.resume()
    b.resume()
    assert b.wait_stop().function == "main"
    b.resume()
    assert a.wait_stop().reason == "syscall-entry"
    assert not b.stops_waiting()
    a.resume()
    assert a.wait_stop().exit_code == EXITS_WITH
    assert b.wait_stop().exit_code == EXITS_WITH


@needs_hub
def test_a_step_over_a_caught_syscall_ends_once_A10(t):
    hub = t.hub("chatter", "lines", 1)
    a = t.gdb("A", program="chatter", hub=hub)
    b = t.gdb("B", program="chatter", hub=hub)
    a.cmd("tbreak main")
    b.cmd("catch syscall exit_group")
    b.resume()
    assert a.cont().function == "main"
    a.cmd("tbreak _exit")
    assert a.cont().function.endswith("_exit")
    for _ in range(40):
        if "syscall" in a.cmd("x/i $pc"):
            break
        assert a.run_to_stop("stepi").reason == "end-stepping-range"
    else:
        raise AssertionError("no syscall instruction in _exit")
    a.resume("stepi")
    assert b.wait_stop().reason == "syscall-entry"
    assert not a.stops_waiting()
    b.resume()
    assert b.wait_stop().exit_code == EXITS_WITH
    assert a.wait_stop().exit_code == EXITS_WITH
