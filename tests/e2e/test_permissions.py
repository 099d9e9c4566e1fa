"""What a client may not do: by its own wish (QAllow), or as an observer (A38, A52)."""
import os
import tempfile

from elf import address_of, expect_progress
from harness import needs_hub

EVERYTHING = "WriteReg:1;WriteMem:1;InsertBreak:1;InsertTrace:1;InsertFastTrace:1;Stop:1"


@needs_hub
def test_gdb_tells_what_it_may_not_do_and_the_hub_enforces_it_A52(t):
    denied = ["may-write-registers off", "may-write-memory off", "may-insert-breakpoints off"]
    gdb = t.gdb(program="loop", hub=t.hub("loop"), settings=denied)
    stack, pc = gdb.number("$rsp"), gdb.number("$pc")
    # gdb itself would not send these.
    for packet in ("Pc=0000000000000000", f"M{stack:x},1:00", f"X{stack:x},1:a", f"Z0,{pc:x},1"):
        assert '"E01"' in gdb.cmd(f"maint packet {packet}"), packet
    log = gdb.cmd("monitor log")
    for what in ("write registers", "write memory", "insert breakpoints"):
        assert f"refused: this client is not to {what}, by its own setting (QAllow)" in log, log


@needs_hub
def test_gdb_in_observer_mode_reads_and_disturbs_nobody_A38(t):
    process = t.start("threads", 2)
    hub = t.attached(process)
    a = t.gdb("A", program="threads", hub=hub)
    a.resume()
    b = t.gdb("B", program="threads", settings=["observer on"])
    b.remote(hub.target, stops=False)
    assert b.number(f"*(long *) {address_of(process.pid, 'total')}") > 0
    assert '"E01"' in b.cmd("maint packet vCont;t")
    assert '"E01"' in b.cmd("maint packet vCtrlC")
    assert "not to stop threads" in b.cmd("monitor log")
    expect_progress(process.pid, "total")
    assert a.stops_waiting() == 0


@needs_hub
def test_one_clients_permissions_are_not_anothers_A1(t):
    hub = t.hub("loop")
    a, b = t.raw(hub, "a"), t.raw(hub, "b")
    for client in (a, b):
        client.ask("?")
    stack = int.from_bytes(bytes.fromhex(a.ask("p7")), "little")
    a.expect("QAllow:WriteMem:0", "OK")
    a.expect(f"M{stack:x},1:00", "E01")
    b.expect(f"M{stack:x},1:00", "OK")
    a.expect("QAllow:" + EVERYTHING, "OK")
    a.expect(f"M{stack:x},1:00", "OK")
    for wrong in ("WriteReg:2", "WriteReg", "NoSuchThing:1", "WriteMem:0;Bad:1"):
        a.expect("QAllow:" + wrong, "E01")
    a.expect(f"M{stack:x},1:00", "OK")


@needs_hub
def test_an_observer_is_refused_whatever_it_says_of_itself_and_told_why_A38_A52(t):
    process = t.start("threads", 2)
    with tempfile.TemporaryDirectory() as folder:
        socket = os.path.join(folder, "observer")
        hub = t.attached(process, "--listen", f"unix:{socket},role=observer")
        a = t.gdb("A", program="threads", hub=hub)
        pc = a.number("$pc")
        a.resume()
        b = t.raw(socket, "b")
        assert b.ask("?").startswith("T")
        b.expect("QAllow:" + EVERYTHING, "OK")
        for packet in ("Pc=0000000000000000", f"M{pc:x},1:00", f"Z0,{pc:x},1"):
            b.expect(packet, "E01")
        said = b.monitor("log")
        for what in ("write registers", "write memory", "insert breakpoints"):
            assert f"[gdbhub] observers may not {what}.\n" in said, said
        expect_progress(process.pid, "total")
