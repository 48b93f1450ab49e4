"""One log, ready to be read once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loganalyzer.sources.block import Block, Neighbours, ReadState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from loganalyzer.sources.plain import PlainFile


@dataclass(slots=True)
class Log:
    """A ``LogStream``.

    ``zone`` is the time zone of a wrapper's stamps as written (``+01:00``), else ``None``. ``plain`` is the file, where
    its bytes are the log.
    """

    name: str
    wrapper: str
    wrapper_score: float
    encoding: str
    year: int | None
    year_from: str
    draw: Callable[[ReadState], Iterator[Block]]
    started: datetime | None = None
    zone: str | None = None
    plain: PlainFile | None = None
    neighbours: Neighbours = field(default_factory=Neighbours)
    state: ReadState = field(default_factory=ReadState)

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks; to be called once, before the next log is drawn."""
        return self.draw(self.state)
