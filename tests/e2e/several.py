"""Helpers for cases with several clients."""
import contextlib
import threading

from elf import address_of, read_memory
from waiting import eventually


def together(*functions):
    """Runs all at once, each in a thread; raises the first failure when all have ended."""
    failures = []

    def run(function):
        try:
            function()
        except BaseException as error:  # pylint: disable=broad-except
            failures.append(error)

    threads = [threading.Thread(target=run, args=(function,), daemon=True) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def hit(gdb, function, times):
    """Continues `times` times, each time to a breakpoint in `function` and to nothing else."""
    for _ in range(times):
        stop = gdb.cont()
        assert (stop.reason, stop.function) == ("breakpoint-hit", function), (gdb.name, stop)


def hit_and_leave_running(gdb, function, times):
    """As hit, then goes on without breakpoints, so that the others are not kept waiting."""
    hit(gdb, function, times)
    gdb.cmd("delete")
    gdb.resume()


@contextlib.contextmanager
def meanwhile_hitting(gdb, function):
    """While the body runs, `gdb` hits and continues, so that it keeps nobody waiting for long. At its breakpoint afterwards."""
    done = threading.Event()
    failures = []

    def run():
        try:
            hit(gdb, function, 1)
            while not done.is_set():
                hit(gdb, function, 1)
        except BaseException as error:  # pylint: disable=broad-except
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    if failures:
        raise failures[0]


def wait_for_trap(pid, function, was):
    """Until a trap byte stands in the first bytes of a function, which were `was`."""
    eventually(lambda: read_memory(pid, address_of(pid, function), len(was)) != was, f"a trap in {function}")


def pair(t, program="threads", *words):
    """A running program, the hub attached to it, and two all-stop gdbs that both have stopped it."""
    process = t.start(program, *words)
    hub = t.attached(process)
    return process, hub, t.gdb("A", program=program, hub=hub), t.gdb("B", program=program, hub=hub)
