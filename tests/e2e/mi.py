"""Parser of GDB/MI output: https://sourceware.org/gdb/current/onlinedocs/gdb/GDB_002fMI-Output-Syntax.html"""
import re
from dataclasses import dataclass, field

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b"}
_HEAD = re.compile(r"(\d*)([\^*+=])([\w-]+)")


@dataclass
class Record:
    """One line: type is one of ^ * + = (a record), ~ @ & (a stream, its text in `text`)."""
    type: str
    name: str = ""
    token: str = ""
    values: dict = field(default_factory=dict)
    text: str = ""


def parse(line):
    """The Record of one line, None for the prompt and for what is not MI (the tracee's own output)."""
    if line[:1] in "~@&" and line[1:2] == '"':
        return Record(line[0], text=_Parser(line, 1).string())
    head = _HEAD.match(line)
    if not head:
        return None
    record = Record(head[2], head[3], head[1])
    parser = _Parser(line, head.end())
    while parser.skip(","):
        name, value = parser.result()
        record.values[name] = value
    return record


class _Parser:
    def __init__(self, line, position):
        self.line = line
        self.position = position

    def peek(self):
        return self.line[self.position:self.position + 1]

    def skip(self, character):
        if self.peek() != character:
            return False
        self.position += 1
        return True

    def string(self):
        self.position += 1
        out = bytearray()
        while not self.skip('"'):
            character = self.peek()
            if not character:
                raise ValueError(f"string without end: {self.line}")
            self.position += 1
            if character != "\\":
                out += character.encode()
            elif octal := re.compile(r"[0-7]{1,3}").match(self.line, self.position):
                out.append(int(octal[0], 8) & 255)
                self.position = octal.end()
            else:
                out += _ESCAPES.get(self.peek(), self.peek()).encode()
                self.position += 1
        return out.decode(errors="replace")

    def result(self):
        equals = self.line.index("=", self.position)
        name = self.line[self.position:equals]
        self.position = equals + 1
        return name, self.value()

    def value(self):
        if self.peek() == '"':
            return self.string()
        if self.skip("{"):
            fields = {}
            while not self.skip("}"):
                name, value = self.result()
                fields[name] = value
                self.skip(",")
            return fields
        if self.skip("["):
            items = []
            while not self.skip("]"):
                items.append(self.value() if self.peek() in '"{[' else self.result()[1])
                self.skip(",")
            return items
        raise ValueError(f"no MI value at {self.position}: {self.line}")
