"""Times and states as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from loganalyzer.web.entry import Status

if TYPE_CHECKING:
    from loganalyzer.web.entry import Progress

_DAY_S, _HOUR_S, _MINUTE_S = 86_400, 3600, 60


def date_of(seconds: float) -> str:
    """Return a time since 1970 as UTC, which is the same for all who share a link."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def ago(seconds: float) -> str:
    """Return a duration in the unit that fits: ``6 days``, ``1 hour``."""
    for unit, name in ((_DAY_S, "day"), (_HOUR_S, "hour"), (_MINUTE_S, "minute")):
        if seconds >= unit:
            number = round(seconds / unit)
            return f"{number} {name}{'' if number == 1 else 's'}"
    number = max(0, round(seconds))
    return f"{number} second{'' if number == 1 else 's'}"


def status_words(status: Status, progress: Progress) -> str:
    """Return what is happening with a diagnosis, as a sentence."""
    if status is Status.QUEUED:
        if progress.ahead:
            return f"Waiting: {progress.ahead} before this one."
        return "Waiting for its turn."
    return _PHASES.get(progress.phase, "Working.")


_PHASES = {
    "starting": "Starting the analysis.",
    "redacting": "Taking out what identifies people and sites.",
    "reading": "Reading the log.",
    "writing": "Writing the diagnosis.",
    "finished": "Done.",
}
