"""One gdb: fork, vfork, exec."""


def test_fork_parent_followed_child_runs_clean_A4(t):
    hub = t.hub("fork", 5)
    gdb = t.gdb(program="fork", hub=hub)
    gdb.breakpoint("common_work")
    gdb.breakpoint("child_work")
    for _ in range(5):
        stop = gdb.cont()
        assert stop.function == "common_work", stop
    assert gdb.cont().reason == "exited-normally"
    hub.wait_output("fork: ok")  # no child died of a trap


def test_fork_child_followed(t):
    gdb = t.gdb(program="fork", hub=t.hub("fork", 1))
    gdb.cmd("set follow-fork-mode child")
    gdb.breakpoint("child_work")
    assert gdb.cont().function == "child_work"
    assert gdb.cont().exit_code == 7


def test_fork_both_followed_A48(t):
    gdb = t.gdb(program="fork", hub=t.hub("fork", 1))
    gdb.cmd("set detach-on-fork off")
    gdb.cmd("set schedule-multiple on")
    gdb.breakpoint("common_work")
    hits, reasons = set(), []
    # An exit may overtake a resume. gdb then forgets that the other stands on a breakpoint that it has shown, and shows it again.
    while len(reasons) < 2:  # either may be the first, and may have ended before the other is there
        stop = gdb.cont()
        if stop.function == "common_work":
            assert stop.thread not in hits or reasons, stop
            hits.add(stop.thread)
            continue
        reasons.append(stop.reason)
        live = [group["id"] for group in gdb.mi("-list-thread-groups").values["groups"] if "pid" in group]
        assert len(live) == 2 - len(reasons), live
        if live:
            gdb.cmd(f"inferior {live[0].lstrip('i')}")
    assert len(hits) == 2 and sorted(reasons) == ["exited", "exited-normally"], (hits, reasons)


def test_catch_fork(t):
    gdb = t.gdb(program="fork", hub=t.hub("fork", 2))
    gdb.cmd("catch fork")
    for _ in range(2):
        assert gdb.cont().reason == "fork"
    assert gdb.cont().reason == "exited-normally"


def test_vfork_and_exec_in_the_child_disturbs_nobody(t):
    hub = t.hub("vfork_exec", 5)
    gdb = t.gdb(program="vfork_exec", hub=hub)
    gdb.breakpoint("after_vfork")
    gdb.breakpoint("second_image")
    for _ in range(5):
        assert gdb.cont().function == "after_vfork"
    assert gdb.cont().reason == "exited-normally"
    hub.wait_output("vfork_exec: ok")


def test_vfork_child_followed_through_exec(t):
    gdb = t.gdb(program="vfork_exec", hub=t.hub("vfork_exec", 1))
    gdb.cmd("set follow-fork-mode child")
    gdb.breakpoint("second_image")
    assert gdb.cont().function == "second_image"
    assert gdb.cont().exit_code == 6


def test_exec_from_a_thread_keeps_breakpoints_by_name_A29(t):
    gdb = t.gdb(program="exec_thread", hub=t.hub("exec_thread"))
    gdb.breakpoint("before_exec")
    gdb.breakpoint("second_image")
    assert gdb.cont().function == "before_exec"
    assert len(gdb.threads()) >= 2
    assert gdb.cont().function == "second_image"
    assert len(gdb.threads()) == 1
    assert gdb.cont().exit_code == 4


def test_catch_exec(t):
    gdb = t.gdb(program="exec_thread", hub=t.hub("exec_thread"))
    gdb.cmd("catch exec")
    assert gdb.cont().reason == "exec"
    assert gdb.cont().exit_code == 4
