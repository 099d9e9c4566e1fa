"""Two gdbs in all-stop on one process: breakpoints, steps, data."""
from elf import address_of, expect_progress, read_memory, write_variable
from harness import needs_hub
from several import hit, hit_and_leave_running, pair, together, wait_for_trap


@needs_hub
def test_each_stops_only_at_its_own_breakpoint_A1_A2_A31(t):
    process, _, a, b = pair(t, "threads", 4)
    a.breakpoint("worker_a")
    b.breakpoint("worker_b")
    together(lambda: hit_and_leave_running(a, "worker_a", 20), lambda: hit_and_leave_running(b, "worker_b", 20))
    expect_progress(process.pid, "total")
    assert a.stops_waiting() == b.stops_waiting() == 0


@needs_hub
def test_both_continue_from_breakpoints_for_100_rounds_A45_A12(t):
    process, _, a, b = pair(t, "threads", 2)
    a.breakpoint("worker_a")
    b.breakpoint("worker_b")
    together(lambda: hit_and_leave_running(a, "worker_a", 100), lambda: hit_and_leave_running(b, "worker_b", 100))
    expect_progress(process.pid, "total")


@needs_hub
def test_two_owners_of_one_address_each_see_every_hit_once_A31_A12(t):
    hub = t.hub("threads", 1, 30, 0)
    a = t.gdb("A", program="threads", hub=hub)
    b = t.gdb("B", program="threads", hub=hub)

    def count(gdb):
        gdb.breakpoint("worker_a")
        rounds = []
        while (stop := gdb.cont()).reason == "breakpoint-hit":
            rounds.append(gdb.number("round"))
        assert rounds == list(range(30)), (gdb.name, rounds)
        assert stop.reason == "exited-normally", stop

    together(lambda: count(a), lambda: count(b))
    hub.wait_output("threads: ok")


@needs_hub
def test_only_the_owner_whose_condition_is_true_stops_A31(t):
    process, _, a, b = pair(t, "threads", 1)
    a.cmd("break worker_a if round < 0")
    b.breakpoint("worker_a")
    a.resume()
    hit_and_leave_running(b, "worker_a", 20)
    expect_progress(process.pid, "total")
    assert a.stops_waiting() == 0


@needs_hub
def test_original_bytes_are_read_where_the_others_trap_stands_A4(t):
    process, _, a, b = pair(t, "threads", 2)
    b.breakpoint("worker_b")
    was = read_memory(process.pid, address_of(process.pid, "worker_b"), 32)
    b.resume()  # its breakpoints go in; A holds the process
    wait_for_trap(process.pid, "worker_b", was)
    shown = a.mi('-data-read-memory-bytes "(long)worker_b" 32').values["memory"][0]["contents"]
    assert bytes.fromhex(shown) == was
    assert "int3" not in a.cmd("disassemble worker_b")
    a.resume()
    assert b.wait_stop().function == "worker_b"


@needs_hub
def test_proc_mem_through_vfile_hides_traps_A4(t):
    process, hub, _, b = pair(t, "threads", 2)
    b.breakpoint("worker_b")
    address = address_of(process.pid, "worker_b")
    was = read_memory(process.pid, address, 32)
    b.resume()
    wait_for_trap(process.pid, "worker_b", was)
    client = t.raw(hub, non_stop=True)
    path = f"/proc/{process.pid}/mem".encode().hex()
    descriptor = client.expect(f"vFile:open:{path},0,0", "F([0-9a-f]+)")[1]
    reply = client.ask(f"vFile:pread:{descriptor},20,{address:x}")
    assert reply.startswith("F20;") and reply[4:].encode("latin-1") == was, reply


@needs_hub
def test_one_steps_while_the_other_has_continued_A9(t):
    process, _, a, b = pair(t, "threads", 4)
    a.breakpoint("worker_a")
    b.resume()
    hit(a, "worker_a", 1)
    thread = a.number("$_thread")
    for command in ("stepi", "stepi", "next", "finish"):
        assert a.run_to_stop(command).thread == thread
    a.cmd("delete")
    a.resume()
    expect_progress(process.pid, "total")
    assert b.stops_waiting() == 0


@needs_hub
def test_stepping_onto_the_others_breakpoint_ends_the_step_first_A11(t):
    hub = t.hub("steps")
    a = t.gdb("A", program="steps", hub=hub)
    b = t.gdb("B", program="steps", hub=hub)
    a.cmd("tbreak square")
    b.cmd("tbreak steps.c:11")
    b.resume()
    assert a.cont().line == 10
    stop = a.run_to_stop("next")
    assert (stop.reason, stop.line) == ("end-stepping-range", 11), stop
    assert b.stops_waiting() == 0
    a.resume()
    stop = b.wait_stop()
    assert (stop.reason, stop.line) == ("breakpoint-hit", 11), stop
    b.resume()
    assert a.wait_stop().exit_code == b.wait_stop().exit_code == 23


@needs_hub
def test_a_register_written_by_one_is_seen_by_the_other_and_not_undone_A37(t):
    _, _, a, b = pair(t, "loop")
    assert a.number("$r12") == b.number("$r12")
    a.cmd("set var $r12 = 0x1111222233334444")
    b.cmd("set var $r13 = 0x5555666677778888")
    for gdb in (a, b):
        gdb.cmd("maint flush register-cache")
        assert gdb.number("$r12") == 0x1111222233334444, gdb.name
        assert gdb.number("$r13") == 0x5555666677778888, gdb.name


@needs_hub
def test_memory_written_by_one_is_seen_by_the_other_A37(t):
    process, _, a, b = pair(t, "threads", 2)
    a.cmd("set var stop_requested = 7")
    b.cmd("maint flush dcache")
    assert b.number("stop_requested") == 7
    a.resume()
    b.resume()
    assert process.wait_exit() == 0
    assert a.wait_stop().reason == b.wait_stop().reason == "exited-normally"


@needs_hub
def test_writing_over_the_others_breakpoint_leaves_it_in_place_A4_A31(t):
    process, hub, a, b = pair(t, "threads", 2)
    address = address_of(process.pid, "worker_b")
    was = read_memory(process.pid, address, 1)
    b.cmd("break *worker_b")
    b.resume()
    wait_for_trap(process.pid, "worker_b", was)
    original = a.number("*(unsigned char*)worker_b")
    a.cmd("set var *(unsigned char*)worker_b = 0x90")
    assert a.number("*(unsigned char*)worker_b") == 0x90
    a.cmd(f"set var *(unsigned char*)worker_b = {original}")
    assert read_memory(process.pid, address, 1) == b"\xcc"
    a.resume()
    stop = b.wait_stop()
    assert (stop.reason, stop.address) == ("breakpoint-hit", address), stop
    a.interrupt_to_stop()
    a.cmd("detach")
    b.cmd("detach")
    hub.wait_exit()
    process.expect_clean()


@needs_hub
def test_inferior_calls_of_one_while_the_other_runs(t):
    hub = t.hub("steps")
    a = t.gdb("A", program="steps", hub=hub)
    b = t.gdb("B", program="steps", hub=hub)
    a.breakpoint("sum_of_squares")
    b.breakpoint("change_watched")
    b.resume()
    hit(a, "sum_of_squares", 1)
    assert [a.number(f"square({value})") for value in range(4)] == [0, 1, 4, 9]
    a.cmd("delete")
    a.resume()
    assert b.wait_stop().function == "change_watched"
    b.resume()
    assert a.wait_stop().exit_code == b.wait_stop().exit_code == 23


@needs_hub
def test_signal_that_one_passes_and_the_other_stops_on_A19(t):
    hub = t.hub("signals", 3)
    a = t.gdb("A", program="signals", hub=hub)
    b = t.gdb("B", program="signals", hub=hub)
    for gdb in (a, b):
        gdb.cmd("handle SIGUSR2 nostop noprint pass")
    a.cmd("handle SIGUSR1 nostop noprint pass")
    a.resume()
    assert b.cont().signal == "SIGUSR1"
    assert b.run_to_stop("signal 0").signal == "SIGUSR1"  # suppressed; the second one
    assert b.cont().signal == "SIGUSR1"  # passed; the third one
    b.resume("signal 0")
    assert a.wait_stop().exit_code == b.wait_stop().exit_code == 2
    hub.wait_output("usr1=1 usr2=1")


@needs_hub
def test_exec_is_survived_by_both_A29(t):
    hub = t.hub("exec_thread")
    a = t.gdb("A", program="exec_thread", hub=hub)
    b = t.gdb("B", program="exec_thread", hub=hub)
    for gdb in (a, b):
        gdb.breakpoint("second_image")
    together(lambda: hit(a, "second_image", 1), lambda: hit(b, "second_image", 1))
    together(a.resume, b.resume)
    assert a.wait_stop().exit_code == b.wait_stop().exit_code == 4


@needs_hub
def test_fork_children_run_clean_of_both_A22_A4(t):
    hub = t.hub("fork", 3)
    a = t.gdb("A", program="fork", hub=hub)
    b = t.gdb("B", program="fork", hub=hub)
    for gdb in (a, b):
        gdb.breakpoint("child_work")
        gdb.breakpoint("common_work")

    def follow(gdb):
        hit(gdb, "common_work", 3)
        assert gdb.cont().reason == "exited-normally"

    together(lambda: follow(a), lambda: follow(b))
    hub.wait_output("fork: ok")


@needs_hub
def test_fork_one_follows_the_parent_the_other_the_child_A22(t):
    hub = t.hub("fork", 1)
    a = t.gdb("A", program="fork", hub=hub)
    b = t.gdb("B", program="fork", hub=hub)
    a.breakpoint("parent_work")
    b.cmd("set follow-fork-mode child")
    b.breakpoint("child_work")
    together(lambda: hit(a, "parent_work", 1), lambda: hit(b, "child_work", 1))
    together(a.resume, b.resume)
    assert b.wait_stop().exit_code == 7
    assert a.wait_stop().reason == "exited-normally"


@needs_hub
def test_self_check_of_the_program_holds_under_two_debuggers_A4(t):
    process, hub, a, b = pair(t, "threads", 8)
    for letter in "abcd":
        a.breakpoint(f"worker_{letter}")
        b.breakpoint(f"worker_{letter}")

    def go(gdb):
        for _ in range(40):
            assert gdb.cont().function.startswith("worker_")
        gdb.cmd("detach")

    together(lambda: go(a), lambda: go(b))
    assert hub.wait_exit() == 0
    process.expect_clean()
    write_variable(process.pid, "stop_requested", 1)
    process.wait_output("threads: ok")
    assert process.wait_exit() == 0
