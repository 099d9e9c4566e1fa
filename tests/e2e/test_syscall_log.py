"""--engine syscalls: the log of calls against strace's, with a gdb beside."""
import re
import subprocess

from harness import needs_hub

# Those whose arguments are shown exactly as strace shows them.
SAME = ("access", "brk", "close", "exit_group", "mmap", "mprotect", "munmap", "openat", "read", "write", "pread64", "lseek")


def normalised(lines):
    """Calls from `lines` without addresses, and without execve, which the hub's own start of a program is."""
    return [re.sub(r"0x[0-9a-f]{6,}", "ADDRESS", re.sub(r"\s+= ", " = ", line)) for line in lines
            if re.match(r"\w+\(", line) and not line.startswith("execve(")]


def names(lines):
    return [line.split("(")[0] for line in lines]


def under_strace(t, trace, *argv):
    output = t.folder / "strace"
    subprocess.run(["strace", "-o", str(output), "-e", f"trace={trace}", *map(str, argv)], stdout=subprocess.DEVNULL, check=True,
                   timeout=60)
    return normalised(output.read_text(errors="replace").splitlines())


def under_the_hub(t, trace, *argv):
    """The same program on the hub, with a gdb that has breakpoints in the dynamic linker beside."""
    output = t.folder / "calls"
    hub = t.hub(*argv, options=["--once", "--no-startup-with-shell", "--engine", f"syscalls:trace={trace},ids=none,output={output}"])
    gdb = t.gdb("A", hub=hub)
    assert gdb.cont().reason == "exited-normally"
    gdb.quit()
    assert hub.wait_exit() == 0
    return normalised(output.read_text(errors="replace").splitlines())


@needs_hub
def test_the_log_of_calls_is_that_of_strace(t):
    file = t.folder / "file"
    file.write_text("some\ttext\n" * 10)
    expected, found = under_strace(t, "all", "/bin/cat", file), under_the_hub(t, "all", "/bin/cat", file)
    assert names(found) == names(expected), (found, expected)
    assert len(found) > 20, found
    exact = [line for line in expected if line.split("(")[0] in SAME]
    assert [line for line in found if line.split("(")[0] in SAME] == exact, (found, expected)


@needs_hub
def test_the_filters_choose_what_those_of_strace_choose(t):
    for trace in ("%file", "%desc", "%memory", "%process", "%signal", "openat,close", "!mmap,openat"):
        file = t.folder / "file"
        file.write_text("x")
        expected, found = under_strace(t, trace, "/bin/cat", file), under_the_hub(t, trace, "/bin/cat", file)
        assert names(found) == names(expected), (trace, found, expected)


@needs_hub
def test_calls_of_threads_and_children_are_in_the_event_log_and_nobody_is_held(t):
    hub = t.hub("fork", 1, options=["--engine", "syscalls:trace=%process"])
    gdb = t.gdb("A", program="fork", hub=hub)
    log = t.log(hub)
    gdb.cmd("set detach-on-fork on")
    gdb.resume()
    log.wait_for("syscall", pid=hub.tracee, text=lambda text: text.startswith("clone("))
    log.wait_for("syscall", pid=lambda pid: pid not in (0, hub.tracee), text=lambda text: text.startswith("exit_group("))


@needs_hub
def test_wrong_calls_and_places_are_refused_before_anything_is_started(t):
    for options, complaint in (("trace=opennat", 'there is no system call or class "opennat"'), ("ids=all", '"all" is not one of'),
                               ("output=/there/is/no/folder", "cannot write to /there/is/no/folder")):
        done = subprocess.run([t.server, "--engine", f"syscalls:{options}", "localhost:0", str(t.program("loop"))], capture_output=True,
                              text=True, timeout=60, check=False)
        assert done.returncode == 1 and complaint in done.stderr, done
        assert "created" not in done.stderr, done
