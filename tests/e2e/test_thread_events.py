"""Threads that begin and end as events (QThreadEvents), and threads that leave in unusual ways."""
import re

from harness import needs_hub


@needs_hub
def test_threads_that_begin_and_end_are_stops_for_who_asks(t):
    client = t.raw(t.hub("threads", 3, 1, 0), "a")
    assert client.ask("?").startswith("T05")
    client.expect("QThreadEvents:1", "OK")
    created, ended = set(), set()
    reply = "T"
    while reply[0] in "Tw":
        client.send("vCont;c")
        reply = client.wait_stop()
        if reply.startswith("T05create:;"):
            created.add(re.search(r"thread:([^;]+);", reply)[1])
        elif reply[0] == "w":
            ended.add(re.fullmatch(r"w00?;(p.+)", reply)[1])
    assert len(created) == 3 and ended <= created, (created, ended)
    assert reply.startswith("W00"), reply  # 3 joined workers are gone before it ends
    assert ended == created


@needs_hub
def test_another_client_hears_nothing_of_thread_events_A1(t):
    hub = t.hub("threads", 3, 1, 0)
    a, b = t.raw(hub, "a"), t.gdb("B", program="threads", hub=hub)
    assert a.ask("?").startswith("T05")
    a.expect("QThreadEvents:1", "OK")
    b.resume()
    count = 0
    while True:
        a.send("vCont;c")
        if (reply := a.wait_stop())[0] == "W":
            break
        count += 1
    assert count == 6, count
    assert b.wait_stop().reason == "exited-normally"


def test_gdb_that_is_non_stop_inside_uses_thread_events(t):
    gdb = t.gdb(program="threads", settings=["non-stop off"])
    gdb.cmd("maint set target-non-stop on")
    gdb.remote(t.hub("threads", 4, 3).target)
    gdb.cmd("set debug remote 1")
    gdb.breakpoint("worker_b")
    start = len(gdb.records)
    for _ in range(3):
        assert gdb.cont().function == "worker_b"
    gdb.wait_text("QThreadEvents:1", start)
    gdb.cmd("delete")
    assert gdb.cont().reason == "exited-normally"
