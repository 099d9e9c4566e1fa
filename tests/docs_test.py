#!/usr/bin/env python3
"""What the documentation says about the code, as far as a program can check it: the generated tables are current, every clause
has its row, and files, functions, types and linked pages that the pages name exist."""
import re
import runpy
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "scripts"
sys.path.insert(0, str(SCRIPTS))
sys.dont_write_bytecode = True

import docs_blocks  # noqa: E402

FOLDERS = ("include", "expr", "rsp", "arch", "engines", "server", "tests", "scripts", "benchmarks", "docs")
CLAUSES = 52

SPAN = re.compile(r"`([^`\n]+)`")
PATH = re.compile(rf"(?:{'|'.join(FOLDERS)})/[a-z0-9_./-]*")  # no patterns, and no placeholders in capitals
NAME = re.compile(r"(?:\w+::)+~?\w+(?:\(\))?")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def code_words():
    words = set()
    for folder in ("include", "expr", "rsp", "arch", "engines", "server", "tests"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".h", ".cc", ".py"):
                words.update(re.findall(r"\w+", path.read_text(encoding="utf-8")))
                words.add(path.stem)  # test_foo::test_bar
    return words


def problems(name, page, words):
    """What is wrong with one page, as sentences."""
    for span in SPAN.findall(page):
        if PATH.fullmatch(span) and not (ROOT / span).exists():
            yield f"{name}: there is no {span}"
        if NAME.fullmatch(span):
            for word in re.findall(r"\w+", span):
                if word not in words:
                    yield f"{name}: nothing in the code is called {word} ({span})"
    for target in LINK.findall(page):
        if not (ROOT / name).parent.joinpath(target).exists():
            yield f"{name}: the link to {target} is broken"


def clause_problems(block):
    rows = [int(n) for n in re.findall(r"^\| A(\d+) \|", block, re.MULTILINE)]
    if rows != list(range(1, CLAUSES + 1)):
        yield f"docs/arbitration.md: the rows are not A1 to A{CLAUSES}, each once: {rows}"
    for number in re.findall(r"^\| A(\d+) \|.*\| none yet \|$", block, re.MULTILINE):
        yield f"docs/arbitration.md: no test names A{number}"


def generator_problems():
    for script in ("generate-protocol-docs", "generate-clause-table"):
        done = subprocess.run([sys.executable, str(SCRIPTS / script), "--check"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            yield f"scripts/{script} --check: {done.stdout[:2000]}\n{done.stderr[-1000:]}"


def check_the_checkers():
    """Each of them can fail."""
    words = {"gdb", "find_packet"}
    fine = "`arch/` `engines/gdb/*_packets.cc` `gdb::find_packet` `find_packet(x)` [a](arbitration.md#x) [b](https://x.y)"
    assert not list(problems("docs/a.md", fine, words)), list(problems("docs/a.md", fine, words))
    for broken in ("`arch/nothing.cc`", "`tests/nothing/`", "`gdb::lose_packet`", "[a](nothing.md)"):
        assert len(list(problems("docs/a.md", broken, words))) == 1, broken
    assert list(clause_problems("| A1 | x | y |\n| A3 | x | y |\n"))
    all_rows = [f"| A{n} | x | {'none yet' if n == 7 else 'y'} |" for n in range(1, CLAUSES + 1)]
    assert list(clause_problems("\n".join(all_rows))) == ["docs/arbitration.md: no test names A7"]

    source = 'constexpr Entry table[] = {\n  {"m", read, false, "a;"\n   "b"},  // {"no"}\n  {"g", all, true, ""},\n};\nint x[] = {1};'
    assert docs_blocks.array(source, "table") == [["m", "read", "false", "a;b"], ["g", "all", "true", ""]]

    clauses = runpy.run_path(str(SCRIPTS / "generate-clause-table"))
    page = ("<!-- begin clauses -->\n| A1 | one | old |\n| A2 | two | old |\n<!-- end clauses -->\n"
            "<!-- begin untested -->\n<!-- end untested -->\n")
    new = clauses["generate"](page, [("S.A1_Foo", "A1_Foo"), ("x::test_y_A1", "test_y_A1"), ("S.SHA2", "SHA2")])
    assert "| A1 | one | `S.A1_Foo`<br>`x::test_y_A1` |" in new and "| A2 | two | none yet |" in new and "1 clause: A2." in new, new
    try:
        clauses["generate"](page, [("S.A3_Foo", "A3_Foo")])
        raise AssertionError("a clause that there is not was accepted")
    except ValueError:
        pass


def main():
    check_the_checkers()
    words = code_words()
    pages = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
             for path in [*sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("*.md"))]}
    found = list(generator_problems()) + list(clause_problems(docs_blocks.inside(pages["docs/arbitration.md"], "clauses")))
    for name, page in pages.items():
        found += problems(name, page, words)
    for problem in found:
        print(problem)
    print(f"{len(pages)} pages, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
