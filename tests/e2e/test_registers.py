"""Registers of what the processor has, and variables of each thread's own."""
from pathlib import Path

from harness import needs_hub


def test_thread_local_variables_are_each_threads_own(t):
    gdb = t.gdb(program="thread_local", hub=t.hub("thread_local"))
    gdb.breakpoint("checkpoint")
    gdb.cont()
    values = []
    for thread in sorted(gdb.threads()):
        gdb.cmd(f"thread {thread}")
        values.append(gdb.number("own"))
        if values[-1] != 7:
            assert gdb.number(f"large[{values[-1]}] & 0xff") == values[-1] & 0xFF
    assert values == [7, 100, 200, 300], values


@needs_hub
def test_avx512_registers_are_where_this_processor_has_them(t):
    """gdb 13 itself, native, takes them from where another processor has them."""
    if "avx512bw" not in Path("/proc/cpuinfo").read_text():
        return
    gdb = t.gdb(program="thread_local", hub=t.hub("thread_local"))
    gdb.breakpoint("checkpoint")
    gdb.cont()
    pattern = "0x1122334455667788"
    for name in ("zmm3", "zmm17", "zmm31"):
        values = gdb.cmd(f"p/x ${name}.v8_int64")
        assert f"{{{pattern} <repeats 8 times>}}" in values or values.count(pattern) == 8, (name, values)
    assert gdb.number("$k1") == gdb.number("$k7") == 0xA5A5
    gdb.cmd("set var $k7 = 0x77")
    gdb.cmd("set var $zmm31.v8_int64[7] = 5")
    gdb.cmd("stepi")
    gdb.wait_stop()
    assert gdb.number("$k7") == 0x77 and gdb.number("$k1") == 0xA5A5
    assert gdb.number("$zmm31.v8_int64[7]") == 5
    assert gdb.number("$zmm31.v8_int64[0]") == int(pattern, 16)
