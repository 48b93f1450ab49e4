"""What is declared is pinned, and tests and tools import nothing else; for the package itself, deptry looks at both."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LINES = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
PINS = {canonicalize_name(line.partition("==")[0]): line.partition("==")[2] for line in LINES if "==" in line}
BUILD = ["editables"]
"""What the build of an editable install asks for on its own."""
BY_HAND = {"atheris", "searchkit"}
"""Installed by whoever runs the fuzzer or the benchmarks: no test needs them."""
LATER = {"compression"}
"""In the standard library of later Pythons than the oldest one that is supported."""


def requirements(*sections: str) -> list[Requirement]:
    project = PROJECT["project"]
    declared = {
        "run": project["dependencies"],
        "extras": [one for extra in project.get("optional-dependencies", {}).values() for one in extra],
        "dev": [one for group in PROJECT["dependency-groups"].values() for one in group if isinstance(one, str)],
        "build": [*PROJECT["build-system"]["requires"], *BUILD],
    }
    return [Requirement(one) for section in sections for one in declared[section]]


ALL = requirements("run", "extras", "dev", "build")


@pytest.mark.parametrize("requirement", ALL, ids=lambda one: one.name)
def test_every_requirement_is_pinned(requirement: Requirement) -> None:
    pin = PINS[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(Version(pin))
    assert requirement.url is None


def test_pins_are_nothing_but_versions() -> None:
    for line in LINES:
        assert line.startswith("#") or re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.+]*", line)
    assert len(PINS) == sum("==" in line for line in LINES)


@cache
def needs(name: str, extras: frozenset[str]) -> tuple[Requirement, ...]:
    """What an installed distribution needs on any system, of Python as it runs here."""
    found = []
    for text in metadata.requires(name) or []:
        one = Requirement(text)
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in extras or {""}):
            found.append(one)
    return tuple(found)


def test_what_requirements_need_is_pinned() -> None:
    pending = [one for one in ALL if one.name not in BUILD and (one.marker is None or one.marker.evaluate())]
    seen: set[tuple[str, frozenset[str]]] = set()
    while pending:
        one = pending.pop()
        name, extras = canonicalize_name(one.name), frozenset(one.extras)
        assert name in PINS, f"{name} is not in constraints.txt"
        if (name, extras) not in seen:
            seen.add((name, extras))
            pending += needs(name, extras)
    assert len(seen) > 30


def imported(folder: str) -> dict[str, str]:
    """Foreign top-level modules, each with a file that imports it."""
    own = {path.name for path in ROOT.iterdir() if path.is_dir()}
    own |= {path.stem for path in (ROOT / folder).rglob("*.py")} | {path.name for path in (ROOT / folder).rglob("*/")}
    found = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            for name in names:
                top = name.partition(".")[0]
                if top not in sys.stdlib_module_names and top not in own | LATER | BY_HAND:
                    found[top] = str(path.relative_to(ROOT))
    return found


@pytest.mark.parametrize("folder", ["tests", "tools", "benchmarks"])
def test_every_import_is_declared(folder: str) -> None:
    names = {canonicalize_name(one.name) for one in requirements("run", "extras", "dev")}
    owners = metadata.packages_distributions()
    undeclared = {
        module: path
        for module, path in imported(folder).items()
        if names.isdisjoint(map(canonicalize_name, owners.get(module, [module])))
    }
    assert not undeclared
