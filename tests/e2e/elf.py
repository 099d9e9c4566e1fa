"""Just enough ELF to find a variable of a running program without a debugger."""
import functools
import os
import struct

from waiting import eventually


@functools.lru_cache(maxsize=None)
def _symbols(path):
    with open(path, "rb") as file:
        data = file.read()
    section_offset, = struct.unpack_from("<Q", data, 0x28)
    entry_size, count = struct.unpack_from("<HH", data, 0x3A)
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, section_offset + i * entry_size) for i in range(count)]
    found = {}
    for section in sections:
        if section[1] != 2:  # SHT_SYMTAB
            continue
        names = sections[section[6]][4]
        for offset in range(section[4], section[4] + section[5], 24):
            name, _, _, _, value, size = struct.unpack_from("<IBBHQQ", data, offset)
            end = data.index(b"\0", names + name)
            found[data[names + name:end].decode()] = (value, size)
    return found, struct.unpack_from("<H", data, 16)[0] == 3  # ET_DYN


def address_of(pid, name):
    """Address of a symbol of the main program in the process."""
    path = os.path.realpath(f"/proc/{pid}/exe")
    symbols, relocatable = _symbols(path)
    value = symbols[name][0]
    if not relocatable:
        return value
    with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
        for line in file:
            if line.rstrip("\n").endswith(path):
                return value + int(line.split("-", 1)[0], 16)
    raise LookupError(f"{path} is not mapped in {pid}")


def read_memory(pid, address, size):
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        memory.seek(address)
        return memory.read(size)


def read_variable(pid, name):
    """The value of an int or long."""
    size = _symbols(os.path.realpath(f"/proc/{pid}/exe"))[0][name][1]
    return int.from_bytes(read_memory(pid, address_of(pid, name), size), "little", signed=True)


def write_variable(pid, name, value):
    size = _symbols(os.path.realpath(f"/proc/{pid}/exe"))[0][name][1]
    with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
        memory.seek(address_of(pid, name))
        memory.write(value.to_bytes(size, "little", signed=True))


def expect_progress(pid, counter, by=3):
    """The program runs: its counter grows."""
    start = read_variable(pid, counter)
    eventually(lambda: read_variable(pid, counter) >= start + by, f"{counter} of {pid} growing")
