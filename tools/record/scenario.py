"""What a scenario is: a name, the cause it provokes, and what is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tools.record.lab import Lab

HEALTHY = "healthy"


@dataclass(frozen=True, slots=True)
class Scenario:
    """``run`` starts Orthanc and its peers in a lab and provokes the scenario.

    ``cause``: a slug, ``healthy``, or ``several`` with the slugs in ``by_called_aet`` or ``by_calling_aet``. ``keys``:
    texts in the lines that a person would point at, the most telling one first. ``acceptable``:
    causes that are right too, where the log cannot tell. ``minimum``: the first version of Orthanc that can do this.
    """

    name: str
    cause: str
    description: str
    run: Callable[[Lab], None]
    keys: tuple[str, ...] = ()
    what_fails: str | None = None
    fix_option: str | None = None
    acceptable: tuple[str, ...] = ()
    by_called_aet: Mapping[str, str] = field(default_factory=dict)
    by_calling_aet: Mapping[str, str] = field(default_factory=dict)
    minimum: tuple[int, ...] = (1, 0, 0)
    needs_root: bool = False
