#!/usr/bin/env python3
"""Runs the end-to-end tests: each test_* function of each file, in order, each with a fresh server.

    run.py --hub build/server/gdbhub --tracees build/tests/tracees [-k SUBSTRING] [--repeat N] [test_FILE.py …]
"""
import argparse
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import harness  # noqa: E402
import processes  # noqa: E402
from waiting import DEADLINE, Timeout  # noqa: E402

TEST_LIMIT = int(5 * DEADLINE)  # seconds: several waits in a row may come near their deadline


def arguments():
    root = HERE.parent.parent
    parser = argparse.ArgumentParser(description="gdbhub's end-to-end tests with real gdbs")
    parser.add_argument("files", nargs="*", help="test files (default: all)")
    parser.add_argument("--hub", default=str(root / "build/server/gdbhub"), metavar="PATH",
                        help="the server; with gdbserver only the single-client cases run")
    parser.add_argument("--tracees", default=str(root / "build/tests/tracees"), metavar="DIR", help="built tests/tracees")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="run everything N times")
    parser.add_argument("-k", dest="filter", default="", metavar="SUBSTRING", help="only tests whose file::name contains it")
    parser.add_argument("-v", "--verbose", action="store_true", help="show transcripts of passing tests too")
    parser.add_argument("-x", dest="stop_early", action="store_true", help="stop at the first failure")
    parser.add_argument("--list", action="store_true", help="print the names and leave")
    return parser.parse_args()


def load(files):
    """(file, name, function) in the order of the files and of their lines."""
    paths = [Path(file) if Path(file).exists() else HERE / file for file in files] or sorted(HERE.glob("test_*.py"))
    found = []
    for path in paths:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found += [(path.stem, name, value) for name, value in vars(module).items()
                  if name.startswith("test_") and callable(value)]
    return found


def is_peer(server):
    """True for GNU gdbserver."""
    shown = subprocess.run([server, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    return shown.startswith("GNU gdbserver")


def run_one(test, world, verbose):
    """None, or the text of the failure."""
    problem = None
    signal.alarm(TEST_LIMIT)
    try:
        test(world)
    except Exception:  # pylint: disable=broad-except
        problem = traceback.format_exc()
    finally:
        signal.alarm(0)
    if problem or verbose:
        problem_lines = world.diagnosis()
        if not problem:
            print("\n".join("    " + line for line in problem_lines))
        else:
            problem += "\n".join(problem_lines)
    left = world.close()
    if left:
        problem = (problem or "") + "\nprocesses left behind: " + "; ".join(left)
    return problem


def on_alarm(_number, _frame):
    raise Timeout(f"the test took more than {TEST_LIMIT} s")


def on_terminate(number, _frame):
    """Somebody ends the run: nothing that it started stays."""
    processes.kill_tree(grace=0)
    os._exit(128 + number)


def main():
    options = arguments()
    tests = [entry for entry in load(options.files) if options.filter in f"{entry[0]}::{entry[1]}"]
    if options.list:
        for file, name, test in tests:
            print(f"{file}::{name}" + ("  (hub)" if getattr(test, "needs_hub", False) else ""))
        return 0
    server = shutil.which(options.hub)
    if not server or not os.path.exists(os.path.join(options.tracees, "threads")):
        print(f"run.py: no server at {options.hub}, or no tracees in {options.tracees} (build them first)", file=sys.stderr)
        return 2
    processes.become_subreaper()
    signal.signal(signal.SIGALRM, on_alarm)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, on_terminate)
    peer = is_peer(server)
    passed = failed = skipped = 0
    for round_number in range(options.repeat):
        for file, name, test in tests:
            label = f"{file}::{name}" + (f" [{round_number + 1}/{options.repeat}]" if options.repeat > 1 else "")
            if peer and getattr(test, "needs_hub", False):
                skipped += 1
                if round_number == 0:
                    print(f"SKIP {label} (needs the hub)", flush=True)
                continue
            began = time.monotonic()
            problem = run_one(test, harness.Test(server, options.tracees, peer), options.verbose)
            took = f"{time.monotonic() - began:.2f} s"
            print(f"{'FAIL' if problem else 'PASS'} {label} ({took})", flush=True)
            if problem:
                failed += 1
                print("\n".join("    " + line for line in problem.splitlines()), flush=True)
                if options.stop_early:
                    print(f"{passed} passed, {failed} failed, {skipped} skipped; stopped early")
                    return 1
            else:
                passed += 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
