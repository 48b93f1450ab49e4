"""``loganalyzer timeline``."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from datetime import datetime, time
from typing import TYPE_CHECKING

import click

from loganalyzer.cli.exit_codes import ExitCode, exit_code
from loganalyzer.cli.options import OUTPUT
from loganalyzer.cli.output import destination, look_of, say_problems, writing
from loganalyzer.timeline.association import Outcome

if TYPE_CHECKING:
    from loganalyzer.diagnosis.model import Diagnosis
    from loganalyzer.timeline.association import Association

FORMATS = ("text", "csv", "parquet", "json", "html", "svg")


class _Between(click.ParamType[object]):
    """``FROM,TO``: ISO times, or times of day."""

    name = "from,to"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[datetime | time | None, datetime | time | None]:
        first, comma, last = value.partition(",")
        if not comma:
            self.fail("takes FROM,TO, such as 09:00,09:30 or 2026-11-20T09:00,", param, ctx)
        return self._moment(first, param, ctx), self._moment(last, param, ctx)

    def _moment(self, text: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime | time | None:
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text) if "-" in text else time.fromisoformat(text)
        except ValueError:
            self.fail(f"{text!r} is no time; write 09:30 or 2026-11-20T09:30", param, ctx)
        if moment.tzinfo is not None:
            self.fail(f"{text!r} has a time zone; the times of a log have none", param, ctx)
        return moment


@click.command("timeline")
@click.argument("logs", nargs=-1, required=True)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="What to write.")
@OUTPUT
@click.option("--aet", help="Only associations with this AET on either side.")
@click.option("--peer", help="Only associations with this other side (AET or address).")
@click.option("--outcome", type=click.Choice([one.value for one in Outcome]), help="Only associations that ended so.")
@click.option(
    "--between",
    type=_Between(),
    help="Only associations that began between FROM,TO (also over midnight); either may be empty.",
)
@click.option("--year", type=click.IntRange(1990, 2100), help="The year of the log's first line.")
def timeline_command(
    logs: tuple[str, ...], form: str, output: str | None, aet: str | None, peer: str | None, outcome: str | None,
    between: tuple[datetime | time | None, datetime | time | None] | None, year: int | None,
) -> None:  # fmt: skip
    """List the associations of LOGS: who called whom, what was done, how it ended.

    Exit status: 0 done, 2 wrong usage, 3 not readable or no DICOM log, 4 incomplete.
    """
    from loganalyzer.diagnosis.build import diagnose
    from loganalyzer.report.timeline import matches
    from loganalyzer.report.view import year_known
    from loganalyzer.sources.options import ReadOptions

    path = destination(output, logs)
    diagnosis = diagnose(*logs, options=ReadOptions(year=year))
    status = exit_code(diagnosis)
    say_problems(diagnosis.problems)
    if not year_known(diagnosis) and any(isinstance(limit, datetime) for limit in between or ()):
        message = "the log shows no year: add --year, or give --between times of day, such as 23:30,00:30"
        raise click.UsageError(message)
    if any((aet, peer, outcome, between)):  # all of them stay packed: 100,000 take 95 MB less so
        kept = tuple(
            a for a in diagnosis.associations
            if matches(a, aet=aet, other=peer, outcome=outcome) and _within(a, between)
        )  # fmt: skip
        diagnosis = replace(diagnosis, associations=kept)
    data = _rendered(diagnosis, form)
    with writing(path) as stream:
        stream.write(data)
    sys.exit(ExitCode.OK if status is ExitCode.FAILURES else status)


def _within(a: Association, between: tuple[datetime | time | None, datetime | time | None] | None) -> bool:
    if between is None:
        return True
    first, last = between
    if a.start is None:
        return False
    behind = first is None or first <= _like(a.start, first)  # type: ignore[operator]
    before = last is None or _like(a.start, last) <= last  # type: ignore[operator]
    over_midnight = isinstance(first, time) and isinstance(last, time) and last < first
    return behind or before if over_midnight else behind and before


def _like(start: datetime, limit: datetime | time) -> datetime | time:
    return start if isinstance(limit, datetime) else start.time()


def _rendered(diagnosis: Diagnosis, form: str) -> bytes:
    if form in ("csv", "parquet"):
        return _table(diagnosis, form)
    if form == "json":
        from loganalyzer.report.json import as_data

        document = as_data(diagnosis)
        return (json.dumps({k: document[k] for k in ("associations", "pairs", "stories")}, indent=1) + "\n").encode()
    if form == "html":
        from loganalyzer.report.html import render_html

        return render_html(diagnosis).encode("utf-8", "backslashreplace")
    from loganalyzer.report.timeline import render_svg, render_timeline

    if form == "svg":
        from loganalyzer.report.view import year_known

        return render_svg(diagnosis.associations, year=year_known(diagnosis)).encode("utf-8", "backslashreplace")
    look = look_of(color="never", width=None, verbose=False, output=None)
    return render_timeline(diagnosis, ascii_only=look.ascii_only).encode("utf-8", "backslashreplace")


def _table(diagnosis: Diagnosis, form: str) -> bytes:
    from loganalyzer.tables.csv import write_csv

    frame = diagnosis.associations_frame()
    if form == "csv":
        return write_csv(frame)
    buffer = io.BytesIO()
    try:
        frame.to_parquet(buffer, index=False)
    except ImportError:
        raise click.ClickException("Parquet needs pyarrow, which is missing here: pip install pyarrow") from None
    return buffer.getvalue()
