"""What can be said of a fault of the program itself; what the exception says may quote the log, so it is not shown."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

_PACKAGE = f"loganalyzer{os.sep}"


def fault_sentence(fault: Exception) -> str:
    """Return the kind of ``fault`` and where it arose, as one clause."""
    return f"internal error ({fault_place(fault)}). This is a fault of loganalyzer, not of the log"


def fault_place(fault: Exception) -> str:
    """Return the kind of ``fault`` and where in this package it arose: ``KeyError in judge.py:17``."""
    frames = traceback.extract_tb(fault.__traceback__)
    place = next((f for f in reversed(frames) if _PACKAGE in f.filename), frames[-1] if frames else None)
    return type(fault).__name__ + (f" in {Path(place.filename).name}:{place.lineno}" if place else "")
