"""The command line: what gdbserver says and returns is what the hub says and returns, row by row; then what is our own."""
import os
import pty
import re
import shutil
import subprocess

from elf import expect_progress
from harness import eventually, needs_hub

PEER = shutil.which("gdbserver")

# Arguments ({steps}: a program; {dead}: a pid of nobody), exit status, and a pattern of the whole stderr, or of stdout for
# status 0. The same rows are true of gdbserver 13.1.
SAME_AS_GDBSERVER = [
    ("", 1, r"Usage:.*"),
    (":0", 1, r"Usage:.*"),
    ("--multi", 1, r"Usage:.*"),
    ("--attach", 1, r"Usage:.*"),
    ("--attach :0", 1, r"Usage:.*"),
    ("--attach :0 word", 1, r"Usage:.*"),
    ("--attach :0 0", 1, r"Usage:.*"),
    ("--attach :0 12 13", 1, r"Usage:.*"),
    (":0 --attach", 1, r"Usage:.*"),
    ("--attach :0 {dead}", 1, r"Cannot attach to process {dead}: No such process \(3\)\nExiting\n"),
    ("--attach :0 -5", 1, r"Cannot attach to process -5: No such process \(3\)\nExiting\n"),
    (":0 --attach {dead}", 1, r"Cannot attach to process {dead}: No such process \(3\)\nExiting\n"),
    ("--nonsense", 1, r"Unknown argument: --nonsense\n"),
    ("--nonsense --version", 1, r"Unknown argument: --nonsense\n"),
    ("--versio", 1, r"Unknown argument: --versio\n"),
    ("--no-once", 1, r"Unknown argument: --no-once\n"),
    ("--once=1 --version", 1, r"Unknown argument: --once=1\n"),
    ("--help=x", 1, r"Unknown argument: --help=x\n"),
    ("--selftests", 1, r"Unknown argument: --selftests\n"),
    ("--debug-file x", 1, r"Unknown argument: --debug-file\n"),
    ("--debug-format :0 {steps}", 1, r"Unknown argument: --debug-format\n"),
    ("-h", 1, r"Unknown argument: -h\n"),
    ("-- :0 {steps}", 1, r"Unknown argument: --\n"),
    ("--wrapper", 1, r"Usage:.*"),
    ("--wrapper -- :0 {steps}", 1, r"Usage:.*"),
    ("--wrapper env --", 1, r"Usage:.*"),
    ("--wrapper env A=1 :0 {steps}", 1, r"Usage:.*"),
    ("--debug-format=foo :0 {steps}", 1, r'Unknown debug-format argument: "foo"\n'),
    ("--disable-packet=", 1, r"Usage:.*"),
    ("--disable-packet=foo", 1, r'Don\'t know how to disable "foo"\.\n\nDisableable packets:\n.*'),
    ("--disable-packet=vCont,foo --version", 1, r'Don\'t know how to disable "foo"\..*'),
    ("--disable-packet", 0, r"Disableable packets:\n  vCont       \tAll vCont packets\n.*"),
    ("nohost.invalid:0 {steps}", 1, r"nohost.invalid:0: cannot resolve name: .*\nExiting\n"),
    ("localhost:foo {steps}", 1, r"localhost:foo: cannot resolve name: .*\nExiting\n"),
    ("localhost:-1 {steps}", 1, r"localhost:-1: cannot resolve name: .*\nExiting\n"),
    ("[::1:0 {steps}", 1, r"Missing close bracket in hostname '\[::1:0'\nExiting\n"),
    ("localhost:0 /nowhere/program", 1, r".*/nowhere/program.*During startup program exited with code 127\.\nExiting\n"),
    ("localhost:0 /bin", 1, r".*/bin.*During startup program exited with code 126\.\nExiting\n"),
    ("localhost:0 {steps}x", 1, r"(?!.*created; pid).*During startup program exited with code 127\.\nExiting\n"),
    ("--no-startup-with-shell localhost:0 /nowhere/prog", 1, r".*/nowhere/prog.*During startup program exited with code 127\.\nExiting\n"),
    ("--help", 0, r"Usage:.*--attach.*--multi.*--once.*--wrapper WRAPPER.*--debug-format.*--disable-packet.*"),
    ("--version", 0, r".+\n"),
    ("--version --nonsense", 0, r".+\n"),
    ("--once --multi --debug --remote-debug --event-loop-debug --debug-format=all,none,timestamp --version", 0, r".+\n"),
    ("--startup-with-shell --no-startup-with-shell --disable-randomization --no-disable-randomization --version", 0, r".+\n"),
    ("--debug-file=/nowhere/folder/log localhost:0 /nowhere/program", 1,
     r"Cannot open /nowhere/folder/log for writing\. No such file or directory\. Switching to stderr\.\n.*"),
]

# The same of what gdbserver does not have, or does worse.
OUR_OWN = [
    ("--debug=foo :0 {steps}", 1, r'Unknown debug component: "foo"\n'),
    ("--debug=threads,remote,event-loop,all --version", 0, r"gdbhub .*\n"),
    ("--listen", 1, r"Usage:.*--listen: a value is missing\n"),
    ("--listen :0,role=king :0 {steps}", 1, r"--listen: role=king: not role=controller\|observer or join=.*\n"),
    ("--listen - :0 {steps}", 1, r"--listen: - can only be COMM\n"),
    ("--listen localhost: :0 {steps}", 1, r"--listen: Missing port on hostname 'localhost:'\n"),
    ("--on-last-drop party :0 {steps}", 1, r"--on-last-drop: party is none of .*\n"),
    ("--log-level loud :0 {steps}", 1, r"--log-level: loud is none of .*\n"),
    ("localhost: {steps}", 1, r"Missing port on hostname 'localhost:'\nExiting\n"),
    ("localhost:65536 {steps}", 1, r"localhost:65536: cannot resolve name: .*\nExiting\n"),
    ("tcp4:[::1]:0 {steps}", 1, r"tcp4:\[::1\]:0: cannot resolve name: .*\nExiting\n"),
    ("udp:localhost:0 {steps}", 1, r"udp:localhost:0: UDP is not supported\nExiting\n"),
    ("/nowhere/prog/tty {steps}", 1, r"Could not open remote device: No such file or directory\.\nExiting\n"),
    ("/dev/null {steps}", 1, r"Could not open remote device: .*\nExiting\n"),
    ("unix: {steps}", 1, r"unix:: a path is missing after unix:\nExiting\n"),
]


def dead_pid():
    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid


def expect_row(t, server, row):
    line, status, pattern = row
    fill = {"steps": str(t.program("steps")), "dead": str(dead_pid())}
    for name, value in fill.items():
        line, pattern = line.replace("{" + name + "}", value), pattern.replace("{" + name + "}", value)
    shown = subprocess.run([server, *line.split()], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    text = shown.stderr if status else shown.stdout
    assert shown.returncode == status and re.fullmatch(pattern, text, re.DOTALL), (server, line, shown, pattern)


def test_says_and_returns_what_gdbserver_does(t):
    for row in SAME_AS_GDBSERVER:
        for server in {t.server, PEER or t.server}:
            expect_row(t, server, row)


@needs_hub
def test_errors_of_options_of_our_own(t):
    for row in OUR_OWN:
        expect_row(t, t.server, row)


@needs_hub
def test_selftests_pass_and_can_be_chosen(t):
    everything = subprocess.run([t.server, "--selftest"], capture_output=True, text=True, timeout=60, check=False)
    assert everything.returncode == 0, everything
    count = int(re.search(r"^Ran (\d+) unit tests, 0 failed$", everything.stdout, re.MULTILINE)[1])
    assert count == everything.stdout.count("Running selftest ") >= 10
    some = subprocess.run([t.server, "--selftest=rsp"], capture_output=True, text=True, timeout=60, check=False)
    assert 0 < some.stdout.count("Running selftest rsp") == some.stdout.count("Running selftest ") < count, some


@needs_hub
def test_addresses_in_every_form(t):
    for address, clients in ((":0", ("localhost", "127.0.0.1", "[::1]")), ("localhost:0", ("127.0.0.1", "[::1]")),
                             ("127.0.0.1:0", ("127.0.0.1",)), ("[::1]:0", ("[::1]",)), ("::1:0", ("[::1]",)),
                             ("tcp:localhost:0", ("127.0.0.1", "[::1]")), ("tcp4:localhost:0", ("127.0.0.1",)),
                             ("tcp6:localhost:0", ("[::1]",)), ("tcp6:[::1]:0", ("[::1]",)), ("0.0.0.0:0", ("127.0.0.1",))):
        hub = t.hub("steps", address=address)
        for host in clients:
            with_port = f"{host.strip('[]')}:{hub.port}"
            assert t.raw(with_port, non_stop=True).ask("qC").startswith("QC"), (address, host)
        hub.stop()


def test_a_port_that_is_given_is_taken(t):
    port, listener = t.free_port()
    listener.close()
    hub = t.hub("steps", address=f"localhost:{port}")
    assert hub.port == port
    assert t.gdb(program="steps", hub=hub).cont().exit_code == 23


@needs_hub
def test_listeners_have_a_role_and_a_join_policy_each_A38_A41(t):
    path = f"{t.folder}/watch.sock"
    hub = t.hub("loop", options=["--listen", f"unix:{path},role=observer", "--listen", "localhost:0,join=refuse"])
    hub.wait_error(f"Listening on socket {path}")

    def ports_if_both():
        found = [int(line.split()[-1]) for line in hub.err.items if "on port" in line]
        return found if len(found) == 2 else None

    ports = eventually(ports_if_both, "two ports")
    owner = t.gdb(program="loop")
    owner.remote(f"localhost:{ports[0]}")
    owner.resume()
    hub.wait_output("ready")
    observer = t.raw(path)
    assert observer.ask("?").startswith("T")
    assert observer.ask("M0,1:00").startswith("E")
    expect_progress(hub.tracee, "counter")  # it does not hold
    try:
        refused = t.raw(f"localhost:{ports[1]}").ask("?")
        assert refused.startswith(("E", "W")), refused
    except EOFError:
        pass
    expect_progress(hub.tracee, "counter")


@needs_hub
def test_a_tty_device_as_COMM(t):
    master, slave = pty.openpty()
    hub = t.hub("steps", address=os.ttyname(slave))
    hub.wait_error("Remote debugging using " + os.ttyname(slave))
    os.close(slave)
    os.write(master, b"$qC#b4")
    answer = b""
    while not re.fullmatch(rb"\+\$QC[p0-9a-f.]+#..", answer):
        answer += os.read(master, 100)
    os.write(master, b"+$k#6b")
    assert hub.wait_exit() == 0
    os.close(master)


@needs_hub
def test_another_debugger_finds_the_tty_open_again(t):
    master, slave = pty.openpty()
    hub = t.hub(options=["--multi"], address=os.ttyname(slave))
    line = "Remote debugging using " + os.ttyname(slave)
    hub.wait_error(line)
    for times in (1, 2):
        os.write(master, b"$!#21$D;1#b0$qC#b4")
        answer = b""
        while answer.count(b"#") < 3:
            answer += os.read(master, 100)
        assert answer.startswith(b"+$OK#9a"), answer
        if times == 1:  # a hang-up of the line: nothing else than the end of the descriptors tells
            os.close(slave)
            os.close(master)
            hub.wait_error("Remote side has terminated connection")
            break
    hub.signal(15)
    assert hub.wait_exit() == 143


@needs_hub
def test_options_of_starting_reach_programs_of_vrun_as_well(t):
    hub = t.hub(options=["--multi", "--wrapper", "env", "GDBHUB_TEST=wrapped", "--", "--no-startup-with-shell",
                         "--no-disable-randomization"])
    gdb = t.gdb(program="args_env")
    gdb.remote(hub.target, extended=True, stops=False)
    gdb.cmd(f"set remote exec-file {t.program('args_env')}")
    gdb.cmd("set startup-with-shell off")
    gdb.cmd("set args $HOME *")
    gdb.run_to_stop("run")
    hub.wait_output("env GDBHUB_TEST=wrapped")
    hub.wait_output("argv[1]=$HOME")


def test_wrapper_and_shell_together_expand_and_exec(t):
    for shell, shown in (("--startup-with-shell", "argv[1]=a b"), ("--no-startup-with-shell", "argv[1]=a b")):
        hub = t.hub("args_env", "a b", options=["--once", shell, "--wrapper", "env", "-i", "GDBHUB_TEST=x y", "--"])
        gdb = t.gdb(program="args_env", hub=hub)
        gdb.breakpoint("main")
        assert gdb.cont().function == "main"
        gdb.cont()
        hub.wait_output(shown)
        hub.wait_output("env GDBHUB_TEST=x y")


def personality(pid):
    with open(f"/proc/{pid}/personality", encoding="ascii") as file:
        return int(file.read(), 16)


def test_randomization_is_off_unless_asked_for(t):
    for option, off in (("--disable-randomization", True), ("--no-disable-randomization", False)):
        hub = t.hub("loop", options=[option])
        assert hub.port
        assert bool(personality(hub.tracee) & 0x0040000) == off, option
        hub.stop()
