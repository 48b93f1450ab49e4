"""The diagnosis of a redacted log is the diagnosis of the log, with names mapped."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import FORMS, Redacted, wrapped

from loganalyzer.redact.kinds import Action
from loganalyzer.report.json import to_json
from tests.knowledge import SAMPLES, diagnosed

LOGS = sorted(SAMPLES.glob("*/orthanc.log"))
#: Logs of the other side: those of every program and layout, and every fourth of those beside the logs of Orthanc.
PEERS = [*sorted(SAMPLES.glob("peers/*/peer.log")), *sorted(SAMPLES.glob("*-*/peer*.log"))[::4]]
#: What depends on the bytes of the log or is computed from names.
NOT_COMPARED = {"sha256", "bytes", "fingerprint", "encoding"}


def document(folder: Path, data: bytes, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The diagnosis of a log as JSON; the log has the same name each time."""
    folder.mkdir()
    (folder / "orthanc.log").write_bytes(data)
    monkeypatch.chdir(folder)
    parsed: dict[str, Any] = json.loads(to_json(diagnosed("orthanc.log")))
    return parsed


BYTES = r"\b[0-9a-f]{2}(?:  [0-9a-f]{2}){7,}\b"  # a line of a dump: names stand in it as bytes


def without_names(redacted: Redacted) -> Callable[[str], str]:
    """Replaces the names of the log and their pseudonyms alike."""
    names = set()
    for action in (Action.AET, Action.IP, Action.UID, Action.HEX, Action.WORD, Action.NUMBER):
        for name, pseudonym in redacted.redaction.pseudonyms.forward[action].items():
            if pseudonym and (action is not Action.NUMBER or len(name) > 4):
                names |= {name, pseudonym}
    alternatives = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True) if re.search(r"\w", name))
    pattern = re.compile(
        rf"(?<![0-9A-Za-z])(?:{alternatives})(?![0-9A-Za-z])|\d+(?:\.\d+){{4,}}|{BYTES}", re.IGNORECASE
    )
    return lambda text: pattern.sub("■", text)


def comparable(value: Any, mask: Callable[[str], str]) -> Any:
    """A JSON value without names."""
    if isinstance(value, dict):
        return {key: comparable(member, mask) for key, member in value.items() if key not in NOT_COMPARED}
    if isinstance(value, list):
        return [comparable(member, mask) for member in value]
    return mask(value) if isinstance(value, str) else value


def mapped_title(redacted: Redacted, title: str | None) -> str | None:
    """The pseudonym of an AET as an association shows it."""
    bare = (title or "").strip(" \"'")
    token = redacted.redaction.pseudonyms.forward[Action.AET].get(bare, bare)
    return title.replace(bare, token) if title and bare else title


def check(log: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    redacted = Redacted(log)
    assert redacted.coverage.vouched, redacted.coverage.left
    before = document(tmp_path / "before", log, monkeypatch)
    after = document(tmp_path / "after", redacted.data, monkeypatch)
    assert before["logs"]
    for old, new in zip(before["associations"], after["associations"], strict=True):
        for key in ("calling_aet", "called_aet"):
            assert new[key] == mapped_title(redacted, old[key])
    mask = without_names(redacted)
    assert comparable(after, mask) == comparable(before, mask)


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.parent.name)
def test_the_diagnosis_stays_the_same(path, tmp_path, monkeypatch):
    check(path.read_bytes(), tmp_path, monkeypatch)


@pytest.mark.parametrize("path", PEERS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_diagnosis_of_a_log_of_the_other_side_stays_the_same(path, tmp_path, monkeypatch):
    check(path.read_bytes(), tmp_path, monkeypatch)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["healthy-odd-aets-1.10.1-trace", "calling-aet-unknown-find-1.12.7-default"])
def test_the_diagnosis_of_a_wrapped_log_stays_the_same(name, form, tmp_path, monkeypatch):
    check(wrapped(form, (SAMPLES / name / "orthanc.log").read_bytes()), tmp_path, monkeypatch)


def test_there_are_samples():
    assert len(LOGS) > 200
    assert len(PEERS) > 100
