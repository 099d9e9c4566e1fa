"""The server as a program: command line, messages, exit codes, transports, errors."""
import os
import re
import socket
import subprocess

from harness import eventually, is_alive, needs_hub, tracer


def test_messages_that_front_ends_wait_for(t):
    hub = t.hub("steps")
    gdb = t.gdb(program="steps", hub=hub)
    lines = hub.err.items
    assert lines[0] == f"Process {t.program('steps')} created; pid = {hub.tracee}", lines
    assert lines[1] == f"Listening on port {hub.port}", lines
    hub.wait_error("Remote debugging from host ")
    gdb.cmd("kill")
    assert hub.wait_exit() == 0


def test_target_remote_ends_the_server_when_the_program_ends(t):
    hub = t.hub("steps")
    assert t.gdb(program="steps", hub=hub).cont().exit_code == 23
    hub.wait_error("Child exited with status 23")
    assert hub.wait_exit() == 0


def test_once_ends_the_server_when_the_connection_closes(t):
    hub = t.hub(options=["--once", "--multi"])
    gdb = t.gdb()
    gdb.remote(hub.target, extended=True, stops=False)
    gdb.cmd("disconnect")
    assert hub.wait_exit() == 0


def test_multi_survives_exit_kill_and_disconnect(t):
    hub = t.multi()
    for _ in range(3):
        gdb = t.gdb(program="steps")
        gdb.remote(hub.target, extended=True, stops=False)
        gdb.cmd(f"set remote exec-file {t.program('steps')}")
        assert gdb.run_to_stop("run").exit_code == 23
        gdb.quit()
    assert hub.popen.poll() is None
    gdb = t.gdb()
    gdb.remote(hub.target, extended=True, stops=False)
    gdb.cmd("monitor exit")
    assert hub.wait_exit() == 0


def test_stdio_transport(t):
    gdb = t.gdb(program="steps")
    gdb.remote(f"| {t.server} - {t.program('steps')} 2>{t.folder}/messages")
    gdb.breakpoint("square")
    assert gdb.cont().function == "square"
    gdb.cmd("delete")
    assert gdb.cont().exit_code == 23
    messages = (t.folder / "messages").read_text()
    assert re.match(r"(?s)stdin/stdout redirected\nProcess .* created; pid = \d+\nRemote debugging using stdio\n.*steps: 9 14 11\n", messages), messages


@needs_hub
def test_unix_socket_is_private_and_usable(t):
    path = f"{t.folder}/hub.sock"
    hub = t.hub("steps", address=f"unix:{path}")
    eventually(lambda: os.path.exists(path), "the socket")
    assert os.stat(path).st_mode & 0o777 == 0o600
    gdb = t.gdb(program="steps")
    gdb.remote(path)
    gdb.breakpoint("square")
    assert gdb.cont().function == "square"
    gdb.cmd("delete")
    assert gdb.cont().exit_code == 23
    assert hub.wait_exit() == 0


@needs_hub
def test_listens_on_the_loopback_only_unless_told(t):
    hub = t.hub("loop", address=":0")
    assert hub.port
    with open("/proc/net/tcp", encoding="utf-8") as file:
        listening = [line.split()[1] for line in file if line.split()[3] == "0A"]
    mine = [address for address in listening if int(address.split(":")[1], 16) == hub.port]
    assert mine and all(address.startswith("0100007F") for address in mine), mine


def test_a_program_that_does_not_exist(t):
    hub = t.hub("/no/such/program")
    assert hub.wait_exit() == 1
    hub.wait_error("Exiting")  # the last line has been read
    text = "\n".join(hub.err.items)
    assert "/no/such/program" in text and "exited with code 127" in text and "Exiting" in text, text


def test_a_pid_that_does_not_exist(t):
    victim = subprocess.Popen(["true"])
    victim.wait()
    dead = subprocess.run([t.server, "--attach", "localhost:0", str(victim.pid)], capture_output=True, text=True,
                          timeout=60, check=False)
    assert dead.returncode == 1
    assert "No such process" in dead.stderr and str(victim.pid) in dead.stderr and "Exiting" in dead.stderr, dead.stderr


def test_a_port_in_use(t):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        hub = t.hub("steps", address=f"127.0.0.1:{port}")
        assert hub.wait_exit() == 1
        hub.wait_error("Can't bind address: Address already in use")


def test_no_arguments_is_a_usage_error(t):
    shown = subprocess.run([t.server], capture_output=True, text=True, timeout=60, check=False)
    assert shown.returncode == 1 and "Usage" in shown.stderr + shown.stdout, shown


def test_version_and_help_exit_zero(t):
    for option in ("--version", "--help"):
        shown = subprocess.run([t.server, option], capture_output=True, text=True, timeout=60, check=False)
        assert shown.returncode == 0 and shown.stdout, shown
    assert "--multi" in shown.stdout and "--attach" in shown.stdout


@needs_hub
def test_a_process_traced_by_strace_names_the_tracer_A44(t):
    process = t.start("loop", "block")
    strace = subprocess.Popen(["strace", "-qq", "-o", "/dev/null", "-p", str(process.pid)], stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: tracer(process.pid) == strace.pid, "strace tracing it")
        refused = subprocess.run([t.server, "--attach", "localhost:0", str(process.pid)], capture_output=True, text=True,
                                 timeout=60, check=False)
        assert refused.returncode == 1
        assert "strace" in refused.stderr and str(strace.pid) in refused.stderr, refused.stderr
    finally:
        strace.terminate()
        strace.wait()


def test_wrapper_starts_the_program(t):
    hub = t.hub("args_env", options=["--wrapper", "env", "GDBHUB_TEST=wrapped", "--"])
    gdb = t.gdb(program="args_env", hub=hub)
    gdb.breakpoint("main")
    assert gdb.cont().function == "main"
    gdb.cont()
    hub.wait_output("env GDBHUB_TEST=wrapped")


def test_monitor_help_and_unknown_command(t):
    gdb = t.gdb(program="loop", hub=t.hub("loop"))
    assert "Quit GDBserver" in gdb.cmd("monitor help")
    start = len(gdb.records)
    gdb.fails("monitor nonsense")
    gdb.wait_text("Unknown monitor command", start)


def test_the_program_dies_with_the_server(t):
    hub = t.hub("loop")
    pid = hub.tracee
    assert hub.port
    hub.kill()
    eventually(lambda: not is_alive(pid), "the tracee's death")
