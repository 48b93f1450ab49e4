"""Each stage imports only from the stages before it; see docs/architecture.md."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "loganalyzer"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

STAGES = (
    "texts", "dicom", "sources", "records", "dumps", "events", "dialects", "timeline", "findings", "patternbase", "diagnosis",
    "tables", "config", "comparison", "redact", "report", "triage", "workbench", "scan", "web", "cli",
)  # fmt: skip
"""From left to right."""

TYPES = {"timeline.association": "dumps", "diagnosis.model": "findings", "patternbase.types": "events"}
"""Modules that hold nothing but types that pass between stages, and the first stage that makes or takes them.

They count as part of that stage, whatever folder they stand in.
"""

NAMES_ONLY = frozenset({"patternbase.load"})
"""May be named in annotations to the left of it, too: the loaded patterns are handed down."""

ON_DEMAND = {("diagnosis.model", "tables.frames")}
"""Conveniences: a diagnosis turns itself into data frames, by a module that is loaded only then."""


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE)


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[tuple[str, bool, bool]]:
    """The package's own modules that ``path`` imports; whether for annotations only; whether when a function runs."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    annotations, delayed = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            annotations |= {id(inner) for inner in ast.walk(node)}
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            delayed |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [node.module or ""]
        for name in names:
            if name.startswith("loganalyzer."):
                yield name.removeprefix("loganalyzer."), id(node) in annotations, id(node) in delayed


def place(name: str) -> int:
    return STAGES.index(TYPES.get(name, name.partition(".")[0]))


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_imports_go_to_the_left(path: Path) -> None:
    name = name_of(path)
    for other, annotation, delayed in imports(path):
        excused = (annotation and other in NAMES_ONLY) or (delayed and (name, other) in ON_DEMAND)
        assert place(other) <= place(name) or excused, f"{name} imports {other}"


def test_every_stage_stands_on_the_page() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert set(STAGES) == folders
    for stage in STAGES:
        assert f"`{stage}/`" in PAGE


def test_the_page_names_nothing_that_is_not_there() -> None:
    for name in re.findall(r"`([a-z_]+(?:/[a-z_.]+)*/?)`", PAGE):
        if "/" in name:
            assert (PACKAGE / name).exists() or (ROOT / name).exists(), name
