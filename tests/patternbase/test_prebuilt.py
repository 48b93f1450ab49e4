"""What a wheel brings: patterns that were read when it was built."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from loganalyzer.patternbase import load, load_patterns
from loganalyzer.patternbase.folders import patterns_folder
from loganalyzer.patternbase.load import PREBUILT, prebuild


@pytest.fixture
def installed(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "patterns"
    shutil.copytree(patterns_folder(), folder)
    monkeypatch.setattr(load, "patterns_folder", lambda: folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))
    prebuild(folder / PREBUILT)
    return folder


def test_nothing_is_read_and_nothing_is_cached(installed, tmp_path, monkeypatch):
    wanted = load_patterns(samples=True)
    monkeypatch.setattr(load, "_read", lambda *_, **__: pytest.fail("the files were read"))
    base = load_patterns()
    assert [e.message for e in base.events] == [e.message for e in wanted.events]
    assert base.signatures == wanted.signatures
    assert base.causes == wanted.causes
    assert base.folders == (str(installed),)
    assert not (tmp_path / "cache").exists()


def test_a_changed_file_wins(installed):
    path = installed / "startup" / "ports.yaml"
    path.write_text(path.read_text().replace("The DICOM server is switched off", "Switched off"))
    assert load_patterns().signature("LA636").title.startswith("Switched off")


def test_further_folders_are_read_beside_it(installed, tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.yaml").write_text(
        "schema: 1\nharmless: [{message: The broker of this site is up, why: a}]\n"
    )
    assert load_patterns(tmp_path / "more").events[-1].message == "The broker of this site is up"
