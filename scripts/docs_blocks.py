"""What the generators of the documentation share: tables of the C++ code as lists, and blocks of a page that a script owns.

A block is what stands between `<!-- begin NAME … -->` and `<!-- end NAME -->`, each on a line of its own.
"""
import argparse
import difflib
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|[{}\[\],;=]|[^\s{}\[\],;="\'/]+|/', re.DOTALL)


def array(text, name):
    """The initializer of `name[] = {…}` in C++ text: strings as str, nested braces as lists, anything else as Code."""
    found = re.search(rf"\b{name}\[\]\s*=\s*\{{", text)
    if not found:
        raise ValueError(f"no array {name}[]")
    tokens = iter([t for t in _TOKEN.findall(text[found.end():]) if not t.startswith(("//", "/*"))])
    return _rows(tokens)


class Code(str):
    """Something that is no string literal: a name, a number."""


def _rows(tokens):
    items, current = [], None
    for token in tokens:
        if token == "{":
            current = _rows(tokens)
        elif token in (",", "}"):
            if current is not None:
                items.append(current)
            current = None
            if token == "}":
                return items
        elif token.startswith('"'):
            piece = token[1:-1].replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\")
            current = piece if current is None else current + piece  # adjacent literals are one
        else:
            current = Code(token if current is None else current + token)
    raise ValueError("the array has no end")


def cell(text):
    """Text inside a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def code(text):
    return f"`{cell(text)}`" if text else ""


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def _block(name):
    return re.compile(rf"(<!-- begin {name}\b[^\n]*-->\n)(.*?)(<!-- end {name} -->)", re.DOTALL)


def inside(page, name):
    found = _block(name).search(page)
    if not found:
        raise ValueError(f"no block {name}")
    return found.group(2)


def replaced(page, name, text):
    inside(page, name)
    return _block(name).sub(lambda found: found.group(1) + text.strip("\n") + "\n" + found.group(3), page)


def run(description, path, generate):
    """A generator's main: rewrites the page at `path` as generate(page), or with --check says how it would differ."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if the page is out of date")
    options = parser.parse_args()
    page = (ROOT / path).read_text(encoding="utf-8")
    new = generate(page)
    if page == new:
        return 0
    if not options.check:
        (ROOT / path).write_text(new, encoding="utf-8")
        return 0
    sys.stdout.writelines(difflib.unified_diff(page.splitlines(True), new.splitlines(True), path, path + " (generated)", n=0))
    print(f"{path} is out of date: {Path(sys.argv[0]).name} makes it anew")
    return 1
