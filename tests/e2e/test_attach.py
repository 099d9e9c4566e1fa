"""One gdb: attach, detach, kill, run again."""
from elf import expect_progress, write_variable
from harness import eventually, expect_clean_text, is_alive, tracer
from processes import wait_in_read


def test_attach_to_a_running_multithreaded_process(t):
    process = t.start("threads", 4)
    hub = t.attached(process)
    gdb = t.gdb(program="threads", hub=hub)
    assert hub.tracee == process.pid and tracer(process.pid) == hub.pid
    assert len(gdb.threads()) == 5
    gdb.breakpoint("worker_c")
    assert gdb.cont().function == "worker_c"
    gdb.cmd("detach")
    assert hub.wait_exit() == 0
    process.expect_clean()
    expect_progress(process.pid, "total")
    write_variable(process.pid, "stop_requested", 1)
    assert process.wait_exit() == 0


def test_detach_with_breakpoints_everywhere_leaves_the_text_clean_A26(t):
    process = t.start("threads", 8)
    gdb = t.gdb(program="threads", hub=t.attached(process))
    for letter in "abcd":
        gdb.breakpoint(f"worker_{letter}")
    for _ in range(20):
        gdb.cont()
    gdb.cmd("detach")
    process.expect_clean()
    expect_progress(process.pid, "total")
    write_variable(process.pid, "stop_requested", 1)
    assert process.wait_exit() == 0


def test_attach_and_detach_again_and_again(t):
    process = t.start("threads", 4)
    hub = t.multi()
    gdb = t.gdb(program="threads")
    gdb.remote(hub.target, extended=True, stops=False)
    for _ in range(5):
        gdb.cmd(f"attach {process.pid}")
        gdb.wait_stop()
        gdb.breakpoint("worker_b")
        assert gdb.cont().function == "worker_b"
        gdb.cmd("delete")
        gdb.cmd("detach")
        process.expect_clean()
    expect_progress(process.pid, "total")


def test_quit_detaches_from_an_attached_process(t):
    process = t.start("threads", 2)
    gdb = t.gdb(program="threads", hub=t.attached(process))
    gdb.breakpoint("worker_a")
    gdb.cont()
    gdb.quit()
    process.expect_clean()
    expect_progress(process.pid, "total")


def test_quit_kills_a_launched_process(t):
    hub = t.hub("loop")
    gdb = t.gdb(program="loop", hub=hub)
    pid = hub.tracee
    gdb.quit()
    assert hub.wait_exit() == 0
    assert not is_alive(pid)


def test_kill(t):
    hub = t.hub("threads", 4)
    gdb = t.gdb(program="threads", hub=hub)
    gdb.breakpoint("worker_a")
    gdb.cont()
    pid = hub.tracee
    gdb.cmd("kill")
    assert hub.wait_exit() == 0
    assert not is_alive(pid)


def test_interrupt_and_detach_an_attached_blocked_process(t):
    process = t.start("loop", "block", start_new_session=True)
    wait_in_read(process.pid)
    gdb = t.gdb(program="loop", hub=t.attached(process))
    assert "block" in gdb.cmd("bt")
    gdb.resume()
    assert gdb.interrupt_to_stop().signal == "SIGINT"
    gdb.cmd("set var stop_requested = 1")
    gdb.cmd("detach")
    process.expect_clean()


def test_attach_to_fifty_sleepers(t):
    process = t.start("sleepers", 50)
    gdb = t.gdb(program="sleepers", hub=t.attached(process))
    assert len(gdb.threads()) == 51
    gdb.breakpoint("tick")
    for _ in range(5):
        assert gdb.cont().function == "tick"
    gdb.cmd("detach")
    process.expect_clean()


def test_extended_run_twice_kill_and_run_again(t):
    hub = t.multi()
    gdb = t.gdb(program="steps")
    gdb.remote(hub.target, extended=True, stops=False)
    gdb.cmd(f"set remote exec-file {t.program('steps')}")
    gdb.breakpoint("sum_of_squares")
    for _ in range(2):
        assert gdb.run_to_stop("run").function == "sum_of_squares"
        assert gdb.cont().exit_code == 23
    assert gdb.run_to_stop("run").function == "sum_of_squares"
    gdb.cmd("kill")
    assert gdb.run_to_stop("run").function == "sum_of_squares"
    gdb.quit()
    hub.wait_error("GDBserver will reopen the connection.")
    assert hub.popen.poll() is None


def test_extended_run_with_arguments_environment_and_directory(t):
    hub = t.multi()
    gdb = t.gdb(program="args_env")
    gdb.remote(hub.target, extended=True, stops=False)
    gdb.cmd(f"set remote exec-file {t.program('args_env')}")
    gdb.cmd("set args first 'second one'")
    gdb.cmd("set environment GDBHUB_TEST here")
    gdb.cmd(f"set cwd {t.folder}")
    assert gdb.run_to_stop("run").exit_code == 3
    hub.wait_output("argv[2]=second one")
    hub.wait_output("env GDBHUB_TEST=here")
    hub.wait_output(f"cwd {t.folder}")


def test_launched_process_can_be_detached_and_lives_on(t):
    hub = t.hub("threads", 3)
    gdb = t.gdb(program="threads", hub=hub)
    gdb.breakpoint("worker_a")
    gdb.cont()
    pid = hub.tracee
    gdb.cmd("detach")
    eventually(lambda: tracer(pid) == 0, "detach")
    expect_clean_text(pid)
    expect_progress(pid, "total")
    write_variable(pid, "stop_requested", 1)
    hub.wait_output("threads: ok")
    assert hub.wait_exit() == 0
