"""What a worker does with an upload: the same calls as the command line makes, and the results as files.

Results appear all at once, by renaming a folder; a worker that is killed leaves nothing but a folder that is removed.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO, cast

from loganalyzer.diagnosis.model import Verdict
from loganalyzer.sources.block import Problem
from loganalyzer.web.entry import Failure, SentFile, Summary, Work
from loganalyzer.web.folders import PARTIAL, RESULT
from loganalyzer.web.job import (
    BUNDLE,
    DIAGNOSIS,
    LIST,
    MARKDOWN,
    PAGE,
    REDACTED,
    REPLY,
    SUMMARY,
    Redacted,
    redacted_in,
    redacted_text,
    summary_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from loganalyzer.config.check import CheckedConfiguration
    from loganalyzer.diagnosis.model import Diagnosis
    from loganalyzer.redact.inputs import BroughtLog
    from loganalyzer.redact.workflow import Result
    from loganalyzer.web.job import Job

    Tell = Callable[[str, int, int], None]

_MOST_AETS = 500


class WorkError(Exception):
    """There is no result; ``failure`` says why, for people."""

    def __init__(self, title: str, detail: str) -> None:
        super().__init__(title)
        self.failure = Failure(title, detail)


def run(job: Job, tell: Tell) -> None:
    """Do one job; ``tell`` is told phase, bytes read and bytes altogether. Raises ``WorkError``."""
    if job.work is Work.REDACT:
        _redact(job, tell)
    else:
        _diagnose(job, tell)


def _diagnose(job: Job, tell: Tell) -> None:
    redacted = _redacted_only(job, tell) if job.redact_first else None
    folder, files = (job.folder, job.files) if redacted is None else (job.folder / REDACTED, redacted.files)
    logs, configurations = _sorted_out(folder, files)
    if not logs:
        raise WorkError(
            "No log was sent",
            "Only a configuration of Orthanc was sent. Send it together with the log of the same Orthanc.",
        )
    total = sum(file.bytes for file in logs)
    tell("reading", 0, total)
    diagnosis = _diagnosis(job, folder, logs, _configuration(folder, configurations), tell)
    tell("writing", total, total)
    if redacted is not None:
        diagnosis = _with_problems(diagnosis, redacted.problems)
    _write_results(job.folder, diagnosis, None if redacted is None else redacted.files)


def _sorted_out(folder: Path, files: Sequence[SentFile]) -> tuple[list[SentFile], list[SentFile]]:
    """Part the logs from what is recognised as Orthanc's configuration."""
    from loganalyzer.triage.files import LARGEST_PROSE, posted_file
    from loganalyzer.triage.message import FileKind

    logs: list[SentFile] = []
    configurations: list[SentFile] = []
    for file in files:
        with (folder / file.path).open("rb") as opened:
            kind = posted_file(file.name, opened.read(LARGEST_PROSE)).kind
        (configurations if kind is FileKind.CONFIGURATION else logs).append(file)
    return logs, configurations


def _configuration(folder: Path, configurations: Sequence[SentFile]) -> CheckedConfiguration | None:
    from loganalyzer.config.check import CheckedConfiguration

    if not configurations:
        return None
    names = {folder / file.path: file.name for file in configurations}
    return CheckedConfiguration.read(list(names), names)


def _diagnosis(
    job: Job, folder: Path, logs: Sequence[SentFile], configuration: CheckedConfiguration | None, tell: Tell
) -> Diagnosis:
    from loganalyzer.diagnosis.build import diagnose_opened
    from loganalyzer.patternbase.load import load_all_patterns
    from loganalyzer.sources.opening import open_files
    from loganalyzer.sources.options import ReadOptions

    with ExitStack() as stack:
        opened = [cast("BinaryIO", stack.enter_context((folder / log.path).open("rb", buffering=0))) for log in logs]
        total = sum(log.bytes for log in logs)

        def progress(_name: str, _bytes: int) -> None:
            # Of compressed files, what matters is how much of the upload is behind us.
            tell("reading", min(total, sum(file.tell() for file in opened)), total)

        return diagnose_opened(
            open_files(
                [(log.name, file) for log, file in zip(logs, opened, strict=True)],
                ReadOptions(max_bytes=job.max_expanded),
            ),
            patterns=load_all_patterns(*job.patterns),
            progress=progress,
            configuration=configuration,
        )


def _with_problems(diagnosis: Diagnosis, problems: Sequence[tuple[str, bool]]) -> Diagnosis:
    """Say of a diagnosis what was lost before it began."""
    if not problems:
        return diagnosis
    lost = tuple(Problem("upload", what, incomplete=grave) for what, grave in problems)
    complete = diagnosis.complete and not any(problem.incomplete for problem in lost)
    verdict = Verdict.CANNOT_TELL if diagnosis.verdict is Verdict.HEALTHY and not complete else diagnosis.verdict
    return replace(diagnosis, problems=lost + diagnosis.problems, complete=complete, verdict=verdict)


def _write_results(folder: Path, diagnosis: Diagnosis, instead: Sequence[SentFile] | None) -> None:
    from loganalyzer.report.html import render_html
    from loganalyzer.report.json import write_json
    from loganalyzer.report.markdown import render_markdown
    from loganalyzer.triage.reply import reply_to

    partial = folder / PARTIAL
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    with (partial / DIAGNOSIS).open("w", encoding="ascii") as stream:
        write_json(diagnosis, stream)
    for name, text in (
        (PAGE, render_html(diagnosis)),
        (MARKDOWN, render_markdown(diagnosis)),
        (REPLY, reply_to(diagnosis)),
        (SUMMARY, summary_text(summary_of_diagnosis(diagnosis, instead))),
    ):
        (partial / name).write_bytes(text.encode("utf-8", "backslashreplace"))
    _appear(partial, folder / RESULT)


def summary_of_diagnosis(diagnosis: Diagnosis, instead: Sequence[SentFile] | None = None) -> Summary:
    """Return what lists and searches need of a diagnosis; ``instead``: files that took the place of those sent."""
    from loganalyzer.report.view import totals

    counts = totals(diagnosis)
    named = (aet for one in diagnosis.associations for aet in (one.calling_aet, one.called_aet))
    told = (value for finding in diagnosis.findings for key, value in finding.values.items() if "aet" in key)
    aets = dict.fromkeys(aet for aet in (*told, *named) if aet)
    return Summary(
        verdict=diagnosis.verdict,
        headline=diagnosis.headline,
        first_time=counts.first_time.isoformat() if counts.first_time else None,
        last_time=counts.last_time.isoformat() if counts.last_time else None,
        aets=tuple(list(aets)[:_MOST_AETS]),
        causes=tuple(dict.fromkeys(finding.cause for finding in diagnosis.findings)),
        files=None if instead is None else tuple(instead),
    )


def _redacted_only(job: Job, tell: Tell) -> Redacted:
    """Redact an upload that asked for it, and remove what was sent, whatever comes of it."""
    try:
        return redacted_in(job.folder) or _redact(job, tell)
    finally:
        for file in job.files:
            (job.folder / file.path).unlink(missing_ok=True)


def _redact(job: Job, tell: Tell) -> Redacted:
    """Make the folder of redacted logs. Raises ``WorkError`` when the result cannot be vouched for."""
    from loganalyzer.redact.inputs import result_names
    from loganalyzer.redact.keyfile import new_key
    from loganalyzer.redact.workflow import RefusedError, redact_logs

    partial = job.folder / PARTIAL
    shutil.rmtree(partial, ignore_errors=True)
    (partial / REDACTED).mkdir(parents=True)
    total = sum(file.bytes for file in job.files)
    tell("redacting", 0, total)
    logs, problems = _brought(job, partial)
    try:
        results = redact_logs(logs, new_key(), frozenset(), partial, restorable=False)
    except RefusedError as refusal:
        raise WorkError(
            "The log cannot be redacted",
            f"There is no redacted log, because {refusal}. No log is better than one with patients in it.",
        ) from refusal
    files = _written(partial / REDACTED, results, result_names(logs))
    redacted = Redacted(files, tuple(problems))
    (partial / REDACTED / LIST).write_text(redacted_text(redacted), encoding="utf-8")
    _appear(partial / REDACTED, job.folder / REDACTED)
    shutil.rmtree(partial)
    return redacted


def _brought(job: Job, workspace: Path) -> tuple[list[BroughtLog], list[tuple[str, bool]]]:
    """Return the logs of an upload, and what could not be read; no name in it, since names may tell who it is."""
    from loganalyzer.redact.inputs import bring
    from loganalyzer.sources.options import ReadOptions

    logs, configurations = _sorted_out(job.folder, job.files)
    shown = {str(job.folder / file.path): file.name for file in logs}
    brought = bring(list(shown), workspace, ReadOptions(max_bytes=job.max_expanded))
    if not brought.logs:
        what = brought.problems[0].what if brought.problems else "it holds no log"
        raise WorkError("The log cannot be redacted", f"Nothing of it could be read: {what}.")

    def named(log: BroughtLog) -> BroughtLog:
        path, mark, member = log.name.partition("!")
        return replace(log, name=f"{shown.get(path, path)}{mark}{member}")

    problems = [(f"something in what was sent {problem.what}", problem.incomplete) for problem in brought.problems]
    if configurations:
        problems.append(("the configuration was not compared with the log, whose values are replaced", False))
    return [named(log) for log in brought.logs], problems


def _written(folder: Path, results: Sequence[Result], names: Sequence[str]) -> tuple[SentFile, ...]:
    files: list[SentFile] = []
    for number, (result, name) in enumerate(zip(results, names, strict=True)):
        path = folder / str(number)
        with path.open("xb") as stream:
            result.log.write(result.path, stream)
        files.append(SentFile(name, path.name, path.stat().st_size))
    if len(files) > 1:
        with zipfile.ZipFile(folder / BUNDLE, "x", zipfile.ZIP_DEFLATED) as bundle:
            for file in files:
                bundle.write(folder / file.path, file.name)
    return tuple(files)


def _appear(partial: Path, final: Path) -> None:
    """Have a finished folder appear under its name, on the disk and not only in the system's memory."""
    for path in partial.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    shutil.rmtree(final, ignore_errors=True)
    partial.rename(final)
