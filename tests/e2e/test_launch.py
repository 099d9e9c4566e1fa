"""One gdb on a launched program: breakpoints, steps, data, calls."""
from harness import GdbError


def test_launch_break_step_next_finish_until_stepi(t):
    hub = t.hub("steps")
    gdb = t.gdb(program="steps", hub=hub)
    gdb.breakpoint("sum_of_squares")
    stop = gdb.cont()
    assert (stop.reason, stop.function) == ("breakpoint-hit", "sum_of_squares"), stop
    first = stop.line
    assert gdb.run_to_stop("next").line > first
    gdb.run_to_stop("next")
    stop = gdb.run_to_stop("step")
    assert (stop.reason, stop.function) == ("end-stepping-range", "square"), stop
    before = stop.address
    stop = gdb.run_to_stop("stepi")
    assert before < stop.address <= before + 15, stop
    stop = gdb.run_to_stop("finish")
    assert (stop.reason, stop.values["return-value"]) == ("function-finished", "1"), stop
    gdb.run_to_stop("next")
    assert gdb.run_to_stop("until").function == "sum_of_squares"
    stop = gdb.run_to_stop("finish")
    assert (stop.function, stop.values["return-value"]) == ("main", "14"), stop
    stop = gdb.run_to_stop("advance change_watched")
    assert (stop.reason, stop.function) == ("location-reached", "change_watched"), stop
    assert gdb.run_to_stop("finish").function == "main"
    stop = gdb.cont()
    assert (stop.reason, stop.exit_code) == ("exited", 23), stop
    hub.wait_output("steps: 9 14 11")


def test_breakpoints_hit_on_many_threads(t):
    gdb = t.gdb(program="threads", hub=t.hub("threads", 4, 20, 0))
    numbers = {gdb.breakpoint(f"worker_{letter}"): f"worker_{letter}" for letter in "abcd"}
    hits, threads = dict.fromkeys(numbers, 0), set()
    while (stop := gdb.cont()).reason == "breakpoint-hit":
        number = int(stop.values["bkptno"])
        assert stop.function == numbers[number], stop
        hits[number] += 1
        threads.add(stop.thread)
    assert stop.reason == "exited-normally", stop
    assert set(hits.values()) == {20} and len(threads) == 4, (hits, threads)


def test_conditional_and_temporary_breakpoints(t):
    gdb = t.gdb(program="threads", hub=t.hub("threads", 2, 200, 0))
    gdb.cmd("break worker_a if round == 150")
    gdb.cmd("tbreak worker_b")
    assert gdb.cont().function == "worker_b"
    stop = gdb.cont()
    assert stop.function == "worker_a" and gdb.number("round") == 150, stop
    assert gdb.cont().reason == "exited-normally"


def test_inferior_calls_keep_registers_and_place(t):
    gdb = t.gdb(program="steps", hub=t.hub("steps"))
    gdb.breakpoint("sum_of_squares")
    stop = gdb.cont()
    for value in range(5):
        assert gdb.number(f"square({value})") == value * value
    assert gdb.number("$pc") == stop.address
    gdb.breakpoint("square")
    message = gdb.fails("print square(7)")
    assert "The program being debugged stopped while in a function called from GDB" in message, message
    assert gdb.wait_stop().function == "square"
    assert gdb.run_to_stop("finish").function in ("sum_of_squares", "")
    gdb.cmd("delete")
    assert gdb.cont().exit_code == 23


def test_memory_read_and_write(t):
    gdb = t.gdb(program="steps", hub=t.hub("steps"))
    gdb.breakpoint("sum_of_squares")
    gdb.cont()
    assert gdb.value("(char*)text").endswith('"the quick brown fox"')
    gdb.cmd("set var numbers[0] = 100")
    gdb.cmd("set var text[0] = 'T'")
    assert gdb.value("numbers") == "{100, 2, 3, 4, 5, 6, 7, 8}"
    found = gdb.cmd('find /b &text, +sizeof(text), \'b\', \'r\', \'o\'')
    assert "<text+10>" in found, found
    assert "Cannot access memory" in gdb.fails("x/4xb 0")
    gdb.cmd("delete")
    assert gdb.cont().exit_code == (9 + 10000 + 4 + 9) & 255


def test_memory_with_protocol_characters_survives(t):
    gdb = t.gdb(program="steps", hub=t.hub("steps"))
    gdb.breakpoint("sum_of_squares")
    gdb.cont()
    data = bytes(range(256))
    path = t.folder / "data"
    path.write_bytes(data)
    gdb.cmd(f"restore {path} binary $sp-4096")
    back = t.folder / "back"
    gdb.cmd(f"dump binary memory {back} $sp-4096 $sp-3840")
    assert back.read_bytes() == data


def test_general_and_vector_registers(t):
    hub = t.hub("fp")
    gdb = t.gdb(program="fp", hub=hub)
    gdb.breakpoint("checkpoint")
    gdb.cont()
    assert "v2_double = {1.5, -2.25}" in gdb.value("$xmm0")
    if gdb.value("$ymm0") != "void":
        assert "v4_double = {1.5, -2.25, 1024, 0.125}" in gdb.value("$ymm0")
    assert gdb.value("$st0") == "1" and gdb.value("$st1").startswith("3.14159")
    stack = gdb.number("$rsp")
    gdb.cmd("set var $xmm0.v2_double[1] = 8.5")
    gdb.cmd("set var $st0 = 4.25")
    gdb.cmd("set var $r12 = 0x1122334455667788")
    gdb.cmd("maint flush register-cache")
    assert gdb.number("$r12") == 0x1122334455667788 and gdb.number("$rsp") == stack
    assert "v2_double = {1.5, 8.5}" in gdb.value("$xmm0")
    gdb.cmd("delete")
    assert gdb.cont().reason == "exited-normally"
    hub.wait_output("xmm0=1.5,8.5 st=4.25,3.14159")


def test_info_threads_libraries_auxv_mappings(t):
    gdb = t.gdb(program="threads", hub=t.hub("threads", 4))
    gdb.breakpoint("worker_a")
    gdb.cont()
    assert len(gdb.threads()) == 5
    assert "worker_a" in gdb.cmd("info threads")
    assert "libc.so" in gdb.cmd("info sharedlibrary")
    auxv = gdb.cmd("info auxv")
    assert "AT_PHDR" in auxv and "AT_RANDOM" in auxv
    mappings = gdb.cmd("info proc mappings")
    assert "threads" in mappings and "[stack]" in mappings
    assert "process " in gdb.cmd("info proc")
    assert "$_siginfo" not in gdb.cmd("print $_siginfo.si_signo")


def test_registers_and_stacks_of_all_threads(t):
    gdb = t.gdb(program="sleepers", hub=t.hub("sleepers", 20))
    gdb.breakpoint("tick")
    gdb.cont()
    output = gdb.cmd("thread apply all -q print $rip")
    assert output.count("$") >= 21, output
    assert gdb.cmd("thread apply all -q bt").count("sleeper") >= 20  # some may still be deep in the barrier


def test_watch_by_single_steps(t):
    gdb = t.gdb(program="steps", hub=t.hub("steps"), settings=["can-use-hw-watchpoints 0"])
    gdb.breakpoint("change_watched")
    gdb.cont()
    gdb.cmd("watch watched")
    stop = gdb.cont()
    assert stop.reason == "watchpoint-trigger" and stop.values["value"] == {"old": "0", "new": "10"}, stop
    assert gdb.cont().values["value"] == {"old": "10", "new": "11"}


def test_watch_by_debug_registers(t):
    gdb = t.gdb(program="steps", hub=t.hub("steps"))
    gdb.breakpoint("main")
    gdb.cont()
    assert "Hardware watchpoint" in gdb.cmd("watch watched")
    stop = gdb.cont()
    assert stop.reason == "watchpoint-trigger" and stop.values["value"] == {"old": "0", "new": "10"}, stop
    assert gdb.cont().values["value"] == {"old": "10", "new": "11"}


def test_changed_argument_changes_the_result(t):
    gdb = t.gdb(program="steps", hub=t.hub("steps"))
    gdb.breakpoint("square")
    gdb.cont()
    gdb.cmd("set var value = 5")
    gdb.cmd("delete")
    gdb.cmd("tbreak sum_of_squares")
    assert gdb.cont().function == "sum_of_squares"
    gdb.cmd("up")
    assert gdb.number("first") == 25
    assert gdb.cont().exit_code == 25 + 14


def test_dlopen_stops_at_a_pending_breakpoint(t):
    gdb = t.gdb(program="dl", hub=t.hub("dl", 3), settings=["breakpoint pending on"])
    gdb.cmd("break plug_function")
    for _ in range(3):
        stop = gdb.cont()
        assert (stop.reason, stop.function) == ("breakpoint-hit", "plug_function"), stop
        assert "plug.so" in gdb.cmd("info sharedlibrary")
    assert gdb.cont().reason == "exited-normally"


def test_arguments_environment_and_directory_reach_the_program(t):
    hub = t.hub("args_env", "one", "two words", "$x*", env={"GDBHUB_TEST": "yes", "PATH": "/usr/bin:/bin"}, cwd=t.folder)
    gdb = t.gdb(program="args_env", hub=hub)
    assert gdb.cont().exit_code == 4
    hub.wait_output("argv[1]=one")
    hub.wait_output("argv[2]=two words")
    hub.wait_output("argv[3]=$x*")
    hub.wait_output("env GDBHUB_TEST=yes")
    hub.wait_output(f"cwd {t.folder}")


def test_errors_of_gdb_commands_leave_the_session_usable(t):
    gdb = t.gdb(program="steps", hub=t.hub("steps"))
    for command in ("x 0x10", "print *(int*)1", "set var *(int*)1 = 2", "thread 77"):
        try:
            gdb.cmd(command)
        except GdbError:
            continue
        raise AssertionError(command)
    assert gdb.cont().exit_code == 23
