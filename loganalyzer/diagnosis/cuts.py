"""Where a log begins, ends or has a gap in the middle of something: what it shows is not all that happened.

The rule: a log is whole as far as each association in it has a beginning and an end, each dump and the last line have
an end, and each start of Orthanc was up. What lies between two whole things, or behind the last of them, leaves no
trace when it is missing; nobody can see that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.diagnosis.model import Verdict
from loganalyzer.sources.block import Problem
from loganalyzer.texts import texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from loganalyzer.diagnosis.model import Run


def cuts_of(name: str, counted: Mapping[str, tuple[int, int]], line: Callable[[int], int]) -> Iterator[Problem]:
    """What of a log has no beginning or no end, as problems that leave the analysis complete.

    ``counted`` are kinds with how many there are and the log's line where the first one begins; ``line`` gives the
    file's number of it.
    """
    for kind, (number, first) in counted.items():
        what = texts().count(f"cut.{kind}", number)
        yield Problem(f"{name}:{line(first)}", what, incomplete=False, cut=True)


def cut_starts(runs: Iterable[Run]) -> dict[str, tuple[int, int]]:
    """The starts of Orthanc that did not come to their end, counted; where something failed, that is why."""
    begun = [run.first_line for run in runs if run.orthanc_version is not None and "ready" not in run.facts]
    return {"start": (len(begun), begun[0])} if begun else {}


def headline_of_cut(verdict: Verdict, problems: Sequence[Problem]) -> str:
    """The sentence for a log that would be healthy if it were whole; empty for all others."""
    first = next((p.what for p in problems if p.cut), None)
    if verdict is not Verdict.HEALTHY or first is None or any(p.incomplete for p in problems):
        return ""
    return texts()("cut.headline", what=first)


def unless_cut(verdict: Verdict, problems: Iterable[Problem]) -> Verdict:
    """The verdict; of a log that is not whole, or was not wholly read, nobody can say that it is healthy."""
    in_doubt = verdict is Verdict.HEALTHY and any(p.incomplete or p.cut for p in problems)
    return Verdict.CANNOT_TELL if in_doubt else verdict
