"""What a process of a scan can do without."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType


class _NoPandas:
    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:  # noqa: ARG002
        if name == "pandas":
            raise ModuleNotFoundError(name)


def spare_pandas() -> None:
    """From now on this process has no pandas, unless it has it already.

    pyarrow looks for it when it makes its first array, to know its series: 50 MB and 0.15 s in each worker, which gives
    it none.
    """
    if not any(isinstance(finder, _NoPandas) for finder in sys.meta_path):
        sys.meta_path.insert(0, _NoPandas())
