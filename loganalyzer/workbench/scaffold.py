"""The first draft of a pattern module, from one line of a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.records.header import Clock, parse_record
from loganalyzer.workbench.generalise import draft_of

if TYPE_CHECKING:
    from loganalyzer.records.record import Record

_DRAFT = """\
schema: 1
about: One sentence on what these patterns are about.

signatures:
  - code: {code}
    name: {name}
    cause: {cause}
    title: {title}
    severity: {severity}        # error: something is lost; warning: it may be; notice: nobody has to act
    confidence: likely       # certain, likely or possible
    label: What the line shows
    lines:
      - message: {message}
        level: {level}{file}
        samples:
          - {sample}

# If nobody has to act on it, this instead of the signature:
# harmless:
#   - message: {message}
#     why: Why nobody has to act on it.
"""


def scaffold(line: str, *, code: str = "SITE1", name: str = "my-pattern", cause: str = "orthanc-internal-error") -> str:
    """A pattern module for a line of a log, without the line's own values.

    Raises:
        TemplateError: nothing of the line is fixed.
    """
    record = parse_record(line.rstrip("\r\n"), 1, Clock(2000))
    message = record.message if record is not None else line.strip()
    template, sample = draft_of(message)
    level = record.level if record is not None and record.level else "E"
    dcmtk = record is not None and record.dcmtk
    return _DRAFT.format(
        code=code,
        name=name,
        cause=cause,
        title=_quoted(template if len(template) <= 100 else f"{template[:100]}…"),
        severity="warning" if level == "W" else "error",
        message=_quoted(template),
        level=level,
        file="\n        dcmtk: true" if dcmtk else "",
        sample=_quoted(_sample_line(record, level, sample)),
    )


def _sample_line(record: Record | None, level: str, message: str) -> str:
    """The line with fictional values, a time of its own and no thread."""
    if record is None:
        return message
    if record.dcmtk:
        return f"{level}: {message}"
    plugin = f"{record.plugin}:/" if record.plugin else ""
    return f"{level}0101 10:00:00.000000 {plugin}{record.file or 'main.cpp'}:1] {message}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
