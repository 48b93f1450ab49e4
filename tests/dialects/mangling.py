"""What is done to real logs on their way into a mail or a forum."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable

_PREFIX = re.compile(r"[EWIT]\d{4} \d\d:\d\d:\d\d\.\d{6} +(?:[\w-]+ +)?(?P<file>(?:[\w-]+:/)?[\w.]+:\d+\] )")
_STAMP = re.compile(r"(?P<level>[EWIT])\d{4} \d\d:\d\d:\d\d\.\d{6} +")


def wrapped(log: str, width: int = 72) -> str:
    """Each line broken between words at ``width`` columns, as mail clients do."""
    return _lines(part for line in log.split("\n") for part in _broken(line, width))


def folded(log: str) -> str:
    """What ``fold -s`` makes of it."""
    return subprocess.run(["fold", "-s", "-w", "100"], input=log, capture_output=True, check=True, text=True).stdout


def flowed(log: str) -> str:
    """As ``format=flowed`` (RFC 3676): a blank at the end of what goes on, one more before what begins with one."""
    lines = []
    for line in log.split("\n"):
        *parts, last = _broken(line.rstrip(" "), 77)
        lines += [*(f"{part} " for part in parts), last]
    return _lines(f" {line}" if line.startswith((" ", ">", "From ")) else line for line in lines)


def quoted_again(log: str) -> str:
    """Quoted in an answer to an answer, whose client broke the lines again and put no sign before their ends."""
    once = (f"> {line}" for line in wrapped(log, 76).split("\n"))
    again = (part for line in once for part in _broken(line, 76))
    return "On Sat, Nov 23, 2024 at 5:00 PM Jane wrote:\n\n" + _lines(f"> {line}" for line in again)


def by_outlook(log: str) -> str:
    """A blank line behind each."""
    return wrapped(log, 76).replace("\n", "\n\n")


def _broken(line: str, width: int) -> list[str]:
    parts = []
    while len(line) > width and " " in line.strip():
        at = line.rfind(" ", 0, width + 1)
        if not line[: max(at, 0)].strip():
            at = line.find(" ", len(line) - len(line.lstrip()))
        if at < 0:
            break
        parts.append(line[:at])
        line = line[at + 1 :]
    return [*parts, line]


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def without_prefix(log: str) -> str:
    return _each(log, lambda line: _PREFIX.sub("", line))


def without_stamp(log: str) -> str:
    """``File.cpp:123] message`` is left."""
    return _each(log, lambda line: _PREFIX.sub(r"\g<file>", line))


def without_level(log: str) -> str:
    """The first letter was not marked with the mouse."""
    return _each(log, lambda line: line[1:] if _STAMP.match(line) else line)


def inline_code(log: str) -> str:
    return _each(without_prefix(log), lambda line: f"`{line}`" if line else line)


def bold(log: str) -> str:
    return _each(without_prefix(log), lambda line: f"**{line}**" if line else line)


def in_a_sentence(log: str) -> str:
    return _each(
        without_prefix(log), lambda line: f'In the log I can see "{line}", what does it mean?' if line else line
    )


def _each(log: str, change) -> str:  # type: ignore[no-untyped-def]
    return "\n".join(change(line) for line in log.split("\n"))
