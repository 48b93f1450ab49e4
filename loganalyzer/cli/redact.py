"""``loganalyzer redact``."""

from __future__ import annotations

import errno
import hashlib
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loganalyzer.cli.exit_codes import ExitCode
from loganalyzer.cli.output import destination, not_empty, say_problems, writing
from loganalyzer.redact.kinds import KEEPABLE, Kind
from loganalyzer.report.visible import visible
from loganalyzer.sources.os_errors import reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from loganalyzer.redact.inputs import BroughtLog
    from loganalyzer.redact.keyfile import Key

_NO_ROOM = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
_KEEPABLE = ", ".join(sorted(KEEPABLE))


@click.command("redact")
@click.argument("logs", nargs=-1, required=True)
@click.option(
    "-o", "--output", metavar="OUT", required=True, callback=not_empty,
    help="File to write; a folder when there are several logs.",
)  # fmt: skip
@click.option(
    "--key",
    "key_file",
    metavar="FILE",
    callback=not_empty,
    help="Keep the way back in FILE (mode 600); used again, it continues the same pseudonyms.",
)
@click.option("--restore", is_flag=True, help="Put the values back, with the key file.")
@click.option("--keep", metavar="KINDS", default="", help=f"Leave some kinds in, separated by commas: {_KEEPABLE}.")
@click.option("--report", metavar="FILE", callback=not_empty, help="Write the coverage report as JSON to FILE, too.")
@click.option("--seed", metavar="TEXT", hidden=True, help="Make the same pseudonyms each time; for tests.")
def redact_command(
    logs: tuple[str, ...],
    output: str,
    key_file: str | None,
    keep: str,
    report: str | None,
    seed: str | None,
    *,
    restore: bool,
) -> None:
    """Take out of LOGS what identifies people and sites: names, ids, dates, AETs, addresses, paths, credentials.

    What tells the failure stays, and the same value always gets the same pseudonym. A second pass over the result
    proves it; nothing is written when something is left.

    Exit status: 0 written, 2 wrong usage, 3 not readable, 4 not all could be read (what could is written), or the
    result cannot be vouched for (nothing is written).
    """
    if restore and not key_file:
        raise click.UsageError("--restore needs the key file: --key FILE.")
    task = _Task(logs, output, key_file, _kinds(keep), report, seed)
    try:
        status = _done(task, restore=restore)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        place = task.folder() or tempfile.gettempdir()
        message = f"there is no room in {place} for what is made on the way; about three times the log's size is needed"
        raise click.ClickException(message) from None
    sys.exit(status)


@dataclass(frozen=True, slots=True)
class _Task:
    logs: tuple[str, ...]
    output: str
    key_file: str | None
    keep: frozenset[Kind]
    report: str | None
    seed: str | None

    def folder(self) -> Path | None:
        """The folder for intermediate files: where the result goes, so that there is room; else the system's."""
        if self.output == "-":
            return None
        try:
            parent = Path(self.output).resolve().parent
            return parent if parent.is_dir() else None
        except (OSError, RuntimeError):  # no name of a file, as is said later
            return None

    def workspace(self) -> tempfile.TemporaryDirectory[str]:
        """A folder for intermediate files. Raises ``click.ClickException`` where none can be made."""
        folder = self.folder()
        try:
            return tempfile.TemporaryDirectory(prefix=".loganalyzer.", dir=folder)
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise
            raise click.ClickException(
                f"{folder or tempfile.gettempdir()} cannot be written: {reason(error)}"
            ) from None

    def targets(self, logs: Sequence[BroughtLog]) -> list[Path | None]:
        """Where the results go. Raises ``click.UsageError``."""
        from loganalyzer.redact.inputs import result_names

        folder = Path(self.output)
        if len(logs) == 1 and not _exists(folder, Path.is_dir):
            return [destination(self.output, self.logs)]
        if self.output == "-" or _exists(folder, Path.is_file):
            raise click.UsageError(f"{len(logs)} logs were found: -o must be a folder.")
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise click.UsageError(f"the folder {folder} cannot be made: {reason(error)}.") from error
        return [destination(str(folder / name), self.logs) for name in result_names(logs)]

    def key(self) -> Key:
        """The key to work with. Raises ``click.ClickException``."""
        from loganalyzer.redact.keyfile import KeyFileError, load_key, new_key

        if self.key_file and _exists(Path(self.key_file)):
            try:
                return load_key(Path(self.key_file))
            except KeyFileError as error:
                raise click.ClickException(str(error)) from error
        if self.seed is None:
            return new_key()
        return new_key(hashlib.sha256(self.seed.encode("utf-8", "surrogateescape")).digest())


def _exists(path: Path, kind: Callable[[Path], bool] = Path.exists) -> bool:
    """Whether there is something of this kind; no name that this system takes is there."""
    try:
        return kind(path)
    except OSError:
        return False


def _done(task: _Task, *, restore: bool) -> ExitCode:
    """Bring the logs to a folder of their own, and redact or restore them there."""
    from loganalyzer.redact.inputs import bring

    with task.workspace() as name:
        workspace = Path(name)
        brought = bring(task.logs, workspace)
        say_problems(brought.problems)
        if not brought.logs:
            click.echo("Nothing was read, nothing is written.", err=True)
            return ExitCode.UNREADABLE
        targets = task.targets(brought.logs)
        status = (_restore if restore else _redact)(task, brought.logs, targets, workspace)
        incomplete = status is ExitCode.OK and any(problem.incomplete for problem in brought.problems)
        return ExitCode.INCOMPLETE if incomplete else status


def _kinds(names: str) -> frozenset[Kind]:
    wanted = {name.strip().lower() for name in names.split(",") if name.strip()}
    if unknown := wanted - KEEPABLE:
        raise click.BadParameter(f"{', '.join(sorted(unknown))}: only {_KEEPABLE} can be kept.", param_hint="'--keep'")
    return frozenset(Kind(name) for name in wanted)


def _redact(task: _Task, logs: Sequence[BroughtLog], targets: Sequence[Path | None], workspace: Path) -> ExitCode:
    from loganalyzer.redact.keyfile import KeyFileError, save_key
    from loganalyzer.redact.workflow import RefusedError, redact_logs

    key = task.key()
    report = destination(task.report, task.logs)
    to_stdout = targets == [None]
    try:
        results = redact_logs(logs, key, task.keep, workspace, restorable=task.key_file is not None)
    except RefusedError as refusal:
        for result in refusal.results:
            _say("\n".join(result.coverage.text(visible(result.log.name), task.keep)), err=True)
        click.echo(f"Nothing is written: {refusal}.", err=True)
        return ExitCode.INCOMPLETE
    if task.key_file is not None:
        try:
            save_key(Path(task.key_file), key)
        except KeyFileError as error:
            raise click.ClickException(str(error)) from error
    for result, target in zip(results, targets, strict=True):
        _write(result.path, result.log, target)
        _say("\n".join(result.coverage.text(visible(result.log.name), task.keep)), err=to_stdout)
    if task.report:
        with writing(report) as stream:
            document = [result.coverage.data(result.log.name) for result in results]
            stream.write(json.dumps(document, indent=1).encode("ascii") + b"\n")
    return ExitCode.OK


def _restore(task: _Task, logs: Sequence[BroughtLog], targets: Sequence[Path | None], workspace: Path) -> ExitCode:
    from loganalyzer.redact.workflow import restore_logs

    if not _exists(Path(task.key_file or "")):
        raise click.ClickException(f"there is no key file {task.key_file}")
    for (log, path, exact), target in zip(restore_logs(logs, task.key(), workspace), targets, strict=True):
        _write(path, log, target)
        certainty = (
            "byte for byte the log as it was"
            if exact
            else "not a result of this key as it was written; its pseudonyms are replaced"
        )
        _say(f"{visible(log.name)}: restored, {certainty}.", err=target is None)
    return ExitCode.OK


def _write(path: Path, log: BroughtLog, target: Path | None) -> None:
    with writing(target) as stream:
        log.write(path, stream)


def _say(text: str, *, err: bool) -> None:
    data = text.encode("utf-8", "backslashreplace") + b"\n"
    if err or sys.stdout is None:
        click.echo(data, err=err, nl=False)
        return
    with writing(None) as stream:
        stream.write(data)
