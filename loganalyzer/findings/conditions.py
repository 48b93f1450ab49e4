"""The condition language of the signatures: fields, operators, ``all``/``any``/``none``. Nothing else.

A condition is a mapping. Each key is a field of the object that is judged (``calling_aet``, ``reject.reason``,
``refused.kind``); its value is what the field must equal, a list of such values, or a mapping of operators. The keys
``all``, ``any`` and ``none`` take lists of conditions. Several keys must all hold.

A field that the log does not show is None. Comparing None gives *undecided*, which is neither true nor false, except
for ``exists`` and for an explicit ``null``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Lookup = Callable[[str], Any]
"""Gives the value of a field of the object under judgement."""
Test = Callable[[Lookup], bool | None]
"""What a condition is turned into."""


def _near(a: str, b: str) -> bool:
    """Equal but for case, blanks or one edit, and not equal."""
    if a == b:
        return False
    x, y = "".join(a.split()).upper(), "".join(b.split()).upper()
    return x == y or _one_edit(x, y)


def _one_edit(x: str, y: str) -> bool:
    if abs(len(x) - len(y)) > 1 or min(len(x), len(y)) < 3:
        return False
    if len(x) > len(y):
        x, y = y, x
    at = next((i for i, c in enumerate(x) if c != y[i]), len(x))
    if len(x) != len(y):
        return x[at:] == y[at + 1 :]
    return x[at + 1 :] == y[at + 1 :] or (x[at : at + 2] == y[at : at + 2][::-1] and x[at + 2 :] == y[at + 2 :])


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(p) if p.isdigit() else 0 for p in text.split("."))


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: bool(a == b),
    "ne": lambda a, b: bool(a != b),
    "in": lambda a, b: a in b,
    "not_in": lambda a, b: a not in b,
    "lt": lambda a, b: bool(a < b),
    "le": lambda a, b: bool(a <= b),
    "gt": lambda a, b: bool(a > b),
    "ge": lambda a, b: bool(a >= b),
    "contains": lambda a, b: any(w in a for w in b) if isinstance(b, list) else b in a,
    "lacks": lambda a, b: not any(w in a for w in b) if isinstance(b, list) else b not in a,
    "starts": lambda a, b: str(a).startswith(tuple(b) if isinstance(b, list) else b),
    "ends": lambda a, b: str(a).endswith(tuple(b) if isinstance(b, list) else b),
    "near": lambda a, b: _near(str(a), str(b)),
    "before_version": lambda a, b: _version(str(a)) < _version(str(b)),
    "exists": lambda a, b: (a is not None) == b,
}


def fields_of(condition: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields that a condition asks for, each with what its value must be; links that are no lists have none."""
    for key, wanted in condition.items():
        if key not in COMBINATIONS:
            yield key, wanted
        elif isinstance(wanted, list):
            for part in wanted:
                if isinstance(part, dict):
                    yield from fields_of(part)


def holds(condition: dict[str, Any], lookup: Lookup) -> bool | None:
    """Whether a condition holds for an object: True, False, or None where the log does not show enough to say."""
    return compiled(condition)(lookup)


def compiled(condition: dict[str, Any]) -> Test:
    """The same as a function, for a condition that is asked of many objects."""
    tests = tuple(_compiled_part(key, wanted) for key, wanted in condition.items())
    return tests[0] if len(tests) == 1 else _every(tests)


def _compiled_part(key: str, wanted: Any) -> Test:  # noqa: ANN401 - parsed YAML
    if key not in COMBINATIONS:
        return _compiled_field(key, wanted)
    parts = tuple(compiled(part) for part in wanted)
    return COMBINATIONS[key](parts)


def _every(parts: tuple[Test, ...]) -> Test:
    def test(lookup: Lookup) -> bool | None:
        undecided = False
        for part in parts:
            result = part(lookup)
            if result is False:
                return False
            undecided = undecided or result is None
        return None if undecided else True

    return test


def _some(parts: tuple[Test, ...]) -> Test:
    def test(lookup: Lookup) -> bool | None:
        undecided = False
        for part in parts:
            result = part(lookup)
            if result:
                return True
            undecided = undecided or result is None
        return None if undecided else False

    return test


def _none(parts: tuple[Test, ...]) -> Test:
    some = _some(parts)

    def test(lookup: Lookup) -> bool | None:
        found = some(lookup)
        return None if found is None else not found

    return test


COMBINATIONS: dict[str, Callable[[tuple[Test, ...]], Test]] = {"all": _every, "any": _some, "none": _none}


def _compiled_field(key: str, wanted: Any) -> Test:  # noqa: ANN401 - values of any field
    if wanted is None:
        return lambda lookup: lookup(key) is None
    if isinstance(wanted, dict):
        tests = tuple(_compiled_operator(key, op, w) for op, w in wanted.items())
        return tests[0] if len(tests) == 1 else _every(tests)
    if isinstance(wanted, list):
        return lambda lookup: None if (value := lookup(key)) is None else value in wanted
    other = _other_field(wanted)
    if other is not None:
        return lambda lookup: None if (value := lookup(key)) is None else bool(value == lookup(other))
    return lambda lookup: None if (value := lookup(key)) is None else bool(value == wanted)


def _compiled_operator(key: str, op: str, wanted: Any) -> Test:  # noqa: ANN401
    other = _other_field(wanted)
    if other is not None:
        return lambda lookup: _operator_holds(op, lookup(other), lookup(key))
    return lambda lookup: _operator_holds(op, wanted, lookup(key))


def _operator_holds(op: str, wanted: Any, value: Any) -> bool | None:  # noqa: ANN401
    if op == "exists":
        return OPERATORS[op](value, wanted)
    if value is None or wanted is None:
        return None
    try:
        return OPERATORS[op](value, wanted)
    except TypeError:
        return False


def _other_field(wanted: Any) -> str | None:  # noqa: ANN401
    """``$field`` stands for another field of the same object."""
    return wanted[1:] if isinstance(wanted, str) and wanted.startswith("$") else None
