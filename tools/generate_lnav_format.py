"""Write the format file with which lnav (https://lnav.org) reads Orthanc logs.

In: the program's patterns. Out: ``contrib/lnav/orthanc_log.json``: the prefix of a line in all forms since Orthanc
1.1.0, a tag for each cause that single messages prove, tables for SQL over what the timeline is made of, and real
lines as samples, which lnav checks when it loads the file.

Install: ``lnav -i contrib/lnav/orthanc_log.json``. Ask: ``lnav -n -c ';SELECT * FROM orthanc_refused' orthanc.log``.

Usage: python -m tools.generate_lnav_format [--check] [-o contrib/lnav/orthanc_log.json]
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from loganalyzer.events.template import FIELD_FORMS, compile_template
from loganalyzer.patternbase import PatternBase, load_patterns

if TYPE_CHECKING:
    from loganalyzer.events.template import Template
    from loganalyzer.patternbase.types import EventPattern, Signature

OUTPUT = Path(__file__).resolve().parents[1] / "contrib" / "lnav" / "orthanc_log.json"
PREFIX = (
    r"^(?<level>[EWITF])(?<timestamp>\d{4} \d{2}:\d{2}:\d{2}\.\d{6})(?: +(?<thread>[^ \]][^\]]*?))? +"
    r"(?:(?<plugin>[\w-]+):/)?(?<src_file>[\w.-]+):(?<src_line>\d+)\] ?"
    r"(?:\| (?<context>(?:job|from) .*?) \| )?"
    r"(?:\((?<category>plugins|http|sqlite|dicom|jobs|lua)\) )?(?<body>.*)$"
)
#: Table -> the event whose messages are its rows.
TABLES = {
    "orthanc_association": "association.received",
    "orthanc_association_end": "association.finishing",
    "orthanc_connection": "scu.opening",
    "orthanc_connection_failed": "scu.failed",
    "orthanc_refused": "operation.refused",
    "orthanc_stored": "instance.stored",
    "orthanc_job": "job.submitted",
    "orthanc_job_end": "job.finished",
    "orthanc_stopped": "startup.stopped",
}
#: Columns that lnav's own tables have already.
TAKEN = {"level", "timestamp", "thread", "plugin", "category", "context", "body", "path"}
SHORTEST, MOST = 16, 40
VALUES = {
    "thread": ("The thread, since Orthanc 1.12.2", "string", True),
    "plugin": ("The plugin that wrote the line, since Orthanc 1.12.4", "string", True),
    "src_file": ("The source file that wrote the line", "string", True),
    "src_line": ("Its line, which changes with every release", "integer", False),
    "context": ("The job or thread on whose behalf it was written, since Orthanc 1.13.0", "string", True),
    "category": ("The category of a line of level I or T, since Orthanc 1.8.1", "string", True),
}
#: One real line is taken of each form.
FORMS = (
    r"[EW]\d{4} \S+ [\w.]+:\d+\] (?!\|)",
    r"[EW]\d{4} \S+ +\S+ [\w.]+:\d+\] (?!\|)",
    r"[EW]\d{4} \S+ +\S+ [\w-]+:/[\w.]+:\d+\] ",
    r"[EW]\d{4} \S+ +\S+ [\w.]+:\d+\] \| job ",
    r"[IT]\d{4} \S+ (?: *\S+ )?[\w.]+:\d+\] \(\w+\) ",
)
LEVELS = {"error": "E", "warning": "W", "info": "I", "trace": "T", "fatal": "F"}


def build(base: PatternBase) -> dict[str, object]:
    """The content of the format file."""
    return {
        "$schema": "https://lnav.org/schemas/format-v1.schema.json",
        "orthanc_log": {
            "title": "Orthanc",
            "description": "The log of the DICOM server Orthanc, 1.1.0 and later. Generated; do not edit.",
            "url": ["https://orthanc.uclouvain.be/book/faq/log.html"],
            "regex": {"orthanc": {"pattern": PREFIX}},
            "level-field": "level",
            "level": LEVELS,
            "timestamp-format": ["%m%d %H:%M:%S.%f"],
            "opid-field": "thread",
            "value": {
                name: {"kind": kind, "identifier": identifier, "foreign-key": kind == "integer", "description": text}
                for name, (text, kind, identifier) in VALUES.items()
            },
            "tags": _tags(base),
            "search-table": _tables(base),
            "sample": [{"line": line, "level": _level(line)} for line in _samples(base)],
        },
    }


def _level(line: str) -> str:
    return next(name for name, letter in LEVELS.items() if line.startswith(letter))


def _tags(base: PatternBase) -> dict[str, object]:
    """A tag for each cause that single messages prove: the fixed parts of these, at most :data:`MOST` of them."""
    texts: dict[str, list[str]] = {}
    by_event: dict[str, list[EventPattern]] = {}
    for pattern in base.events:
        by_event.setdefault(pattern.event, []).append(pattern)
    for signature in base.signatures:
        if _is_plain(signature):
            found = texts.setdefault(signature.cause, [])
            found += [t for p in by_event[signature.when["event"]] if (t := _fixed(p)) and t not in found]
    return {
        cause: {
            "pattern": "|".join(re.escape(t).replace(r"\ ", " ") for t in found[:MOST]),
            "description": base.causes[cause].title,
        }
        for cause, found in sorted(texts.items())
        if found
    }


def _is_plain(signature: Signature) -> bool:
    """Whether each message of its event is such a finding, and one worth a tag."""
    return (
        signature.on == "event"
        and set(signature.when) == {"event"}
        and isinstance(signature.when["event"], str)
        and signature.unless is None
        and not signature.fallback
        and signature.logs != "peers"
        and signature.confidence == "certain"
        and signature.severity != "notice"
    )


def _fixed(pattern: EventPattern) -> str | None:
    if pattern.regex is not None or pattern.dcmtk:
        return None
    literal = compile_template(pattern.message).literal.strip()
    return literal if len(literal) >= SHORTEST else None


def _tables(base: PatternBase) -> dict[str, object]:
    tables: dict[str, object] = {}
    for table, event in TABLES.items():
        message = next(p.message for p in base.events if p.event == event and p.regex is None)
        tables[table] = {"pattern": _expression(compile_template(message))}
    return tables


def _expression(template: Template) -> str:
    """The template as a regular expression with the names of its placeholders."""
    pattern = re.escape(template.literals[0]).replace(r"\ ", " ")
    for slot, literal in zip(template.slots, template.literals[1:], strict=True):
        form = "|".join(map(re.escape, slot.choices)) if slot.choices else FIELD_FORMS.get(slot.name, ".*?")
        name = f"{slot.name}_" if slot.name in TAKEN else slot.name
        pattern += (f"(?<{name}>{form})" if name else f"(?:{form})") + re.escape(literal).replace(r"\ ", " ")
    return pattern + "$"


def _samples(base: PatternBase) -> list[str]:
    lines = sorted({s.line for p in base.events for s in p.samples if s.hit})
    found = []
    for form in FORMS:
        line = next((line for line in lines if re.match(form, line)), None)
        if line is None:
            sys.exit(f"no pattern has a sample of the form {form}")
        found.append(line)
    return found


def main() -> None:
    """Write the file, or with ``--check`` fail when it is not what the patterns say."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="only compare")
    parser.add_argument("-o", "--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    text = json.dumps(build(load_patterns(strict=True, samples=True)), indent=1, ensure_ascii=False) + "\n"
    if not options.check:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(text, encoding="utf-8")
    elif not options.output.is_file() or options.output.read_text(encoding="utf-8") != text:
        sys.exit(f"{options.output} is out of date; run: python -m tools.generate_lnav_format")


if __name__ == "__main__":
    main()
