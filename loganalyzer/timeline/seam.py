"""What of an association stands in the log that it is of, where a rotation divides it from the next log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from loganalyzer.timeline.association import Association, Operation


def within(association: Association, last: int) -> Association:
    """The association without the lines before line 1 and behind ``last``; what they tell of it stays."""
    asked_by = association.asked_by
    return replace(
        association,
        end_line=_known(association.end_line, last),
        lines=tuple(ref for ref in association.lines if 0 < ref.line <= last),
        asked_by=asked_by if asked_by is None or 0 < asked_by.line <= last else None,
        operations=tuple(_operation(o, last) for o in association.operations),
    )


def _operation(operation: Operation, last: int) -> Operation:
    first_line, last_line = _known(operation.first_line, last), _known(operation.last_line, last)
    if (first_line, last_line) == (operation.first_line, operation.last_line):
        return operation
    return replace(operation, first_line=first_line, last_line=last_line)


def _known(line: int | None, last: int) -> int | None:
    return line if line is not None and 0 < line <= last else None
