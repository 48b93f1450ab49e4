"""Associations, operations, events and stories of a diagnosis as pandas data frames of documented columns and dtypes.

Texts are pandas strings, numbers are nullable integers or floats, times are naive ``datetime64[us]`` as Orthanc writes
them; what the log does not show is missing, never zero or empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loganalyzer.timeline.packed import opened_for
from loganalyzer.timeline.phases import phases_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from loganalyzer.diagnosis.model import Diagnosis
    from loganalyzer.timeline.association import Association, LineRef, Operation
    from loganalyzer.timeline.stories import Story

Column = tuple[str, str, str]

#: name, dtype, meaning
ASSOCIATION_COLUMNS: tuple[Column, ...] = (
    ("id", "string", "Identifier within the diagnosis"),
    ("log", "Int64", "Number of the log, from 0"),
    ("run", "Int64", "Number of the run within the log, from 1; 0 before the first start"),
    ("direction", "string", "incoming or outgoing, seen from the owner of the log"),
    ("calling_aet", "string", "AET of the side that opened it"),
    ("called_aet", "string", "AET that was called"),
    ("peer_ip", "string", "Address of the other side"),
    ("peer_port", "Int64", "Port of the other side, where Orthanc called"),
    ("start", "datetime64[us]", "First line"),
    ("established", "datetime64[us]", "When it was accepted"),
    ("end", "datetime64[us]", "Last line of its end"),
    ("start_line", "Int64", "First line in the file as given"),
    ("end_line", "Int64", "Last line in the file as given"),
    ("seconds", "Float64", "Duration, seconds"),
    ("setup_seconds", "Float64", "From the request to the answer, seconds"),
    ("transfer_seconds", "Float64", "From the first DIMSE request to the last answer, seconds"),
    ("idle_seconds", "Float64", "Between answers and the next requests, seconds"),
    ("longest_gap_seconds", "Float64", "The longest such time, seconds"),
    ("release_seconds", "Float64", "From the last answer to the end, seconds"),
    ("stored_per_second", "Float64", "Instances per second while they were sent"),
    ("stored_bytes", "Int64", "Size of the instances that were stored, to three digits; where the log shows each"),
    ("bytes_per_second", "Float64", "Bytes of them per second"),
    ("outcome", "string", "released, aborted, lost, timeout, rejected, not-established, open, unknown"),
    ("ended_by", "string", "orthanc or peer"),
    ("reject_result", "Int64", "A-ASSOCIATE-RJ result (PS3.8 9.3.4)"),
    ("reject_source", "Int64", "A-ASSOCIATE-RJ source"),
    ("reject_reason", "Int64", "A-ASSOCIATE-RJ reason"),
    ("contexts_proposed", "Int64", "Presentation contexts proposed"),
    ("contexts_accepted", "Int64", "Presentation contexts accepted"),
    ("operations", "Int64", "DIMSE requests"),
    ("failed_operations", "Int64", "DIMSE requests of which the log shows that they failed"),
    ("attribution", "string", "exact or inferred"),
    ("caused_by", "string", "Identifier of the association on whose behalf it was opened"),
    ("job", "string", "Orthanc job that opened it"),
    ("asked_by", "string", "REST call or Lua script that made Orthanc open it"),
    ("failure", "string", "What the log says of its failure"),
)  # fmt: skip

OPERATION_COLUMNS: tuple[Column, ...] = (
    ("association", "string", "Identifier of the association"),
    ("log", "Int64", "Number of the log"),
    ("command", "string", "DIMSE command, such as C-STORE"),
    ("requested_by", "string", "orthanc or peer"),
    ("count", "Int64", "How many were alike"),
    ("status", "string", "DIMSE status such as 0x0000, only where the log shows it"),
    ("ok", "boolean", "Whether the log shows that it worked"),
    ("sop_class", "string", "SOP class UID"),
    ("start", "datetime64[us]", "Request of the first"),
    ("end", "datetime64[us]", "Answer of the last"),
    ("seconds", "Float64", "From the first request to the last answer, seconds"),
    ("rate", "Float64", "Operations per second over that time"),
    ("move_destination", "string", "AET that a C-MOVE names"),
    ("completed", "Int64", "Sub-operations completed"),
    ("failed", "Int64", "Sub-operations failed"),
    ("warning", "Int64", "Sub-operations with a warning"),
    ("caused", "string", "Identifiers of the associations opened for it, separated by blanks"),
    ("verdict", "string", "worked, failed or not shown, over all its associations"),
    ("detail", "string", "What the log says of the failure"),
    ("first_line", "Int64", "Line of the first request"),
)  # fmt: skip

EVENT_COLUMNS: tuple[Column, ...] = (
    ("association", "string", "Identifier of the association"),
    ("log", "Int64", "Number of the log"),
    ("line", "Int64", "Line in the file as given"),
    ("note", "string", "What the line tells of the association"),
    ("text", "string", "The line, at most 400 characters"),
)  # fmt: skip

STORY_COLUMNS: tuple[Column, ...] = (
    ("log", "Int64", "Number of the log"),
    ("asked_by", "string", "REST call or Lua script that asked for it"),
    ("job", "string", "Orthanc job that did it"),
    ("asked_on", "string", "Identifier of the association whose request asked for it"),
    ("associations", "string", "Identifiers of the associations opened for it, separated by blanks"),
    ("attempts", "Int64", "How many of them"),
    ("start", "datetime64[us]", "First line of the first of them"),
    ("end", "datetime64[us]", "Last line of the last of them"),
    ("seconds", "Float64", "Duration, seconds"),
    ("requests", "Int64", "DIMSE requests on them"),
    ("failed_requests", "Int64", "DIMSE requests of which the log shows that they failed"),
    ("job_result", "string", "What Orthanc says of the job's last run, success, failure or cancel"),
    ("verdict", "string", "worked, failed, cancelled or not-shown, over all of them"),
)


def associations_frame(diagnosis: Diagnosis) -> pd.DataFrame:
    """One row an association; see :data:`ASSOCIATION_COLUMNS`."""
    return _frame(ASSOCIATION_COLUMNS, association_rows(diagnosis))


def association_rows(diagnosis: Diagnosis) -> Iterator[tuple[Any, ...]]:
    """The values of :data:`ASSOCIATION_COLUMNS`, association by association."""
    return map(association_row, diagnosis.associations)


def operations_frame(diagnosis: Diagnosis) -> pd.DataFrame:
    """One row for the operations of one kind on one association; see :data:`OPERATION_COLUMNS`."""
    return _frame(OPERATION_COLUMNS, operation_rows(diagnosis))


def operation_rows(diagnosis: Diagnosis) -> Iterator[tuple[Any, ...]]:
    """The values of :data:`OPERATION_COLUMNS`, operation by operation."""
    caused = opened_for(diagnosis.associations)
    return (operation_row(a, o, caused.get(a.id, [])) for a in diagnosis.associations for o in a.operations)


def events_frame(diagnosis: Diagnosis) -> pd.DataFrame:
    """One row for each line that is kept of an association; see :data:`EVENT_COLUMNS`."""
    rows = ((a.id, a.log, r.line, r.note or None, r.text) for a in diagnosis.associations for r in a.lines)
    return _frame(EVENT_COLUMNS, rows)


def stories_frame(diagnosis: Diagnosis) -> pd.DataFrame:
    """One row a story; see :data:`STORY_COLUMNS`."""
    return _frame(STORY_COLUMNS, map(_story_row, diagnosis.stories))


def _story_row(s: Story) -> tuple[Any, ...]:
    return (
        s.log, _note(s.asked_by), s.job, s.asked_on, " ".join(s.associations), len(s.associations), s.start, s.end,
        _seconds(s.start, s.end), s.requests, s.failed_requests, s.job_result, str(s.verdict),
    )  # fmt: skip


def _note(line: LineRef | None) -> str | None:
    return None if line is None else line.note


def _frame(columns: tuple[Column, ...], rows: Iterable[tuple[Any, ...]]) -> pd.DataFrame:
    import pandas as pd

    data = list(zip(*rows, strict=True)) or [()] * len(columns)
    series = {}
    for (name, dtype, _), values in zip(columns, data, strict=True):
        series[name] = pd.Series(_storable(values), dtype=dtype)
    return pd.DataFrame(series)


def _storable(values: Iterable[Any]) -> list[Any]:
    """Texts as pandas can hold them: a lone surrogate, which stands for a byte of no encoding, is written out."""
    return [
        v.encode("utf-8", "backslashreplace").decode() if isinstance(v, str) and not v.isascii() else v for v in values
    ]


def _seconds(start: Any, end: Any) -> float | None:  # noqa: ANN401 - datetimes or None
    return (end - start).total_seconds() if start is not None and end is not None else None


def association_row(a: Association) -> tuple[Any, ...]:
    """The values of :data:`ASSOCIATION_COLUMNS`."""
    reject = a.reject
    failed = sum(o.count for o in a.operations if o.ok is False)
    phases = phases_of(a)
    return (
        a.id, a.log, a.run, str(a.direction), a.calling_aet, a.called_aet, a.peer_ip, a.peer_port, a.start,
        a.established, a.end, a.start_line, a.end_line, _seconds(a.start, a.end), _seconds(a.start, a.established),
        phases.transfer, phases.idle, phases.longest_gap, phases.release, phases.stored_per_second,
        phases.stored_bytes, phases.bytes_per_second,
        str(a.outcome), str(a.ended_by) if a.ended_by is not None else None, reject.result if reject else None,
        reject.source if reject else None, reject.reason if reject else None, a.contexts_proposed, a.contexts_accepted,
        sum(o.count for o in a.operations), failed, str(a.attribution), a.caused_by, a.job, _note(a.asked_by),
        a.failure,
    )  # fmt: skip


def operation_row(a: Association, o: Operation, caused: list[Association]) -> tuple[Any, ...]:
    """The values of :data:`OPERATION_COLUMNS`; ``caused`` are the associations that were opened for it."""
    counters = o.suboperations
    own = caused if o.command in ("C-MOVE", "N-ACTION") else []
    seconds = _seconds(o.start, o.end)
    return (
        a.id, a.log, o.command, str(o.requested_by), o.count, o.status, o.ok, o.sop_class, o.start, o.end, seconds,
        o.count / seconds if seconds else None, o.move_destination, counters.get("completed"), counters.get("failed"),
        counters.get("warning"), " ".join(c.id for c in own) or None, verdict(o, own), o.detail, o.first_line,
    )  # fmt: skip


def verdict(operation: Operation, caused: list[Association]) -> str:
    """One verdict over an operation and the associations that were opened for it."""
    if operation.ok is False or any(c.failed for c in caused):
        return "failed"
    return "worked" if operation.ok or caused else "not shown"
