"""What was done to a log, in words and as data. Nothing in it is a value of the log."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from loganalyzer.redact.exposure import Exposure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loganalyzer.redact.kinds import Kind


@dataclass(slots=True)
class Coverage:
    """The account of one log.

    ``replaced`` counts by kind and place; ``free_lines`` counts, by who worded them, the lines whose ordinary words
    nobody but a person can judge; ``weak_values`` is the number of learned values that are ordinary words and that were
    therefore replaced at their labelled places only; ``left`` counts what the proof has found.
    """

    exposure: Exposure = field(default_factory=Exposure)
    lines: int = 0
    digest: str = ""
    already: bool = False
    replaced: Counter[tuple[Kind, str]] = field(default_factory=Counter)
    free_lines: Counter[str] = field(default_factory=Counter)
    weak_values: int = 0
    left: Counter[str] = field(default_factory=Counter)

    @property
    def vouched(self) -> bool:
        """Whether the proof found nothing."""
        return not self.left

    def text(self, name: str, keep: Iterable[Kind]) -> Iterator[str]:
        """The lines of the report for a person."""
        if self.already:
            yield f"{name}: It was made with this key before and is written as it is."
            return
        yield f"{name}: {self.exposure.sentence()}"
        yield f"  {self.lines:,} lines, {self.replaced.total():,} pieces replaced:"
        for (kind, place), count in self.replaced.most_common():
            yield f"  {count:>11,}  {kind.value:<11} {place}"
        for place, count in self.free_lines.most_common():
            yield f"  Not to be judged by a machine: {count:,} lines of {place}."
        if self.free_lines:
            yield "  Unknown words and numbers in them are replaced, ordinary words stay. Have a look at them."
        if self.weak_values:
            yield (
                f"  {self.weak_values:,} values are ordinary words: they are replaced where their place tells what "
                "they are, and stay elsewhere."
            )
        if kept := ", ".join(sorted(kind.value for kind in keep)):
            yield f"  Left in because you asked for it: {kept}."
        if self.vouched:
            yield "  The second pass over the result found nothing left."
        for what, count in self.left.most_common():
            yield f"  LEFT: {what} ({count:,} times)."

    def data(self, name: str) -> dict[str, Any]:
        """The report for programs."""
        return {
            "name": name,
            "about": self.exposure.sentence(),
            "level": self.exposure.level,
            "orthanc_versions": self.exposure.versions,
            "lines": self.lines,
            "replaced": [
                {"kind": kind.value, "place": place, "count": count}
                for (kind, place), count in self.replaced.most_common()
            ],
            "not_judged": [{"text": place, "lines": count} for place, count in self.free_lines.most_common()],
            "ordinary_words": self.weak_values,
            "left": dict(self.left),
            "vouched": self.vouched,
        }
