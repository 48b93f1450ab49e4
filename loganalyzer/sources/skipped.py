"""Names the files in folders and archives that are no logs."""

from __future__ import annotations

from dataclasses import dataclass, field

_MOST_NAMES = 1000


@dataclass(slots=True)
class Skipped:
    """How many files were passed over because they are evidently no logs, and the names of the first ones."""

    count: int = 0
    names: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        """Count a file."""
        self.count += 1
        if len(self.names) < _MOST_NAMES:
            self.names.append(name)
