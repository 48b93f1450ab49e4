"""JSON as Orthanc's parser takes it: with comments, commas before a closing bracket and ``${VARIABLES}``.

No library in good keeping gives the line of each value of such a text, hence this reader; strings are left to Python's
own JSON scanner. Orthanc replaces ``${NAME}`` and ``${NAME:-default}`` in the text of the file, before it is parsed
(Orthanc Book, "Configuration"), so that one may stand where a number does.
"""

from __future__ import annotations

import re
from dataclasses import replace
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]  # typeshed does not list it

from loganalyzer.config.document import Kind, Node

_DEEPEST = 64
_SPACE = re.compile(r"(?:[ \t\r\n\ufeff]+|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_VARIABLE = re.compile(r"\$\{[^}\n]{0,1000}\}")
_NUMBER = re.compile(r"-?\d{1,400}(\.\d{1,400})?([eE][-+]?\d{1,4})?")
_WORDS = {"true": True, "false": False, "null": None}


class JsonError(ValueError):
    """What is wrong in the text, without a word of the text, and the 1-based line."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.what = what
        self.line = line


def parse(text: str, file: str) -> Node:
    """The value that a text holds. Raises :exc:`JsonError`."""
    reader = _Reader(text, file)
    node = reader.value(0)
    reader.skip()
    if reader.at < len(text):
        reader.fail("something follows the closing bracket of the configuration")
    return node


def value_at(text: str, at: int, file: str) -> Node:
    """The value that begins at ``at``, whatever follows it. Raises :exc:`JsonError`."""
    reader = _Reader(text, file)
    reader.at = at
    return reader.value(0)


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self.at = 0
        self._line, self._counted = 1, 0

    def line(self) -> int:
        self._line += self._text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def fail(self, what: str) -> None:
        raise JsonError(what, self.line())

    def skip(self) -> None:
        found = _SPACE.match(self._text, self.at)
        if found is not None:
            self.at = found.end()
        if self._text.startswith("/*", self.at):
            self.fail("a comment is opened and never closed")

    def peek(self) -> str:
        self.skip()
        return self._text[self.at : self.at + 1]

    def value(self, depth: int) -> Node:
        first = self.peek()
        if depth > _DEEPEST:
            self.fail(f"brackets are nested deeper than {_DEEPEST}")
        if first == "{":
            return self._object(depth)
        if first == "[":
            return self._array(depth)
        line = self.line()
        if first == '"':
            text = self._string()
            if _VARIABLE.search(text):
                return Node(Kind.VARIABLE, self._file, line)
            return Node(Kind.STRING, self._file, line, text)
        return self._bare(line)

    def _bare(self, line: int) -> Node:
        variable = _VARIABLE.match(self._text, self.at)
        if variable is not None:
            self.at = variable.end()
            return Node(Kind.VARIABLE, self._file, line)
        for word, value in _WORDS.items():
            if self._text.startswith(word, self.at):
                self.at += len(word)
                return Node(Kind.NULL if value is None else Kind.BOOLEAN, self._file, line, value)
        number = _NUMBER.match(self._text, self.at)
        if number is None:
            self.fail("the file ends too early" if self.at >= len(self._text) else "here a value is expected")
            raise AssertionError
        self.at = number.end()
        if number[1] or number[2]:
            return Node(Kind.NUMBER, self._file, line, float(number[0]))
        return Node(Kind.INTEGER, self._file, line, int(number[0]))

    def _string(self) -> str:
        try:
            text, self.at = scanstring(self._text, self.at + 1, False)
        except JSONDecodeError:
            self.fail("a text in quotes is not closed, or holds a wrong escape")
        return str(text)

    def _object(self, depth: int) -> Node:
        line = self.line()
        self.at += 1
        members: dict[str, Node] = {}
        repeated: list[Node] = []
        while self.peek() != "}":
            if self.peek() != '"':
                self.fail("here the name of an option in quotes is expected, or a closing }")
            named_at = self.line()
            name = self._string()
            if self.peek() != ":":
                self.fail("a colon is missing after the name of an option")
            self.at += 1
            node = replace(self.value(depth + 1), line=named_at, name=name)
            if name in members:
                repeated.append(node)
            members[name] = node
            self._comma("}")
        self.at += 1
        return Node(Kind.OBJECT, self._file, line, members=members, repeated=tuple(repeated))

    def _array(self, depth: int) -> Node:
        line = self.line()
        self.at += 1
        items: list[Node] = []
        while self.peek() != "]":
            items.append(self.value(depth + 1))
            self._comma("]")
        self.at += 1
        return Node(Kind.ARRAY, self._file, line, items=tuple(items))

    def _comma(self, closing: str) -> None:
        following = self.peek()
        if following == ",":
            self.at += 1
        elif following != closing:
            self.fail(f"a comma or a closing {closing} is missing before this line, or on it")
