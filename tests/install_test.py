#!/usr/bin/env python3
"""Whoever has an installed gdbhub can write an engine: installs the build to a folder of its own, builds the example of docs/examples
against it, and runs it beside a real gdb."""
import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "docs" / "examples" / "hit_counter"
MAX_LINES = 100


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))}: {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cmake", required=True)
    parser.add_argument("--build", required=True, help="the folder of a finished build")
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--tracees", required=True)
    options = parser.parse_args()

    lines = (EXAMPLE / "hit_counter.cc").read_text(encoding="utf-8").count("\n")
    assert lines <= MAX_LINES, f"the example has {lines} lines"
    with tempfile.TemporaryDirectory(prefix="gdbhub-install-") as folder:
        prefix, build = Path(folder) / "prefix", Path(folder) / "build"
        run(options.cmake, "--install", options.build, "--prefix", prefix)
        headers = {path.name for path in (ROOT / "include" / "gdbhub").glob("*.h")}
        installed = {path.name for path in (prefix / "include" / "gdbhub").glob("*.h")}
        assert installed == headers, installed ^ headers
        run(options.cmake, "-S", EXAMPLE, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", f"-DCMAKE_PREFIX_PATH={prefix}",
            f"-DCMAKE_CXX_COMPILER={options.compiler}", "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Wshadow -Werror")
        run(options.cmake, "--build", build)
        run(sys.executable, ROOT / "tests" / "e2e" / "run.py", "--hub", build / "hit_counter", "--tracees", options.tracees,
            ROOT / "tests" / "e2e" / "example_hit_counter.py")
    print("installed, built, run")


if __name__ == "__main__":
    main()
