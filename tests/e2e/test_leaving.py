"""Detach, kill, quit, sudden death: of one client among several, and of the tracee."""
import os
import signal
import socket
import struct

from elf import address_of, expect_progress, read_memory, write_variable
from harness import eventually, is_alive, is_stopped, needs_hub, tracer
from processes import dirty_text
from several import hit, hit_and_leave_running, meanwhile_hitting, pair, together


@needs_hub
def test_client_killed_at_random_moments_leaves_no_trace_A26(t):
    process = t.start("threads", 4)
    hub = t.attached(process)
    b = t.gdb("B", program="threads", hub=hub)
    b.breakpoint("worker_b")
    for number in range(8):
        a = t.gdb(f"A{number}", program="threads", hub=hub)
        a.breakpoint("worker_a")
        a.breakpoint("worker_c")
        with meanwhile_hitting(b, "worker_b"):
            for _ in range(t.random.randrange(4)):
                assert a.cont().function in ("worker_a", "worker_c")
            if t.random.random() < 0.5:
                a.resume()
            a.kill9()
        hit(b, "worker_b", 3)
    holds = b.cmd("monitor holds")
    assert holds.count("gdb#") >= 1 and all(b.peer in line for line in holds.splitlines() if "gdb#" in line), holds
    b.cmd("detach")
    assert hub.wait_exit() == 0
    process.expect_clean()
    write_variable(process.pid, "stop_requested", 1)
    process.wait_output("threads: ok")


@needs_hub
def test_client_killed_while_its_breakpoint_is_hit_all_the_time_A26_A34(t):
    process = t.start("threads", 8, 0, 0)
    hub = t.attached(process)
    b = t.gdb("B", program="threads", hub=hub)
    b.resume()
    for number in range(5):
        a = t.gdb(f"A{number}", program="threads", hub=hub)
        a.cmd("break worker_a if round < 0")
        a.cmd("break worker_d if round < 0")
        a.resume()
        expect_progress(process.pid, "total", 1 + t.random.randrange(50))
        a.kill9()
        expect_progress(process.pid, "total")
    program = str(t.program("threads"))  # B's own traps are in the dynamic loader
    eventually(lambda: all(path != program for path, *_ in dirty_text(process.pid)), "all traps of A removed")
    b.interrupt_to_stop()
    b.cmd("detach")
    process.expect_clean()


@needs_hub
def test_detach_of_one_changes_nothing_for_the_other_A26(t):
    process, hub, a, b = pair(t, "threads", 2)
    a.breakpoint("worker_a")
    b.breakpoint("worker_b")
    with meanwhile_hitting(b, "worker_b"):
        hit(a, "worker_a", 5)
        a.cmd("detach")
    hit(b, "worker_b", 5)
    b.cmd("detach")
    assert hub.wait_exit() == 0
    process.expect_clean()


@needs_hub
def test_quit_of_one_leaves_the_process_to_the_other_A42(t):
    hub = t.hub("threads", 2)
    a = t.gdb("A", program="threads", hub=hub)  # the owner: its quit would kill
    b = t.gdb("B", program="threads", hub=hub)
    a.breakpoint("worker_a")
    b.breakpoint("worker_b")
    a.quit()
    hit(b, "worker_b", 3)
    pid = hub.tracee
    b.quit()  # it was told that it had attached
    assert is_alive(pid)
    expect_progress(pid, "total")
    write_variable(pid, "stop_requested", 1)
    hub.wait_output("threads: ok")


@needs_hub
def test_vkill_by_a_client_that_does_not_own_is_refused_A28(t):
    hub = t.hub("threads", 2)
    a = t.gdb("A", program="threads", hub=hub)
    b = t.raw(hub, "B")
    assert b.ask("?").startswith("T")
    assert b.ask(f"vKill;{hub.tracee:x}").startswith("E")
    assert is_alive(hub.tracee)
    b.close()
    a.breakpoint("worker_a")
    hit(a, "worker_a", 2)


@needs_hub
def test_where_any_client_may_kill_the_owner_is_told_of_the_end_A28(t):
    hub = t.hub("threads", 2, options=["--kill", "any"])
    a = t.gdb("A", program="threads", hub=hub)
    b = t.raw(hub, "B")
    assert b.ask("?").startswith("T")
    assert b.ask(f"vKill;{hub.tracee:x}") == "OK"
    assert a.run_to_stop("continue").signal == "SIGKILL"


@needs_hub
def test_k_by_a_client_that_does_not_own_is_a_detach_A28_A42(t):
    hub = t.hub("threads", 2)
    a = t.gdb("A", program="threads", hub=hub)
    b = t.raw(hub, "B")
    assert b.ask("?").startswith("T")
    assert b.ask(f"qAttached:{hub.tracee:x}") == "1"
    b.send("k")
    a.breakpoint("worker_a")
    hit(a, "worker_a", 2)  # B's hold has gone with it


@needs_hub
def test_kill_force_ends_it_for_everybody_A28(t):
    process, _, a, b = pair(t, "threads", 2)
    a.resume()
    b.cmd("monitor kill force")
    stop = a.wait_stop()
    assert (stop.reason, stop.signal) == ("exited-signalled", "SIGKILL"), stop
    assert process.wait_exit() == -signal.SIGKILL


@needs_hub
def test_monitor_exit_needs_the_right_to_kill_A42(t):
    hub = t.hub("threads", 2)
    a = t.gdb("A", program="threads", hub=hub)
    b = t.gdb("B", program="threads", hub=hub)
    b.fails("monitor exit")
    a.breakpoint("worker_a")
    b.resume()
    hit(a, "worker_a", 1)


@needs_hub
def test_death_while_a_client_is_at_its_prompt_A48_A27(t):
    process, _, a, b = pair(t, "threads", 2)
    a.resume()
    os.kill(process.pid, signal.SIGKILL)
    stop = a.wait_stop()
    assert (stop.reason, stop.signal) == ("exited-signalled", "SIGKILL"), stop
    b.fails("x/4x &total")
    stop = b.cont()
    assert (stop.reason, stop.signal) == ("exited-signalled", "SIGKILL"), stop


@needs_hub
def test_both_are_told_of_the_exit(t):
    hub = t.hub("crash", "exit", 12)
    a = t.gdb("A", program="crash", hub=hub)
    b = t.gdb("B", program="crash", hub=hub)
    a.resume()
    b.resume()
    assert a.wait_stop().exit_code == b.wait_stop().exit_code == 12
    assert hub.wait_exit() == 0


@needs_hub
def test_second_attach_of_one_pid_is_a_join_A44(t):
    process = t.start("threads", 4)
    hub = t.multi()
    clients = []
    for name in "AB":
        gdb = t.gdb(name, program="threads")
        gdb.remote(hub.target, extended=True, stops=False)
        gdb.cmd(f"attach {process.pid}")
        gdb.wait_stop()
        clients.append(gdb)
    a, b = clients
    assert tracer(process.pid) == hub.pid
    a.breakpoint("worker_a")
    b.breakpoint("worker_b")
    together(lambda: hit_and_leave_running(a, "worker_a", 5), lambda: hit_and_leave_running(b, "worker_b", 5))
    a.interrupt_to_stop()
    a.cmd("detach")
    expect_progress(process.pid, "total")
    assert tracer(process.pid) == hub.pid
    b.interrupt_to_stop()
    b.cmd("detach")
    process.expect_clean()


@needs_hub
def test_two_clients_of_a_multi_server_have_processes_of_their_own_A51(t):
    hub = t.multi()
    clients = []
    for name in "AB":
        gdb = t.gdb(name, program="steps")
        gdb.remote(hub.target, extended=True, stops=False)
        gdb.cmd(f"set remote exec-file {t.program('steps')}")
        gdb.breakpoint("square")
        assert gdb.run_to_stop("run").function == "square"
        clients.append(gdb)
    for gdb in clients:
        gdb.cmd("delete")
        assert gdb.cont().exit_code == 23
    for gdb in clients:
        gdb.quit()
    assert hub.popen.poll() is None


@needs_hub
def test_reconnect_after_the_only_client_died_A51(t):
    process = t.start("threads", 2)
    hub = t.attached(process)
    for number in range(3):
        gdb = t.gdb(f"A{number}", program="threads", hub=hub)
        gdb.breakpoint("worker_a")
        hit(gdb, "worker_a", 2)
        if number == 1:
            gdb.cmd("delete")
            gdb.resume()
        gdb.kill9()
    gdb = t.gdb("last", program="threads", hub=hub)
    gdb.cmd("detach")
    process.expect_clean()


@needs_hub
def test_a_launched_process_waits_for_the_reconnect_of_a_multi_server_A51(t):
    hub = t.multi()
    first = t.gdb("first", program="steps")
    first.remote(hub.target, extended=True, stops=False)
    first.cmd(f"set remote exec-file {t.program('steps')}")
    first.breakpoint("square")
    assert first.run_to_stop("run").function == "square"
    pc = first.value("$pc")
    first.cmd("disconnect")
    second = t.gdb("second", program="steps")
    second.remote(hub.target, extended=True)
    assert second.value("$pc") == pc
    assert second.cont().exit_code == 23
    assert hub.popen.poll() is None


def drop(client, how):
    """Ends a raw client's connection: in order, by a reset, or by half of it."""
    if how == "reset":
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if how == "half":
        client.socket.shutdown(socket.SHUT_WR)
        while client.socket.recv(65536):  # the hub ends its half, too
            pass
    client.close()


@needs_hub
def test_every_way_of_losing_a_connection_takes_its_breakpoints_and_holds_A26(t):
    process = t.start("threads", 2)
    hub = t.attached(process)
    keeper = t.raw(hub, "keeper", non_stop=True)
    at = address_of(process.pid, "worker_a")
    was = read_memory(process.pid, at, 1)
    for how in ("fin", "reset", "half") * 3:
        client = t.raw(hub, how)
        assert client.ask("?").startswith("T")
        client.expect(f"Z0,{at:x},1", "OK")
        assert read_memory(process.pid, at, 1) == b"\xcc"
        if t.random.random() < 0.7:
            client.send("vCont;c")
            client.wait_stop()
        if t.random.random() < 0.5:
            client.send_bytes(b"$vCont;c#a8$m0,1#fb$Z0,"[:t.random.randrange(1, 22)])  # at any byte
        drop(client, how)
        eventually(lambda: read_memory(process.pid, at, 1) == was, f"the trap gone after {how}")
        eventually(lambda: "gdb#" not in keeper.monitor("holds"), "no holds left")
    keeper.close()


@needs_hub
def test_two_clients_that_leave_at_once_leave_nothing_A26(t):
    process = t.start("threads", 4)
    hub = t.attached(process)
    for _ in range(5):
        clients = [t.raw(hub, name, non_stop=True) for name in "AB"]
        at = address_of(process.pid, "worker_b")
        for client in clients:
            client.expect(f"Z0,{at:x},1", "OK")
        together(*(lambda client=client, how=how: drop(client, how) for client, how in zip(clients, ("reset", "fin"))))
        eventually(lambda: read_memory(process.pid, at, 1) != b"\xcc", "the trap gone")


@needs_hub
def test_on_last_drop_does_what_it_says_A51(t):
    for value in ("gdbserver", "hold", "continue", "detach", "kill"):
        process = t.start("loop")
        hub = t.attached(process, "--on-last-drop", value)
        client = t.raw(hub)
        assert client.ask("?").startswith("T")
        drop(client, "reset")
        hub.wait_error("Remote side has terminated connection")
        if value == "kill":
            assert process.wait_exit() == -signal.SIGKILL
            assert hub.wait_exit() == 0
        elif value == "detach":
            process.expect_clean()
            expect_progress(process.pid, "counter")
        elif value == "continue":
            expect_progress(process.pid, "counter")
            assert tracer(process.pid) == hub.pid
        else:
            eventually(lambda: is_stopped(process.pid), "stopped for the next client")
            assert tracer(process.pid) == hub.pid
            t.raw(hub).expect("?", "T.*")
        hub.stop()
