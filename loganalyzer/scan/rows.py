"""From the diagnosis of a log to the rows of the dataset's tables."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from loganalyzer.diagnosis.model import Severity
from loganalyzer.scan.schemas import arrow_schema
from loganalyzer.tables.frames import association_row, operation_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    import pyarrow as pa

    from loganalyzer.diagnosis.model import Diagnosis, Finding, LogSummary
    from loganalyzer.timeline.association import Association
    from loganalyzer.workbench.unknown import Families

Row = tuple[Any, ...]
Key = tuple[str, str, str | None]
"""Name, identifier and server of a log."""
_SEVERE = (Severity.ERROR, Severity.WARNING)


def table_of(name: str, rows: Sequence[Row]) -> pa.Table:
    """Rows of one of the tables as Arrow; text that is no valid Unicode is written out."""
    import pyarrow as pa

    schema = arrow_schema(name)
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pa.table([_array(values, field.type) for values, field in zip(columns, schema, strict=True)], schema=schema)


def _array(values: Iterable[Any], kind: pa.DataType) -> pa.Array:
    import pyarrow as pa

    listed = list(values)
    try:
        return pa.array(listed, kind)
    except UnicodeEncodeError:
        return pa.array([v if v is None else v.encode("utf-8", "backslashreplace").decode() for v in listed], kind)


def run_rows(key: Key, log: LogSummary) -> list[Row]:
    """One row a run."""
    return [
        (*key, r.number, r.orthanc_version, r.dcmtk_version, r.level, r.aet, r.dicom_port, r.first_line, r.first_time,
         r.last_time, r.ended, _json(r.facts))
        for r in log.runs
    ]  # fmt: skip


def association_rows(key: Key, associations: Iterable[Association]) -> Iterator[Row]:
    """One row an association."""
    for a in associations:
        row = association_row(a)
        yield (*key, row[0], *row[2:])


def operation_rows(
    key: Key, associations: Iterable[Association], caused: dict[str, list[Association]]
) -> Iterator[Row]:
    """One row for each kind of operation; ``caused`` are the associations opened on behalf of another."""
    for a in associations:
        for operation in a.operations:
            row = operation_row(a, operation, caused.get(a.id, []))
            yield (*key, row[0], *row[2:], a.peer_aet)


def finding_rows(key: Key, diagnosis: Diagnosis) -> list[Row]:
    """One row a finding, explained ones too."""
    starts = {a.id: a.start for a in diagnosis.associations}
    return [(*_finding(key, diagnosis, finding), _days(finding, starts)) for finding in diagnosis.findings]


def _finding(key: Key, diagnosis: Diagnosis, f: Finding) -> Row:
    values = f.values
    own = next((r for log in diagnosis.logs for r in reversed(log.runs) if r.orthanc_version), None)
    proof = next((e.line for e in f.evidence if e.role == "primary" and e.log >= 0), None)
    return (
        *key, f.cause, f.signature, f.code, f.title, str(f.severity), str(f.confidence), f.explained_by, f.count,
        f.first_time, f.last_time, _one(values.get("calling_aet")), _one(values.get("called_aet")),
        values.get("orthanc_version") or (own.orthanc_version if own is not None else None), len(f.associations), proof,
        f.fingerprint, _json(values),
    )  # fmt: skip


def _days(f: Finding, starts: Mapping[str, datetime | None]) -> str:
    days = Counter(f"{start:%Y-%m-%d}" for one in f.associations if (start := starts.get(one)) is not None)
    if not days and f.first_time is not None:
        days[f"{f.first_time:%Y-%m-%d}"] = f.count
    return json.dumps(days, sort_keys=True)


def _one(value: str | None) -> str | None:
    """A value on which all that a finding is about agree; several are listed with commas."""
    return value if value and ", " not in value else None


def unknown_rows(key: Key, families: Families, diagnosis: Diagnosis) -> list[Row]:
    """One row a family of messages, with the version of the run that its first line stands in."""
    runs = [run for log in diagnosis.logs for run in log.runs]

    def version(line: int) -> str | None:
        before = [run for run in runs if run.first_line <= line]
        return before[-1].orthanc_version if before else None

    return [
        (*key, u.template, u.level, u.file, version(u.line), u.count, u.example, u.line) for u in families.in_order()
    ]


def causes_of(diagnosis: Diagnosis) -> set[str]:
    """The causes that a page of the log should show."""
    return {f.cause for f in diagnosis.findings if f.severity in _SEVERE and f.explained_by is None}


def own_findings(diagnosis: Diagnosis) -> int:
    """How many findings stand for themselves."""
    return sum(f.explained_by is None for f in diagnosis.findings)


def _json(values: dict[str, str]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True)
