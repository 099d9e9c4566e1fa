"""Logpoints: lines from running programs, beside real debuggers."""
import os
import shutil
import signal
import subprocess

from elf import expect_progress
from harness import needs_hub
from processes import tracer
from several import hit
from waiting import eventually


def place(log, number=1):
    """Waits until the logpoint has a place."""
    return log.wait_for("logpoint", logpoint=number, where=lambda where: where)


@needs_hub
def test_functions_lines_and_arguments_of_a_new_program(t):
    log = t.logging("--at", 'worker_a:"%d in %s", $arg1, $thread', "--at", "threads.c:18, (int)$arg1", "--args", 1,
                    "--", t.program("threads"), 2, 5, 100)
    assert log.wait_exit() == 0
    lines = [line for line in log.lines.items if line["kind"] == "log"]
    assert [line["text"] for line in lines if line["logpoint"] == 1] == [f"{i} in threads" for i in range(5)], lines
    assert [line["args"] for line in lines if line["logpoint"] == 1] == [[hex(i)] for i in range(5)], lines
    assert len([line for line in lines if line["logpoint"] == 2]) == 5, lines
    numbers = [line["n"] for line in log.lines.items if "n" in line]  # the program prints there, too
    assert numbers == list(range(1, len(numbers) + 1)), "numbers without a gap"


@needs_hub
def test_a_programs_status_is_the_runs_own(t):
    assert t.logging("--", t.program("crash"), "segv").wait_exit() == 128 + signal.SIGSEGV
    missing = t.logging("--", "/nonexistent/program")
    assert missing.wait_exit() == 127


@needs_hub
def test_children_and_execed_programs_are_logged_A22_A29(t):
    log = t.logging("--at", "common_work, $pid", "--", t.program("fork"), 2)
    assert log.wait_exit() == 0
    pids = [line["pid"] for line in log.lines.items if line["kind"] == "log"]
    assert len(pids) == 4 and len(set(pids)) == 3, pids
    execs = t.logging("--at", "second_image", "--", t.program("vfork_exec"), 2)
    assert execs.wait_exit() == 0
    assert len(execs.texts()) == 2, execs.texts()


@needs_hub
def test_a_library_that_comes_later_is_logged_from_its_first_call(t):
    log = t.logging("--at", "plug_function, (int)$arg1", "--at", "plug.c:2", "--", t.program("dl"), 3)
    assert log.wait_exit() == 0
    assert len(log.texts()) == 6, log.texts()
    assert log.wait_for("logpoint", logpoint=1, pending=True)


@needs_hub
def test_a_function_that_is_chosen_at_run_time_is_the_chosen_one(t):
    at = ("--at", "chosen, $arg1", "--at", 'strlen:"%s", (char*)$arg1 if (char*)$arg1 == "how long is this?"')
    log = t.logging(*at, "--", t.program("chosen"), 4)
    assert log.wait_exit() == 0
    lines = [line for line in log.lines.items if line["kind"] == "log"]
    assert [line["text"] for line in lines if line["logpoint"] == 1] == [f"chosen $arg1={i}" for i in range(4)], lines
    assert [line["text"] for line in lines if line["logpoint"] == 2] == ["how long is this?"] * 4, lines
    process = t.start("chosen")
    log = t.logging(*at, "--count", 3, "--attach", process.pid)
    assert log.wait_exit() == 0
    lines = [line for line in log.lines.items if line["kind"] == "log"]
    calls = [int(line["text"].split("=")[1]) for line in lines if line["logpoint"] == 1]
    assert calls == list(range(calls[0], calls[0] + 3)), lines
    assert [line["text"] for line in lines if line["logpoint"] == 2] == ["how long is this?"] * 3, lines


@needs_hub
def test_works_beside_gdbs_at_the_same_place_and_never_stops_anybody_A1_A31(t):
    process = t.start("threads", 2)
    hub = t.attached(process)
    gdb = t.gdb("A", program="threads", hub=hub)
    log = t.logging("--connect", hub.target, "--at", "worker_a, $arg1", "--at", "worker_b")
    place(log)
    gdb.breakpoint("*worker_a")
    hit(gdb, "worker_a", 3)
    assert "log#" not in gdb.cmd("monitor holds")
    first = int(log.wait_for("log", text=lambda text: "=" in text)["text"].split("=")[1])
    gdb.cmd("delete")
    gdb.resume()
    log.wait_for("log", logpoint=1, text=lambda text: "=" in text and int(text.split("=")[1]) >= first + 20)
    calls = [int(text.split("=")[1]) for text in log.texts() if "=" in text]
    assert calls == list(range(calls[0], calls[0] + len(calls))), f"each call once: {calls}"
    gdb.interrupt_to_stop()
    gdb.cmd("detach")
    process.expect_clean()


@needs_hub
def test_the_debuggers_program_is_still_the_debuggers_A6_A28_A42(t):
    hub = t.hub("threads", 2)
    log = t.logging("--connect", hub.target, "--at", "worker_a")
    gdb = t.gdb("A", program="threads", hub=hub)
    gdb.resume()
    log.wait_for("log")
    gdb.interrupt_to_stop()
    gdb.cmd("kill")
    eventually(lambda: not os.path.exists(f"/proc/{hub.tracee}"), "the program's end")


@needs_hub
def test_attaches_by_name_and_leaves_nothing_behind_A26(t):
    program = t.folder / "quite_unique_name"
    shutil.copy(t.program("threads"), program)
    process = t.start(program, 2)
    log = t.logging("--at", "worker_a", "--count", 5, "--attach", "quite_unique_name")
    assert log.wait_exit() == 0
    assert len(log.texts()) == 5
    process.expect_clean()
    log = t.logging("--at", "worker_a", "--attach", process.pid)
    log.wait_for("log")
    log.popen.send_signal(signal.SIGINT)
    assert log.wait_exit() == 130
    process.expect_clean()


@needs_hub
def test_waits_for_a_program_that_is_not_there_yet(t):
    program = t.folder / "comes_later"
    shutil.copy(t.program("threads"), program)
    hub = t.multi()
    log = t.logging("--connect", hub.target, "--at", "worker_a", "--count", 3, "--wait", "comes_later")
    eventually(lambda: "log#" in t.raw(hub).monitor("clients"), "the logging client")
    process = t.start(program, 2)
    assert log.wait_exit() == 0
    eventually(lambda: tracer(process.pid) == 0, "detach")


@needs_hub
def test_comes_back_with_the_hub_and_sets_its_logpoints_again(t):
    process = t.start("threads", 2)
    path = t.folder / "hub.socket"
    hub = t.hub(options=["--multi"], address=f"unix:{path}")
    hub.wait_error("Listening on socket")
    log = t.logging("--connect", f"unix:{path}", "--at", "worker_a", "--attach", process.pid)
    log.wait_for("log")
    hub.stop()
    eventually(lambda: any("waiting for a hub" in line for line in log.errors), "the message")
    process.expect_clean()
    again = t.hub(options=["--multi"], address=f"unix:{path}")
    mark = log.mark()
    log.wait_for("log", start=mark)
    assert any("connected again; 1 logpoint is set again" in line for line in log.errors), log.errors
    again.stop()
    process.expect_clean()


@needs_hub
def test_stripped_programs_have_their_symbols_from_the_debug_file(t):
    for name in ("threads", "threads.debug"):
        shutil.copy(t.program("threads"), t.folder / name)
    program = t.folder / "threads"
    for command in (["objcopy", "--only-keep-debug", "threads", "threads.debug"], ["strip", "threads"],
                    ["objcopy", "--add-gnu-debuglink=threads.debug", "threads"]):
        subprocess.run(command, cwd=t.folder, check=True)
    log = t.logging("--at", "threads.c:18, $arg1", "--", program, 1, 4, 100)
    assert log.wait_exit() == 0
    assert len(log.texts()) == 4, log.texts()


@needs_hub
def test_errors_are_clear_and_cost_nobody_anything(t):
    process = t.start("threads", 2)
    log = t.logging("--at", "worker_a, $nope", "--attach", process.pid)
    assert log.wait_exit() == 1
    eventually(lambda: any("^" in line for line in log.errors), "the caret")
    assert "There is no variable $nope" in "".join(log.errors), log.errors
    missing = t.logging("--at", "worker_a", "--attach", "no_such_process_at_all")
    assert missing.wait_exit() == 1
    process.expect_clean()
    expect_progress(process.pid, "total")
