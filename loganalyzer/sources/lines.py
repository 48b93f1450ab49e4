"""Cuts raw bytes into blocks of whole lines, at the speed of the C library: no Python work per line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from loganalyzer.sources.block import Block, Problem, ReadState

# Greedy, with the line feed optional: so each run is looked at once, however long it is.
_RETURNS = re.compile(rb"\r+\n?")
_MOST_HELD = 64
CUT_MARK = b" [line cut here: it is too long]"
_CUT_LINES_SAID = 5


@dataclass(slots=True)
class Oddities:
    """What had to be changed of a text beside its line ends, and where: NUL bytes, and lines that are too long."""

    nuls: int = 0
    first_nul: int = 0
    cuts: int = 0
    cut_lines: list[int] = field(default_factory=list)

    def note_nuls(self, count: int, line: int) -> None:
        """Count NUL bytes near a line."""
        self.first_nul = self.first_nul if self.nuls else line
        self.nuls += count

    def note_cut(self, line: int) -> None:
        """Count a line that was cut."""
        self.cuts += 1
        if len(self.cut_lines) < _CUT_LINES_SAID:
            self.cut_lines.append(line)

    def add(self, later: Oddities, lines: int) -> None:
        """Take those of the part of the text that begins behind ``lines`` lines."""
        if later.nuls:
            self.note_nuls(later.nuls, lines + later.first_nul)
        self.cuts += later.cuts
        room = _CUT_LINES_SAID - len(self.cut_lines)
        self.cut_lines += [lines + line for line in later.cut_lines[:room]]

    def problems(self, name: str, max_line: int) -> list[Problem]:
        """What a person is told of them."""
        found = []
        if self.nuls:
            what = f"{self.nuls} NUL bytes were left out, the first near this line"
            found.append(Problem(f"{name}:{self.first_nul}", what, incomplete=False, note=True))
        if self.cuts:
            lines = ", ".join(str(line) for line in self.cut_lines)
            more = " and others" if self.cuts > len(self.cut_lines) else ""
            what = f"{self.cuts} lines are longer than {max_line} bytes and were cut (line {lines}{more})"
            found.append(Problem(f"{name}:{self.cut_lines[0]}", what))
        return found


class BlockCutter:
    r"""Turns chunks of bytes in a superset of ASCII into ``Block``s and keeps the account in a ``ReadState``.

    ``\r\n`` (also doubled, as text-mode writers on Windows leave it) and a lone ``\r`` become ``\n``; NUL bytes, as
    they remain after a power cut or a truncated log file, are dropped; a line longer than ``max_line`` bytes is cut, so
    that memory stays bounded. Each of these is counted and told by ``problems`` at the end.
    """

    def __init__(self, name: str, state: ReadState, max_line: int) -> None:
        self._name = name
        self._state = state
        self._max_line = max_line
        self._carry = b""
        self._line = 1
        self._skipping = False
        self.oddities = Oddities()

    def feed(self, chunk: bytes) -> Block | None:
        """Return the whole lines that are complete with ``chunk``, if any."""
        if b"\0" in chunk:
            chunk = self._without_nuls(chunk)
        data = self._carry + chunk if self._carry else chunk
        held = b""
        if b"\r" in data:
            # Carriage returns at the very end may be part of a line end.
            keep = min(len(data) - len(data.rstrip(b"\r")), _MOST_HELD)
            data, held = data[: len(data) - keep], data[len(data) - keep :]
            data = _with_line_feeds(data)
        end = data.rfind(b"\n") + 1
        rest = data[end:]
        whole = self._kept(data[:end])
        if self._skipping:
            rest = b""
        elif len(rest) > self._max_line:
            whole += self._begin_skipping(rest, whole)
            rest = b""
        self._carry = rest + held
        return self._emit(whole) if whole else None

    def finish(self) -> Block | None:
        """Return what is left when the input has ended; a last line without line end is a line."""
        data, self._carry = _with_line_feeds(self._carry), b""
        if data and not data.endswith(b"\n"):
            data += b"\n"
        whole = self._kept(data)
        self._state.problems += self.oddities.problems(self._name, self._max_line)
        return self._emit(whole) if whole else None

    def _emit(self, data: bytes) -> Block:
        block = Block(data, self._line)
        self._line += block.lines
        self._state.lines += block.lines
        return block

    def _kept(self, data: bytes) -> bytes:
        """Return whole lines without the rest of a line that was cut, and with long lines cut."""
        if self._skipping and data:
            data = data[data.find(b"\n") + 1 :]
            self._skipping = False
        return self._cut_inside(data) if len(data) > self._max_line else data

    def _without_nuls(self, chunk: bytes) -> bytes:
        kept = chunk.translate(None, b"\0")
        before = _with_line_feeds(self._carry + chunk[: chunk.index(b"\0")])
        self.oddities.note_nuls(len(chunk) - len(kept), self._line + before.count(b"\n"))
        return kept

    def _begin_skipping(self, rest: bytes, before: bytes) -> bytes:
        """Cut the unfinished line ``rest``; what follows of it will be skipped."""
        self.oddities.note_cut(self._line + before.count(b"\n"))
        self._skipping = True
        return rest[: self._max_line] + CUT_MARK + b"\n"

    def _cut_inside(self, data: bytes) -> bytes:
        """Cut those whole lines of ``data`` that are too long; most data has none and is returned as it is."""
        start, pieces, copied = 0, [], 0
        while len(data) - start > self._max_line:
            end = data.rfind(b"\n", start, start + self._max_line + 1)
            if end >= start:
                start = end + 1
                continue
            end = data.index(b"\n", start + self._max_line)
            self.oddities.note_cut(self._line + data.count(b"\n", 0, start))
            pieces += [data[copied : start + self._max_line], CUT_MARK]
            start = end + 1
            copied = end
        return b"".join([*pieces, data[copied:]]) if pieces else data


def _with_line_feeds(data: bytes) -> bytes:
    data = data.replace(b"\r\n", b"\n")
    if b"\r\n" in data:
        data = _RETURNS.sub(lambda run: b"\n" if run[0].endswith(b"\n") else b"\n" * len(run[0]), data)
    return data.replace(b"\r", b"\n")
