"""Packet by packet: what gdb never sends, or never sends wrongly."""
import os
import socket

from harness import needs_hub


def test_bad_checksum_is_refused_and_the_packet_can_be_resent(t):
    client = t.raw(t.hub("loop"), noack=False)
    client.send_bytes(b"$qC#00")
    assert client.next_byte() == b"-"
    assert client.ask("qC").startswith("QC")


def test_unknown_packets_get_an_empty_answer(t):
    client = t.raw(t.hub("loop"))
    for packet in ("vMustReplyEmpty", "qNoSuchThing", "QNoSuchThing:1", "Qqemu.sstepbits", "vNoSuchThing", "jNoSuchThing"):
        assert client.ask(packet) == "", packet


def test_features_that_gdb_relies_on(t):
    features = t.raw(t.hub("loop")).features
    for name in ("QStartNoAckMode", "qXfer:features:read", "qXfer:auxv:read", "qXfer:threads:read", "QNonStop", "QPassSignals",
                 "multiprocess", "swbreak", "vContSupported", "qXfer:libraries-svr4:read", "qXfer:exec-file:read"):
        assert features.get(name) == "+", name
    assert int(features["PacketSize"], 16) >= 0x1000


def test_target_description_threads_and_auxv(t):
    client = t.raw(t.hub("loop"))
    client.expect("Hgp0.0", "OK")
    assert b"i386:x86-64" in client.xfer("features", "target.xml")
    assert b"<thread " in client.xfer("threads")
    assert len(client.xfer("auxv")) % 16 == 0
    assert client.xfer("exec-file").endswith(b"/loop")


def test_launched_program_is_stopped_at_its_first_instruction(t):
    hub = t.hub("loop")
    client = t.raw(hub)
    stop = client.ask("?")
    assert stop.startswith("T05"), stop
    assert client.threads() == [f"p{hub.tracee:x}.{hub.tracee:x}"]
    assert hub.out.items == []


def test_registers_as_a_block_and_memory_errors(t):
    client = t.raw(t.hub("loop"))
    client.ask("?")
    client.expect("Hgp0.0", "OK")
    registers = client.ask("g")
    assert len(registers) > 17 * 16
    assert client.ask("G" + registers) == "OK"
    assert client.ask("g") == registers
    client.expect("m0,8", "E..")
    client.expect("M0,1:00", "E..")
    stack = int.from_bytes(bytes.fromhex(registers[7 * 16:8 * 16]), "little")
    client.expect(f"M{stack - 64:x},4:24237d2a", "OK")
    client.expect(f"m{stack - 64:x},4", "24237d2a")
    client.expect(f"X{stack - 64:x},3:$#}}", "OK")
    client.expect(f"m{stack - 64:x},4", "24237d2a")


@needs_hub
def test_single_register_is_read_and_written_A37(t):
    client = t.raw(t.hub("loop"))
    client.ask("?")
    before = client.ask("g")
    client.expect("pc", before[12 * 16:13 * 16])  # r12
    client.expect("Pc=8877665544332211", "OK")
    client.expect("pc", "8877665544332211")
    after = client.ask("g")
    assert after[:12 * 16] == before[:12 * 16] and after[13 * 16:] == before[13 * 16:]


def test_step_continue_and_interrupt(t):
    hub = t.hub("loop")
    client = t.raw(hub)
    client.ask("?")
    assert "vCont" in client.ask("vCont?")
    first = client.ask("g")[16 * 16:17 * 16]
    client.send(f"vCont;s:p{hub.tracee:x}.{hub.tracee:x}")
    assert client.wait_stop().startswith("T05")
    assert client.ask("g")[16 * 16:17 * 16] != first
    client.send("vCont;c")
    hub.wait_output("ready")
    client.interrupt()
    assert client.wait_stop().startswith("T02")


def test_breakpoint_packets_are_idempotent_and_invisible_A4(t):
    client = t.raw(t.hub("loop"))
    client.ask("?")
    pc = int.from_bytes(bytes.fromhex(client.ask("g")[16 * 16:17 * 16]), "little")
    was = client.ask(f"m{pc:x},10")
    client.expect(f"Z0,{pc:x},1", "OK")
    client.expect(f"Z0,{pc:x},1", "OK")
    assert client.ask(f"m{pc:x},10") == was
    client.expect(f"z0,{pc:x},1", "OK")
    assert client.ask(f"m{pc:x},10") == was


@needs_hub
def test_garbage_from_another_connection_disturbs_nobody_A26(t):
    hub = t.hub("threads", 2)
    gdb = t.gdb(program="threads", hub=hub)
    gdb.breakpoint("worker_a")
    for data in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x00" * 5000, os.urandom(100000), b"$" + b"z" * 300000, b"$m#", b"%%%$$$###"):
        with socket.create_connection(("localhost", hub.port)) as junk:
            junk.sendall(data)
            assert gdb.cont().function == "worker_a"
        assert gdb.cont().function == "worker_a"


@needs_hub
def test_a_packet_cut_off_at_any_byte_leaves_no_trace_A26(t):
    process = t.start("loop")
    hub = t.attached(process)
    gdb = t.gdb(program="loop", hub=hub)
    address = gdb.number("(long)spin_once")
    body = f"Z0,{address:x},1".encode()
    packet = b"+$QStartNoAckMode#b0+$" + body + b"#%02x" % (sum(body) & 255)
    for length in range(1, len(packet) + 1):
        with socket.create_connection(("localhost", hub.port)) as cut:
            cut.sendall(packet[:length])
    gdb.breakpoint("spin_once")
    for _ in range(3):
        assert gdb.cont().function == "spin_once"
    gdb.cmd("detach")
    process.expect_clean()


def test_find_searches_in_the_server(t):
    hub = t.hub("loop")
    gdb = t.gdb(program="loop", hub=hub)
    gdb.breakpoint("spin")
    gdb.cont()
    stack = gdb.number("$rsp")
    gdb.cmd("set debug remote 1")
    start = len(gdb.records)
    assert "not found" in gdb.cmd(f"find /w {stack - 0x1000}, {stack}, 0x12345678")
    gdb.wait_text("$qSearch:memory:", start)
    gdb.cmd("set debug remote 0")
    gdb.cmd(f"set var *(int *) {stack - 512} = 0x12345678")
    assert hex(stack - 512) in gdb.cmd(f"find /w {stack - 0x1000}, {stack}, 0x12345678")


def test_checksums_are_those_of_the_program_without_traps_A4(t):
    client = t.raw(t.hub("loop"))
    client.ask("?")
    pc = int.from_bytes(bytes.fromhex(client.ask("p10")), "little") & ~0xfff
    was = client.ask(f"qCRC:{pc:x},1000")
    client.expect(f"Z0,{pc + 16:x},1", "OK")
    client.expect(f"qCRC:{pc:x},1000", was)
    client.expect(f"qSearch:memory:{pc + 16:x};1;\xcc", "0")


@needs_hub
def test_packets_of_up_to_a_mebibyte_in_both_directions(t):
    client = t.raw(t.hub("loop"))
    assert int(client.features["PacketSize"], 16) == 0x100000
    stop = client.ask("?")
    stack = int.from_bytes(bytes.fromhex(client.ask("p7")), "little")
    page = stack & ~0xfff
    block = client.ask(f"m{page - 0x8000:x},8000")
    assert len(block) == 0x10000, (stop, len(block))
    client.expect(f"M{page - 0x8000:x},8000:{block}", "OK")
    client.expect("qSupported:" + ";".join(["junk+"] * 0x20000), "PacketSize=.*")
    client.send("m0,8;" + "z" * 0x110000)
    client.expect("m0,8", "E01")  # the answer to the packet that is too long …
    assert client.receive() == "E01"  # … and the one to this


@needs_hub
def test_range_steps_are_done_in_the_server(t):
    hub = t.hub("steps")
    gdb = t.gdb(program="steps", hub=hub)
    gdb.breakpoint("main")
    gdb.cont()
    gdb.cmd("set debug remote 1")
    start = len(gdb.records)
    gdb.run_to_stop("next")
    gdb.wait_text("$vCont;r", start)
