"""Breakpoint conditions and dprintf evaluated by the hub, with real gdbs."""
from elf import expect_progress
from harness import needs_hub
from several import hit_and_leave_running, pair

TARGET = ["breakpoint condition-evaluation target"]
AGENT = [*TARGET, "dprintf-style agent"]


def test_a_condition_evaluated_by_the_server_stops_at_the_right_hit_A31(t):
    gdb = t.gdb(program="loop", hub=t.hub("loop"), settings=TARGET)
    gdb.cmd("break spin_once if counter == 1000")
    assert gdb.cont().function == "spin_once"
    assert gdb.number("counter") == 1000
    assert "breakpoint already hit 1 time" in gdb.cmd("info breakpoints")


def test_two_breakpoints_at_one_address_stop_when_either_condition_is_true_A31(t):
    gdb = t.gdb(program="loop", hub=t.hub("loop"), settings=TARGET)
    for value in (700, 300):
        gdb.cmd(f"break spin_once if counter == {value}")
    for value in (300, 700):
        assert gdb.cont().function == "spin_once"
        assert gdb.number("counter") == value


def test_a_condition_that_changes_replaces_the_old_one_A31(t):
    gdb = t.gdb(program="loop", hub=t.hub("loop"), settings=TARGET)
    number = gdb.breakpoint("spin_once if counter < 0")
    gdb.cmd(f"condition {number} counter == 50")
    assert gdb.cont().function == "spin_once"
    assert gdb.number("counter") == 50
    gdb.cmd(f"condition {number}")
    gdb.cont()
    assert gdb.number("counter") == 51


def test_a_hardware_breakpoint_has_a_condition_too_A31(t):
    gdb = t.gdb(program="loop", hub=t.hub("loop"), settings=TARGET)
    gdb.breakpoint("main")
    gdb.cont()
    gdb.cmd("hbreak spin_once if counter == 200")
    assert gdb.cont().function == "spin_once"
    assert gdb.number("counter") == 200


@needs_hub
def test_a_condition_that_reads_unmapped_memory_stops_and_the_reason_is_said_A52(t):
    gdb = t.gdb(program="loop", hub=t.hub("loop"), settings=TARGET)
    gdb.cmd("break spin_once if *(int *) counter == 7")
    start = len(gdb.records)
    assert gdb.cont().function == "spin_once"
    gdb.wait_text("could not be evaluated: An agent expression reads unmapped memory", start)
    assert "could not be evaluated" in gdb.cmd("monitor log")


@needs_hub
def test_only_the_thread_that_hits_stops_for_a_false_condition_and_others_work_on_A31_A32(t):
    process, _, a, b = pair(t, "threads", 3)
    a.cmd("set breakpoint condition-evaluation target")
    a.cmd("break worker_a if round < 0")
    b.breakpoint("worker_b")
    a.resume()
    hit_and_leave_running(b, "worker_b", 20)
    expect_progress(process.pid, "total")
    assert a.stops_waiting() == 0


@needs_hub
def test_dprintf_of_the_agent_prints_at_its_owner_and_in_the_log_only(t):
    hub = t.hub("threads", 1, 20, 0)
    a = t.gdb("A", program="threads", hub=hub, settings=AGENT)
    b = t.gdb("B", program="threads", hub=hub)
    log = t.log(hub)
    a.cmd('dprintf worker_a,"round %ld of %d\\n", round, 20')
    start = len(a.records), len(b.records)
    b.resume()
    stop = a.cont()
    assert stop.reason == "exited-normally", stop
    printed = [r.text for r in a.records.items[start[0]:] if "round " in r.text and r.type in "~@"]
    assert [line.split(" of ")[0].split("round ")[1] for text in printed for line in text.splitlines()] == [
        str(n) for n in range(20)], printed
    assert not any("round " in r.text for r in b.records.items[start[1]:] if r.type in "~@")
    log.wait_for("process-gone", pid=hub.tracee)
    assert [line["text"] for line in log.lines.items if line["kind"] == "printf"] == [f"round {n} of 20" for n in range(20)]
    assert not any("round " in line for line in hub.out.items)


@needs_hub
def test_the_condition_of_a_dprintf_decides_whether_it_prints(t):
    gdb = t.gdb(program="loop", hub=t.hub("loop"), settings=AGENT)
    gdb.cmd('dprintf spin_once,"counter is %ld\\n", counter')
    gdb.cmd("condition 1 counter == 5 || counter == 9")
    gdb.cmd("break *spin_once if counter == 20")  # gdb lets a breakpoint at the very address disable the dprintf
    start = len(gdb.records)
    gdb.cont()
    text = "".join(r.text for r in gdb.records.items[start:] if r.type in "~@")
    assert "counter is 5" in text and "counter is 9" in text and text.count("counter is") == 2, text


@needs_hub
def test_a_forked_child_inherits_conditions_A22(t):
    gdb = t.gdb(program="fork", settings=[*TARGET, "detach-on-fork off", "schedule-multiple on", "follow-fork-mode parent"])
    gdb.remote(t.hub("fork", 3).target, extended=True)
    gdb.cmd("break common_work if value == 2")
    for _ in range(2):  # once in the parent, once in the third child
        stop = gdb.cont()
        while stop.reason in ("exited", "exited-normally"):
            gdb.cmd("inferior 1")
            stop = gdb.cont()
        assert stop.function == "common_work", stop
        assert gdb.number("value") == 2
