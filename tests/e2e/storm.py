"""A storm: engines of all kinds that attach, detach, fork, exec, kill and interrupt, all at the same time (A4, A10, A22, A26, A27)."""
import contextlib
import os
import random
import re
import time

from elf import address_of
from processes import Process, descendants, status
from raw_client import RawClient
from soak import FUNCTIONS, Soak
from waiting import eventually

FOLLOWING = RawClient.FEATURES + ";fork-events+;vfork-events+;exec-events+"


class Storm(Soak):
    """As Soak, with programs that do not live long. Each life checks its own stops: none is lost, and none comes twice."""

    KEPT_DESCRIPTORS = 4  # the memory of the processes that were killed last (Machine::bereaved_): orphans may have their traps

    def __init__(self, server, tracees, processes, seed, *lifetime):
        super().__init__(server, tracees, processes, seed, *lifetime)
        self.tracees = tracees
        self.lives = (self.raw_life, self.gdb_life, self.log_life, self.interrupting_life, self.forking_life, self.execing_life,
                      self.dying_life, self.raw_life)

    @contextlib.contextmanager
    def client(self, features=RawClient.FEATURES):
        client = RawClient(self.hub.target, "storm")
        try:
            client.handshake(features)
            client.expect("!", "OK")
            yield client
        finally:
            client.close()

    def launch(self, client, program, *words):
        """vRun; the pid."""
        argv = [os.path.join(self.tracees, program), *map(str, words)]
        stop = client.ask("vRun;" + ";".join(word.encode().hex() for word in argv))
        return int(re.fullmatch(r"T05.*thread:p([0-9a-f]+)\..*", stop)[1], 16)

    @staticmethod
    def resumed(client, packet):
        """The stop after a resume."""
        client.send(packet)
        return client.wait_stop()

    # -- lives ------------------------------------------------------------------------------------------------
    def interrupting_life(self, rng):
        """^C again and again: each is one stop, and no stop comes without one."""
        process = rng.choice(self.programs)
        with self.client() as client:
            client.expect(f"vAttach;{process.pid:x}", "T.*")
            for _ in range(rng.randrange(5, 30)):
                client.send("vCont;c")
                time.sleep(rng.choice((0, 0, 0.001, 0.01)))
                client.interrupt()
                stop = client.wait_stop()
                assert stop.startswith("T02"), stop
                client.expect("qC", "QCp.*")  # and nothing else is on its way
                self.count("^C")
            client.expect(f"D;{process.pid:x}", "OK")

    def forking_life(self, rng):
        """Follows each child to its report, and lets it go or holds it for a while; a trap in one would kill it, and the program says so."""
        with self.client(FOLLOWING) as client:
            rounds = rng.randrange(2, 20)
            client.expect("QPassSignals:14", "OK")  # SIGCHLD
            pid = self.launch(client, "fork", rounds)
            try:
                at = address_of(pid, "child_work")  # only children come here
                client.expect(f"Z0,{at:x},1", "OK")
                forks = 0
                while (stop := self.resumed(client, "vCont;c")).startswith("T"):
                    child = re.search(r"fork:p([0-9a-f]+)\.", stop)
                    assert child, stop
                    forks += 1
                    client.expect(f"D;{child[1]}", "OK")
                assert forks == rounds, f"{forks} of {rounds} forks"
                assert re.fullmatch("W00.*", stop), stop
                self.count("fork")
            finally:
                self.kill_off(pid)

    def execing_life(self, rng):
        with self.client(FOLLOWING) as client:
            pid = self.launch(client, "exec_thread")
            try:
                stop = self.resumed(client, "vCont;c")
                assert "exec:" in stop, stop
                at = address_of(pid, "second_image")
                client.expect(f"Z0,{at:x},1", "OK")
                stop = self.resumed(client, "vCont;c")
                assert stop.startswith("T05") and "swbreak:" in stop, stop
                client.expect(f"z0,{at:x},1", "OK")
                stop = self.resumed(client, "vCont;c")
                assert re.fullmatch("W04.*", stop), stop
                self.count("exec")
            finally:
                self.kill_off(pid)

    def dying_life(self, rng):
        """kill -9 at any moment: whoever holds what, the end is told (A27)."""
        program = Process([self.program, 2])
        program.wait_output("ready")
        try:
            with self.client() as client:
                client.expect(f"vAttach;{program.pid:x}", "T.*")
                at = address_of(program.pid, rng.choice(FUNCTIONS[:2]))
                client.expect(f"Z0,{at:x},1", "OK")
                for _ in range(rng.randrange(6)):
                    stop = self.resumed(client, "vCont;c")
                    assert stop.startswith("T05") and "swbreak:" in stop, stop
                    client.step_over(at, stop)
                client.send("vCont;c")
                time.sleep(rng.choice((0, 0.001, 0.005)))
                os.kill(program.pid, 9)
                stop = client.wait_stop()
                # A hit that came before; its thread may be dead by now, then another one stands for it, without a signal.
                if re.match("T05swbreak|T00", stop):
                    client.expect(f"z0,{at:x},1", "OK|E01")
                    stop = self.resumed(client, "vCont;c")
                assert re.fullmatch("X09.*", stop), stop
                self.count("kill -9")
        finally:
            program.kill()

    @staticmethod
    def kill_off(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)

    # -- the whole ----------------------------------------------------------------------------------------------
    def live(self, number):
        rng = random.Random(self.random.random())
        life = self.lives[number % len(self.lives)]
        while time.monotonic() < self.end and len(self.failures) < 10:
            try:
                life(rng)
            except (AssertionError, OSError, EOFError, TypeError) as error:
                self.fail(life.__name__, error)

    def run(self, clients, seconds):
        failures = super().run(clients, seconds)
        with self.checking("children of the hub"):
            eventually(lambda: not self.children_left(), "no zombie and no child of the hub's", 30)
        return failures

    def children_left(self):
        """What the hub has launched is dead and collected."""
        if self.hub.popen.poll() is not None:
            return []
        with open(f"/proc/{self.hub.pid}/task/{self.hub.pid}/children", encoding="ascii") as file:
            return [(int(pid), status(int(pid), "State")) for pid in file.read().split()] + descendants(self.hub.pid)
