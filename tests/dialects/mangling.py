"""What is done to real logs on their way into a mail or a forum."""

from __future__ import annotations

import re

_PREFIX = re.compile(r"[EWIT]\d{4} \d\d:\d\d:\d\d\.\d{6} +(?:[\w-]+ +)?(?P<file>(?:[\w-]+:/)?[\w.]+:\d+\] )")
_STAMP = re.compile(r"(?P<level>[EWIT])\d{4} \d\d:\d\d:\d\d\.\d{6} +")


def wrapped(log: str, width: int) -> str:
    """Each line broken between words at ``width`` columns, as mail clients do."""
    lines = []
    for line in log.split("\n"):
        rest = line
        while len(rest) > width and " " in rest[:width].strip():
            at = rest.rfind(" ", 0, width + 1)
            if at <= 0 or not rest[:at].strip():
                break
            lines.append(rest[:at])
            rest = rest[at + 1 :]
        lines.append(rest)
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
