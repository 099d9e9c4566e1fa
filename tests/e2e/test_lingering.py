"""A client whose connection drops, and which has asked that what it holds stays (A39); a real gdb, killed, and the next one."""
from elf import expect_progress, read_variable
from harness import eventually, is_stopped, needs_hub


@needs_hub
def test_a_killed_gdbs_hold_and_breakpoints_are_taken_over_by_the_next_one_A39(t):
    process = t.start("threads", 2)
    hub = t.attached(process)
    a = t.gdb("A", program="threads", hub=hub)
    other = t.raw(hub, non_stop=True)  # somebody else, who sees what stays
    a.breakpoint("worker_a")
    stop = a.cont()
    assert (stop.reason, stop.function) == ("breakpoint-hit", "worker_a"), stop
    assert "stay for 60 s" in a.cmd("monitor linger 60")
    a.kill9()
    eventually(lambda: "is expected back" in other.monitor("clients"), "the hub to miss it")
    assert is_stopped(process.pid)
    assert f"{stop.address:#x}" in other.monitor("breakpoints")
    assert "at a breakpoint" in other.monitor("holds")

    b = t.gdb("B", program="threads")
    again = b.remote(hub.target)
    assert again.function == "worker_a" and again.address == stop.address, (stop, again)
    assert is_stopped(process.pid)
    assert "whose connection had dropped" in b.cmd("monitor clients")
    assert b.number("$pc") == stop.address
    b.breakpoint("worker_a")
    stop = b.cont()
    assert (stop.reason, stop.function) == ("breakpoint-hit", "worker_a"), stop
    assert "took-over" in b.cmd("monitor log 100")
    b.cmd("delete")
    b.cmd("detach")
    other.close()
    expect_progress(process.pid, "total")


@needs_hub
def test_a_hit_while_the_gdb_is_away_waits_for_it_A39(t):
    process = t.start("threads", 2)
    hub = t.attached(process)
    a = t.gdb("A", program="threads", hub=hub)
    a.cmd("monitor linger 60")
    a.breakpoint("worker_b")
    a.cont()
    a.resume("continue 100000")  # it is on its way while it is killed
    a.kill9()
    b = t.gdb("B", program="threads")
    stop = b.remote(hub.target)
    assert is_stopped(process.pid), stop
    b.cmd("detach")
    expect_progress(process.pid, "total")


@needs_hub
def test_when_nobody_comes_back_all_goes_on_A39(t):
    process = t.start("threads", 2)
    hub = t.attached(process)
    keeper = t.raw(hub, non_stop=True)
    a = t.gdb("A", program="threads", hub=hub)
    a.breakpoint("worker_a")
    a.cont()
    a.cmd("monitor linger 2")
    a.kill9()
    eventually(lambda: "is expected back" in keeper.monitor("clients"), "the hub to miss it")
    before = read_variable(process.pid, "total")
    eventually(lambda: "is expected back" not in keeper.monitor("clients"), "the time to be over")
    expect_progress(process.pid, "total")
    assert read_variable(process.pid, "total") > before
    assert "There are no breakpoints." in keeper.monitor("breakpoints")
