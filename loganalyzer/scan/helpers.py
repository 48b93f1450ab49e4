"""Who reads the parts of a large log for the worker that puts them together; see ``events.parts.Helpers``."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from loganalyzer.diagnosis.build import rare_collections
from loganalyzer.events.parts import read_part
from loganalyzer.scan.pool import Left, interrupts_held, pool_of
from loganalyzer.scan.worker_patterns import worker_patterns

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from loganalyzer.events.parts import Part, PartRead

_PART_SIZE = 8 << 20
_AHEAD = 2


@dataclass(frozen=True)
class _Helpers:
    """So many, with the program's patterns and those in ``folders``."""

    number: int
    folders: tuple[str, ...]
    part_size: int = _PART_SIZE


class ProcessHelpers(_Helpers):
    """``number`` processes of this machine."""

    def read(self, parts: Sequence[Part]) -> Generator[PartRead | None]:
        """What they find in ``parts``."""
        with pool_of(self.number) as pool:
            yield from _in_order(parts, lambda part: pool.submit(_read, part, self.folders), Left.take, self.number)


class ClusterHelpers(_Helpers):
    """``number`` other tasks of the Dask cluster on which this is called; the one that asks makes room for them."""

    def read(self, parts: Sequence[Part]) -> Generator[PartRead | None]:
        """What they find in ``parts``."""
        from distributed import worker_client

        with worker_client() as client:
            submit = partial(client.submit, _read, folders=self.folders, pure=False)
            yield from _in_order(parts, submit, lambda found: found, self.number)


def _in_order(
    parts: Sequence[Part], submit: Callable[[Part], Any], take: Callable[[Any], PartRead | None], number: int
) -> Generator[PartRead | None]:
    """Results in the order of ``parts``, some ahead; None for one that was lost, whose reason will show again."""
    rest = iter(parts)
    waiting = deque(_submitted(submit, part) for part in islice(rest, _AHEAD * number))
    while waiting:
        found = _result_of(waiting.popleft(), take)
        waiting.extend(_submitted(submit, part) for part in islice(rest, 1))
        yield found


def _submitted(submit: Callable[[Part], Any], part: Part) -> Any:  # noqa: ANN401 -- a future of this or that kind
    try:
        with interrupts_held():
            return submit(part)
    except Exception:  # noqa: BLE001 -- as below
        return None


def _result_of(future: Any, take: Callable[[Any], PartRead | None]) -> PartRead | None:  # noqa: ANN401
    try:
        return take(future.result()) if future is not None else None
    except Exception:  # noqa: BLE001 -- whatever became of a helper, the one that asked can read the part as well
        return None


def _read(part: Part, folders: tuple[str, ...]) -> PartRead | None:
    with rare_collections():
        return read_part(part, worker_patterns(folders)[1])
