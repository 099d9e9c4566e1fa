#!/usr/bin/env python3
"""The architecture's rules that a compiler does not check: who may include whom, where ptrace lives, how long a file may be."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAX_LINES = 500

# A folder and the folders that it may include besides itself. Longer names come first.
MAY_INCLUDE = {
    "engines/core": ["include"],
    "engines/gdb": ["include", "engines/core", "rsp", "expr"],
    "engines/log": ["include", "engines/core", "engines/dash", "expr"],
    "engines/crash": ["include"],
    "engines/syscalls": ["include"],
    "engines/dash": ["include", "expr"],
    "include": [],
    "expr": ["include"],
    "rsp": ["include", "expr"],
    "arch": ["include"],
    "server": ["include", "engines/core", "engines/dash", "engines/gdb", "engines/log", "engines/crash", "engines/syscalls", "expr",
               "rsp", "arch"],
}

# Headers of libraries, and the only places (files or folders) that may know them.
LIBRARIES = {
    "boost/asio": ["server/"],
    "CLI/": ["server/log_options.cc", "server/dashboard_options.cc"],
    "boost/beast": ["server/beast_impl.cc", "server/http_session.cc", "server/web_sessions.h", "server/websocket_session.cc"],
    "nlohmann/": ["server/", "engines/dash/", "engines/log/"],
    "spdlog/": ["server/"],
    "capstone/": ["arch/"],
    "Zydis/": ["arch/"],
    "elf/": ["arch/"],
    "elfutils/": ["arch/"],
    "sys/ptrace.h": ["arch/", "include/gdbhub/wait_status.h"],  # the latter for PTRACE_EVENT_…
}

# Calls, and the only files that may make them.
CALLS = {
    "ptrace": ["arch/ptrace_call.h", "arch/spawn.cc"],
    "waitpid": ["arch/linux_kernel.cc", "arch/spawn.cc"],
    "wait4": ["arch/linux_kernel.cc", "arch/spawn.cc"],
    "waitid": ["arch/linux_kernel.cc", "arch/spawn.cc"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)
NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|R"\((?:.|\n)*?\)"|"(?:\\.|[^"\\\n])*"', re.DOTALL)


def folder_of(path):
    """The layer that a path (from the root, as in an include) belongs to, or None."""
    if path.startswith("gdbhub/"):
        return "include"
    return next((folder for folder in MAY_INCLUDE if path.startswith(folder + "/")), None)


def allowed(path, places):
    return any(path == place or (place.endswith("/") and path.startswith(place)) for place in places)


def problems(path, text):
    """What is wrong with one file, as sentences."""
    lines = text.count("\n")
    if lines > MAX_LINES:
        yield f"{path}: {lines} lines, more than {MAX_LINES}"
    layer = folder_of(path)
    if layer is None:
        return  # tests and benchmarks may include anything
    if path.endswith(".h") and "#pragma once" not in text:
        yield f"{path}: no #pragma once"
    for quote, header in INCLUDE.findall(text):
        target = folder_of(header)
        if quote == '"' and target is None:
            yield f'{path}: includes "{header}", which is no path from the root into a layer'
        elif target not in (None, layer) and target not in MAY_INCLUDE[layer]:
            yield f"{path}: {layer} must not include {target} ({header})"
        for library, places in LIBRARIES.items():
            if header.startswith(library) and not allowed(path, places):
                yield f"{path}: {header} belongs in {', '.join(places)}"
    code = NOT_CODE.sub("", text)
    for call, places in CALLS.items():
        if re.search(rf"(?<![\w.>]){call}\s*\(", code) and not allowed(path, places):
            yield f"{path}: calls {call}, which belongs in {', '.join(places)}"


def check_the_checker():
    """The rules can fail: each of these files breaks exactly one."""
    broken = {
        "rsp/a.cc": '#include "arch/spawn.h"\n',
        "arch/a.cc": '#include "rsp/hex.h"\n',
        "engines/core/a.cc": '#include "rsp/hex.h"\n',
        "engines/core/b.cc": '#include "server/app.h"\n',
        "include/gdbhub/a.h": '#pragma once\n#include "rsp/hex.h"\n',
        "server/a.h": "class A;\n",
        "server/a.cc": '#include "app.h"\n',
        "server/b.cc": "int f() { return ::ptrace(0); }\n",
        "server/c.cc": "#include <CLI/CLI.hpp>\n",
        "server/d.cc": '#include "tests/support/fake.h"\n',
        "tests/a.cc": "\n" * (MAX_LINES + 1),
    }
    fine = {
        "server/a.cc": '#include "rsp/hex.h"\n#include "gdbhub/ids.h"\n// ptrace(2)\nauto s = "ptrace(";\n',
        "engines/gdb/a.cc": '#include "engines/core/hub.h"\n#include "engines/gdb/a.h"\n',
        "arch/spawn.cc": "#include <sys/ptrace.h>\nlong f() { return ::ptrace(0); }\n",
        "tests/unit/a.cc": '#include "arch/spawn.h"\nint f() { return waitpid(0, 0, 0); }\n',
    }
    for path, text in broken.items():
        assert len(list(problems(path, text))) == 1, f"{path}: {list(problems(path, text))}"
    for path, text in fine.items():
        assert not list(problems(path, text)), f"{path}: {list(problems(path, text))}"


def sources():
    for folder in sorted({folder.split("/")[0] for folder in MAY_INCLUDE} | {"tests", "benchmarks"}):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".h", ".cc", ".inc", ".c", ".py") and path.is_file():
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def main():
    check_the_checker()
    found, files = [], 0
    for path, text in sources():
        files += 1
        found += problems(path, text)
    for problem in found:
        print(problem)
    print(f"{files} files, {len(found)} problems")
    return 1 if found or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
