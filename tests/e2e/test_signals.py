"""One gdb: signals, ^C, exits and deaths."""
import os
import signal

from elf import read_variable, write_variable
from harness import eventually
from processes import wait_in_read


def test_signal_stops_and_passes(t):
    gdb = t.gdb(program="signals", hub=t.hub("signals", 3))
    for _ in range(3):
        stop = gdb.cont()
        assert (stop.reason, stop.signal) == ("signal-received", "SIGUSR1"), stop
    assert gdb.cont().signal == "SIGUSR2"
    assert gdb.cont().exit_code == 4


def test_signal_nopass_is_suppressed(t):
    gdb = t.gdb(program="signals", hub=t.hub("signals", 3))
    gdb.cmd("handle SIGUSR1 stop nopass")
    gdb.cmd("handle SIGUSR2 nostop noprint nopass")
    for _ in range(3):
        assert gdb.cont().signal == "SIGUSR1"
    assert gdb.cont().reason == "exited-normally"


def test_signal_nostop_pass_does_not_stop(t):
    hub = t.hub("signals", 50)
    gdb = t.gdb(program="signals", hub=hub)
    gdb.cmd("handle SIGUSR1 SIGUSR2 nostop noprint pass")
    assert gdb.cont().exit_code == 51
    hub.wait_output("usr1=50 usr2=1")


def test_signal_command_chooses_what_the_thread_gets(t):
    hub = t.hub("signals", 2)
    gdb = t.gdb(program="signals", hub=hub)
    assert gdb.cont().signal == "SIGUSR1"
    assert gdb.run_to_stop("signal SIGUSR2").signal == "SIGUSR1"  # the next one
    assert gdb.run_to_stop("signal 0").signal == "SIGUSR2"
    assert gdb.cont().exit_code == 2
    hub.wait_output("usr1=0 usr2=2")


def test_breakpoint_in_a_handler_and_finish_out_of_it(t):
    gdb = t.gdb(program="signals", hub=t.hub("signals", 1))
    gdb.cmd("handle SIGUSR1 SIGUSR2 nostop noprint pass")
    gdb.breakpoint("on_usr1")
    assert gdb.cont().function == "on_usr1"
    assert gdb.run_to_stop("finish").reason == "function-finished"
    assert gdb.cont().exit_code == 2


def test_step_over_a_breakpoint_with_a_signal_pending_A33(t):
    gdb = t.gdb(program="signals", hub=t.hub("signals", 20))
    gdb.cmd("handle SIGUSR1 SIGUSR2 nostop noprint pass")
    gdb.breakpoint("after_raise")
    gdb.breakpoint("on_usr1")
    for _ in range(20):
        assert gdb.cont().function == "on_usr1"
        assert gdb.cont().function == "after_raise"
    assert gdb.cont().exit_code == 21


def test_signal_from_outside(t):
    hub = t.hub("signals", "wait")
    gdb = t.gdb(program="signals", hub=hub)
    gdb.resume()
    hub.wait_output("ready")
    os.kill(hub.tracee, signal.SIGUSR1)
    assert gdb.wait_stop().signal == "SIGUSR1"
    gdb.resume()
    eventually(lambda: read_variable(hub.tracee, "usr1_count") == 1, "the handler's run")
    os.kill(hub.tracee, signal.SIGTERM)
    assert gdb.wait_stop().signal == "SIGTERM"
    assert gdb.cont().exit_code == 1


def test_siginfo_of_a_fault(t):
    gdb = t.gdb(program="crash", hub=t.hub("crash", "segv"))
    stop = gdb.cont()
    assert (stop.signal, stop.function) == ("SIGSEGV", "crash_here"), stop
    assert gdb.number("$_siginfo.si_signo") == 11
    assert gdb.number("$_siginfo._sifields._sigfault.si_addr") == 0
    stop = gdb.cont()
    assert (stop.reason, stop.signal) == ("exited-signalled", "SIGSEGV"), stop


def test_own_int3_is_a_sigtrap_A5(t):
    gdb = t.gdb(program="crash", hub=t.hub("crash", "trap"))
    stop = gdb.cont()
    assert (stop.reason, stop.signal) == ("signal-received", "SIGTRAP"), stop
    assert gdb.cont().exit_code == 8


def test_exit_code_is_reported(t):
    hub = t.hub("crash", "exit", 12)
    stop = t.gdb(program="crash", hub=hub).cont()
    assert (stop.reason, stop.exit_code) == ("exited", 12), stop
    hub.wait_error("Child exited with status 12")
    assert hub.wait_exit() == 0


def test_death_by_signal_is_reported(t):
    hub = t.hub("crash", "kill")
    stop = t.gdb(program="crash", hub=hub).cont()
    assert (stop.reason, stop.signal) == ("exited-signalled", "SIGKILL"), stop
    assert hub.wait_exit() == 0


def test_abort_stops_then_kills(t):
    gdb = t.gdb(program="crash", hub=t.hub("crash", "abort"))
    assert gdb.cont().signal == "SIGABRT"
    stop = gdb.cont()
    assert (stop.reason, stop.signal) == ("exited-signalled", "SIGABRT"), stop


def test_sigkill_from_outside_while_stopped_A27(t):
    hub = t.hub("loop")
    gdb = t.gdb(program="loop", hub=hub)
    gdb.breakpoint("spin_once")
    gdb.cont()
    os.kill(hub.tracee, signal.SIGKILL)
    stop = gdb.cont()
    assert (stop.reason, stop.signal) == ("exited-signalled", "SIGKILL"), stop


def test_interrupt_a_busy_loop(t):
    hub = t.hub("loop")
    gdb = t.gdb(program="loop", hub=hub)
    for _ in range(5):
        gdb.resume()
        stop = gdb.interrupt_to_stop()
        assert stop.signal == "SIGINT", stop
    gdb.cmd("set var stop_requested = 1")
    assert gdb.cont().reason == "exited-normally"


def test_interrupt_a_blocking_system_call_A13(t):
    hub = t.hub("loop", "block")
    gdb = t.gdb(program="loop", hub=hub)
    gdb.resume()
    hub.wait_output("ready")
    for _ in range(5):
        wait_in_read(hub.tracee)
        assert gdb.interrupt_to_stop().signal == "SIGINT"
        assert "block" in gdb.cmd("bt")
        gdb.resume()
    assert read_variable(hub.tracee, "counter") == 0  # the read never returned


def test_interrupt_many_threads(t):
    hub = t.hub("sleepers", 100)
    gdb = t.gdb(program="sleepers", hub=hub)
    gdb.resume()
    hub.wait_output("ready")
    for _ in range(3):
        assert gdb.interrupt_to_stop().signal == "SIGINT"
        assert len(gdb.threads()) == 101
        gdb.resume()
    write_variable(hub.tracee, "stop_requested", 1)
    assert gdb.wait_stop().reason == "exited-normally"


def test_leader_exits_first(t):
    gdb = t.gdb(program="leader_exit", hub=t.hub("leader_exit"))
    gdb.breakpoint("leader_is_gone")
    assert gdb.cont().function == "leader_is_gone"
    assert gdb.run_to_stop("finish").function == "worker"
    assert gdb.cont().exit_code == 5
