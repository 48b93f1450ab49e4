"""Compares the findings of two diagnoses by their fingerprints, which hold no times and no counts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_COMPARED = ("severity", "confidence", "count")
_MAX_DOCUMENT = 256 << 20


class DocumentError(ValueError):
    """A file that holds no diagnosis, with one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is compared of a finding."""

    fingerprint: str
    code: str
    signature: str
    cause: str
    title: str
    severity: str
    confidence: str
    count: int


@dataclass(frozen=True, slots=True)
class Change:
    """A finding that both have; ``what`` says what differs (``count 3 -> 41``)."""

    finding: Known
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """``new`` and ``gone`` are of one side only, ``changed`` and ``same`` of both."""

    new: tuple[Known, ...]
    gone: tuple[Known, ...]
    changed: tuple[Change, ...]
    same: tuple[Known, ...]


def compare(old: list[Known], new: list[Known]) -> Comparison:
    """What the second list has, lacks or says differently. Repeated fingerprints count once."""
    before, after = ({f.fingerprint: f for f in reversed(side)} for side in (old, new))
    changed, same = [], []
    for fingerprint, f in after.items():
        was = before.get(fingerprint)
        if was is None:
            continue
        what = tuple(f"{n} {getattr(was, n)} -> {getattr(f, n)}" for n in _COMPARED if getattr(was, n) != getattr(f, n))
        if what:
            changed.append(Change(f, what))
        else:
            same.append(f)
    return Comparison(
        tuple(f for k, f in after.items() if k not in before),
        tuple(f for k, f in before.items() if k not in after),
        tuple(changed),
        tuple(same),
    )


def findings_of_document(path: str) -> list[Known] | None:
    """The findings of a JSON document that ``loganalyzer diagnose --format json`` wrote; None for any other file.

    Raises:
        DocumentError: a JSON document of this form that cannot be used.
    """
    file = Path(path)
    if not file.is_file() or file.stat().st_size > _MAX_DOCUMENT:
        return None
    with file.open("rb") as stream:
        if not stream.read(64).lstrip().startswith(b"{"):
            return None
    try:
        document = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or "schema_version" not in document:
        return None
    found = document.get("findings")
    if not isinstance(found, list):
        raise DocumentError(f"{path}: the document has no list of findings")
    return [_known(f, path) for f in found]


def _known(f: Any, path: str) -> Known:  # noqa: ANN401 - parsed JSON
    try:
        return Known(
            str(f["fingerprint"]), str(f["code"]), str(f["signature"]), str(f["cause"]), str(f["title"]),
            str(f["severity"]), str(f["confidence"]), int(f["count"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, OverflowError):
        raise DocumentError(
            f"{path}: a finding of the document lacks a part; was it written by this program?"
        ) from None
