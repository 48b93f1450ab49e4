"""The logs of other programs and what is known about them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from loganalyzer.diagnosis.model import Diagnosis, Finding
from tests import knowledge
from tests.knowledge import SAMPLES, catalogue, patterns

__all__ = [
    "ANSWERS",
    "NAMES",
    "PEERS",
    "SAMPLES",
    "Peer",
    "catalogue",
    "diagnosed",
    "failures",
    "patterns",
    "peer",
    "read",
]

PEERS = SAMPLES / "peers"
NAMES = sorted(p.parent.name for p in PEERS.glob("*/peer.log"))
ANSWERS = sorted(p.parent.name for p in PEERS.glob("*/body.json"))


@dataclass(frozen=True)
class Peer:
    """One log with its truth."""

    name: str
    log: Path
    truth: dict[str, Any]

    @property
    def text(self) -> str:
        return self.log.read_text(encoding="latin-1")


@cache
def peer(name: str) -> Peer:
    return Peer(name, PEERS / name / "peer.log", json.loads((PEERS / name / "truth.json").read_text()))


def read(path: Path) -> Diagnosis:
    """A diagnosis with the program's patterns."""
    return knowledge.diagnosed(path)


@cache
def diagnosed(name: str) -> Diagnosis:
    """The diagnosis of one of them."""
    return read(peer(name).log)


def failures(diagnosis: Diagnosis) -> list[Finding]:
    """What the diagnosis says has failed, and nothing else explains."""
    return [f for f in diagnosis.findings if f.severity in ("error", "warning") and not f.explained_by]
