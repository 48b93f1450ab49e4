"""The whole way from logs to proven results, in a folder of its own; nothing is handed out before the proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from loganalyzer.redact.coverage import Coverage
from loganalyzer.redact.pseudonyms import NoPseudonymError
from loganalyzer.redact.redaction import LineTooLongError, Redaction, SourceChangedError, digest_of, restore

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from loganalyzer.redact.inputs import BroughtLog
    from loganalyzer.redact.keyfile import Key
    from loganalyzer.redact.kinds import Kind


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one log."""

    log: BroughtLog
    path: Path
    coverage: Coverage

    def open(self) -> BinaryIO:
        """Open what was made of it for reading."""
        return self.path.open("rb")


class RefusedError(Exception):
    """The result cannot be vouched for; the message is one sentence. ``results`` tells how far it came."""

    def __init__(self, sentence: str, results: Sequence[Result] = ()) -> None:
        super().__init__(sentence)
        self.results = results


def redact_logs(
    logs: Sequence[BroughtLog], key: Key, keep: Iterable[Kind], workspace: Path, *, restorable: bool
) -> list[Result]:
    """Redact logs that belong together. Raises ``RefusedError``.

    With ``restorable``, ``key`` holds afterwards what is needed to restore them. A log that was itself made with this
    key comes back as it is.
    """
    redaction = Redaction(key, keep)
    try:
        results = _learned(redaction, logs, key, workspace)
        redaction.freeze()
        made = [result for result in results if not result.coverage.already]
        digests = [_replaced(redaction, result) for result in made]
        for result, pair in zip(made, digests, strict=True):
            redaction.prove(result.open, result.coverage)
            if restorable:
                redaction.restorable(result.log.open, result.open, pair)
    except LineTooLongError as error:
        raise RefusedError(f"{error}; that is no log that can be vouched for") from error
    except SourceChangedError as error:
        raise RefusedError(str(error)) from error
    except NoPseudonymError as error:
        raise RefusedError(f"there are not enough different pseudonyms: {error}") from error
    if any(not result.coverage.vouched for result in results):
        raise RefusedError(
            "the second pass over the result has found something that should not be there any more", results
        )
    return results


def _learned(redaction: Redaction, logs: Sequence[BroughtLog], key: Key, workspace: Path) -> list[Result]:
    results = []
    for number, log in enumerate(logs):
        if digest_of(log.open) in key.logs:
            coverage = Coverage(already=True)
            results.append(Result(log, log.path, coverage))
        else:
            results.append(Result(log, workspace / f"result-{number}", redaction.learn(log.open)))
    return results


def _replaced(redaction: Redaction, result: Result) -> tuple[str, str]:
    with result.path.open("xb") as target:
        digests = redaction.replace(result.log.open, target, result.coverage)
    if digests[0] != result.coverage.digest:
        raise SourceChangedError(f"{result.log.name} was changed while it was read")
    return digests


def restore_logs(logs: Sequence[BroughtLog], key: Key, workspace: Path) -> list[tuple[BroughtLog, Path, bool]]:
    """Put the values back: log, path of the result, and whether it is the log as it was, byte for byte."""
    results = []
    for number, log in enumerate(logs):
        path = workspace / f"restored-{number}"
        with path.open("xb") as target:
            exact = restore(key, log.open, target)
        results.append((log, path, exact))
    return results
