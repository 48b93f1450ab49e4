"""Scans archives of logs, from one folder to a fleet, into a dataset of Parquet tables and an overview.

plan (``inputs``, ``units``) → map (``examine``: one unit of work → rows) → reduce (``store``, ``overview``). The map is
the same function in this process, in a pool of processes and on a Dask cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from loganalyzer.scan.dataset import Dataset


def open_dataset(folder: str | Path) -> Dataset:
    """The dataset that ``loganalyzer scan -o FOLDER`` left there; raises ``DatasetError`` where there is none."""
    from loganalyzer.scan.dataset import Dataset

    return Dataset.open(folder)


__all__ = ["open_dataset"]
