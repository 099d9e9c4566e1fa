"""Who holds what: joining, waiting, interrupting, and being told."""
from elf import expect_progress, read_variable
from harness import eventually, is_stopped, needs_hub
from several import hit, hit_and_leave_running, pair, together


@needs_hub
def test_interrupt_while_the_other_holds_is_answered_at_once_A7_A46(t):
    process, _, a, b = pair(t, "threads", 4)
    for _ in range(5):
        a.resume()  # B holds
        stop = a.interrupt_to_stop()
        assert stop.signal == "SIGINT", stop
    assert is_stopped(process.pid)
    assert b.stops_waiting() == 0


@needs_hub
def test_the_waiting_one_is_told_who_holds_A14(t):
    process, _, a, b = pair(t, "threads", 2)
    start = len(a.records)
    a.resume()
    text = a.wait_text(b.peer, start)
    assert "gdb" in text, text
    assert is_stopped(process.pid)
    b.resume()
    expect_progress(process.pid, "total")


@needs_hub
def test_thread_runs_the_moment_the_last_hold_is_released_A8(t):
    process, _, a, b = pair(t, "threads", 2)
    before = read_variable(process.pid, "total")
    a.resume()
    a.interrupt_to_stop()
    assert read_variable(process.pid, "total") == before and is_stopped(process.pid)
    a.resume()
    b.resume()
    expect_progress(process.pid, "total")


@needs_hub
def test_monitor_holds_and_clients_name_the_other(t):
    _, _, a, b = pair(t, "threads", 2)
    clients = a.cmd("monitor clients")
    assert a.peer in clients and b.peer in clients, clients
    holds = a.cmd("monitor holds")
    assert b.peer in holds, holds
    peer_of_b = b.peer
    b.cmd("detach")
    eventually(lambda: peer_of_b not in a.cmd("monitor holds"), "B's holds gone")
    assert a.peer in a.cmd("monitor holds")


@needs_hub
def test_all_stop_client_that_joins_a_running_process_stops_it_A41(t):
    process = t.start("threads", 4)
    hub = t.attached(process)
    a = t.gdb("A", program="threads", hub=hub)
    a.resume()
    expect_progress(process.pid, "total")
    b = t.gdb("B", program="threads")
    start = len(a.records)
    b.remote(hub.target)
    assert len(b.threads()) == 5 and is_stopped(process.pid)
    a.wait_text(b.peer, start)  # A is told (A14), and not stopped
    assert a.stops_waiting() == 0
    b.resume()
    expect_progress(process.pid, "total")


@needs_hub
def test_nonstop_client_joins_without_a_stop_A41(t):
    process = t.start("threads", 4)
    hub = t.attached(process)
    a = t.gdb("A", program="threads", hub=hub)
    a.breakpoint("worker_a")
    a.resume()
    a.wait_stop()
    a.cmd("delete")
    a.resume()
    b = t.gdb("B", program="threads", non_stop=True)
    b.join_running(hub.target)
    expect_progress(process.pid, "total")
    assert set(b.threads().values()) == {"running"} and b.stops_waiting() == 0
    assert b.number("total") > 0  # memory is read live


@needs_hub
def test_a_nonstop_gdb_sees_who_it_waits_for_among_its_threads_A14(t):
    process = t.start("threads", 2)
    hub = t.attached(process)
    a = t.gdb("A", program="threads", hub=hub)
    a.resume()
    b = t.gdb("B", program="threads", non_stop=True)
    b.join_running(hub.target)
    b.interrupt(everything=True)
    for _ in range(3):
        b.wait_stop()
    stop = a.interrupt_to_stop()  # A holds them, too
    assert stop.signal == "SIGINT", stop
    b.resume("continue -a")
    eventually(lambda: a.peer in b.cmd("info threads"), "who holds them in B's list")
    eventually(lambda: "earlier: thread" in b.cmd("monitor clients"), "the explanation, after a second")
    assert "kept-waiting" in b.cmd("monitor log 50")
    a.resume()
    eventually(lambda: a.peer not in b.cmd("info threads"), "nobody to be waited for")
    expect_progress(process.pid, "total")


@needs_hub
def test_nonstop_and_all_stop_side_by_side(t):
    process = t.start("threads", 4)
    hub = t.attached(process)
    a = t.gdb("A", program="threads", hub=hub)
    a.resume()
    b = t.gdb("B", program="threads", non_stop=True)
    b.join_running(hub.target)
    b.breakpoint("worker_b")
    stop = b.wait_stop()
    assert stop.function == "worker_b", stop
    expect_progress(process.pid, "total")  # the other threads run: A has continued, B holds one
    assert a.stops_waiting() == 0
    assert a.interrupt_to_stop().signal == "SIGINT"
    states = b.threads()
    assert [number for number, state in states.items() if state == "stopped"] == [stop.thread], states
    a.breakpoint("worker_a")
    hit(a, "worker_a", 5)
    b.cmd(f"thread {stop.thread}")
    b.resume()
    together(lambda: hit_and_leave_running(a, "worker_a", 20), lambda: [b.wait_stop(), b.cmd("delete"), b.resume("continue -a")])
    expect_progress(process.pid, "total")


@needs_hub
def test_two_nonstop_clients_step_over_their_breakpoints_A50(t):
    process = t.start("threads", 2)
    hub = t.attached(process)
    first = t.gdb("A", program="threads", hub=hub)  # lets the process go: the two join it running
    first.resume()
    clients = []
    for name, function in (("B", "worker_a"), ("C", "worker_b")):
        gdb = t.gdb(name, program="threads", non_stop=True)
        gdb.join_running(hub.target)
        gdb.breakpoint(function)
        clients.append((gdb, function))

    def rounds(gdb, function):
        for _ in range(50):
            stop = gdb.wait_stop()
            assert stop.function == function, (gdb.name, stop)
            gdb.cmd(f"thread {stop.thread}")
            gdb.resume()
        gdb.wait_stop()
        gdb.cmd("delete")
        gdb.cmd("detach")

    together(*[lambda gdb=gdb, function=function: rounds(gdb, function) for gdb, function in clients])
    first.interrupt_to_stop()
    first.cmd("detach")
    process.expect_clean()


@needs_hub
def test_hardware_registers_of_a_prompting_client_stay_reserved_A36_A49(t):
    _, _, a, b = pair(t, "threads", 4)
    for letter in "abcd":
        a.cmd(f"hbreak worker_{letter}")
    b.resume()
    assert a.cont().function.startswith("worker_")
    b.interrupt_to_stop()
    b.cmd("hbreak main")
    b.cmd("continue")
    b.wait_text("Could not insert hardware breakpoints")
    b.cmd("delete")
    b.resume()
    assert a.cont().function.startswith("worker_")  # A has lost nothing


@needs_hub
def test_registers_are_an_error_without_an_own_stop_A3(t):
    process = t.start("threads", 2)
    hub = t.attached(process)
    t.gdb("A", program="threads", hub=hub)  # holds
    client = t.raw(hub, non_stop=True)
    client.expect(f"Hgp{process.pid:x}.{process.pid:x}", "OK")
    assert client.ask("g").startswith("E")


@needs_hub
def test_eight_clients_at_one_breakpoint_each_get_their_hit_A31(t):
    hub = t.hub("threads", 1, 5, 0)
    gdb = t.gdb("A", program="threads", hub=hub)
    gdb.breakpoint("worker_a")
    address = gdb.number("(long)worker_a")
    clients = [t.raw(hub, f"raw {number}") for number in range(8)]
    for client in clients:
        assert client.ask("?").startswith("T")
        client.expect(f"Z0,{address:x},1", "OK")

    def rounds(client):
        for _ in range(5):
            client.send("vCont;c")
            stop = client.wait_stop()
            assert stop.startswith("T05") and "swbreak" in stop, (client.name, stop)
            client.step_over(address, stop)
        client.send("vCont;c")
        assert client.wait_stop().startswith("W00"), client.name

    def gdb_rounds():
        hit(gdb, "worker_a", 5)
        assert gdb.cont().reason == "exited-normally"

    together(gdb_rounds, *[lambda client=client: rounds(client) for client in clients])


def fill(client, at):
    """Asks for memory, and reads nothing, until the hub reads no more."""
    body = f"m{at & ~0xfff:x},800".encode()
    request = b"$" + body + b"#%02x" % (sum(body) & 255)
    client.socket.setblocking(False)
    try:
        for _ in range(20000):
            client.socket.send(request)
    except BlockingIOError:
        pass


@needs_hub
def test_a_client_that_does_not_read_loses_its_holds_and_is_told_A43(t):
    process = t.start("threads", 2)
    hub = t.attached(process, "--grace-time", "1")
    gdb = t.gdb("A", program="threads", hub=hub)
    client = t.raw(hub)
    assert client.ask("?").startswith("T")  # it holds
    fill(client, gdb.number("$pc"))
    gdb.breakpoint("worker_a")
    hit(gdb, "worker_a", 3)
    assert any("holds-released" in line and "read nothing for 1 s" in line for line in gdb.cmd("monitor log 100").splitlines())
    gdb.cmd("delete")
    gdb.resume()
    expect_progress(process.pid, "total")


@needs_hub
def test_a_client_that_does_not_read_delays_nobody_A23(t):
    process = t.start("threads", 2)
    hub = t.attached(process)
    gdb = t.gdb("A", program="threads", hub=hub)
    client = t.raw(hub, non_stop=True)
    pc = gdb.number("$pc")
    fill(client, pc)
    gdb.breakpoint("worker_a")
    hit_and_leave_running(gdb, "worker_a", 20)
    expect_progress(process.pid, "total")
