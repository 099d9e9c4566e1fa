"""gdb's own core files, made through the hub."""
import struct

from elf import address_of, expect_progress, read_memory
from harness import needs_hub
from several import pair, wait_for_trap


def memory_in_core(path, address, size):
    """What a core file has at an address."""
    data = path.read_bytes()
    offset, = struct.unpack_from("<Q", data, 0x20)
    entry_size, count = struct.unpack_from("<HH", data, 0x36)
    for i in range(count):
        kind, _, at, begin, _, in_file, _, _ = struct.unpack_from("<IIQQQQQQ", data, offset + i * entry_size)
        if kind == 1 and begin <= address and address + size <= begin + in_file:  # PT_LOAD
            return data[at + address - begin:][:size]
    raise LookupError(f"{path} does not have {address:#x}")


@needs_hub
def test_a_core_file_has_the_program_as_it_is_without_anybodys_traps_A4(t):
    process, _, a, b = pair(t, "threads", 2)
    at = address_of(process.pid, "worker_b")
    was = read_memory(process.pid, at, 32)
    b.breakpoint("worker_b")
    b.resume()  # its trap is in; A holds the process
    wait_for_trap(process.pid, "worker_b", was)
    assert b"\xcc" in read_memory(process.pid, at, 32)
    core = t.folder / "core"
    a.cmd(f"gcore {core}")
    assert memory_in_core(core, at, 32) == was
    a.cmd("detach")
    assert b.wait_stop().function == "worker_b"
    b.cmd("delete")
    b.cmd("detach")
    expect_progress(process.pid, "total")
