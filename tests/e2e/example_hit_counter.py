"""docs/examples/hit_counter beside a gdb; run by tests/install_test.py, since the server is the example's."""
import re
import subprocess

from elf import address_of
from harness import needs_hub


@needs_hub
def test_counts_beside_a_gdb_with_a_breakpoint_at_the_same_place_A31_A32(t):
    process = t.start("threads", 1)
    at = address_of(process.pid, "worker_a")
    hub = t.attached(process, "--engine", f"count:at={at:#x},every=10")
    gdb = t.gdb("A", program="threads", hub=hub)
    log = t.log(hub)
    gdb.breakpoint(f"*{at:#x}")
    for _ in range(10):
        assert gdb.cont().function == "worker_a"
    log.wait_for("count", pid=process.pid, text="10 hits")
    assert "20 hits" not in gdb.cmd("monitor log 50")
    gdb.cmd("delete")
    gdb.resume()
    log.wait_for("count", pid=process.pid, text="100 hits")  # it needs nobody
    gdb.interrupt_to_stop()
    gdb.cmd("kill")
    log.wait_for("count", pid=process.pid, text=lambda text: text.endswith(" hits") and int(text.split()[0]) >= 100)


@needs_hub
def test_help_lists_the_engine_and_a_missing_address_is_refused(t):
    done = subprocess.run([t.server, "--engine", "help"], capture_output=True, text=True, timeout=60, check=True)
    assert re.search(r"^count: Counts how often", done.stdout, re.MULTILINE) and "\ncrash: " in done.stdout, done
    done = subprocess.run([t.server, "--engine", "count", "localhost:0", "/bin/true"], capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 1 and "at=ADDRESS is needed" in done.stderr, done
