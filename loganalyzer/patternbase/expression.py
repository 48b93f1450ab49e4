"""Which regular expressions a pattern may hold: those whose time cannot explode."""

from __future__ import annotations

import re
import warnings
from importlib import import_module
from typing import Any

_MOST = 2  # a group that repeats this often or more counts as repeating
_LONGEST = 500


def expression_faults(text: str) -> list[str]:
    """What is wrong with a regular expression; empty when it may be used.

    It must compile, begin with something fixed, and neither look around nor refer back, nor repeat a group that holds a
    repetition: such an expression can need years for a line of a hundred characters.
    """
    if len(text) > _LONGEST:
        return [f"the regular expression is longer than {_LONGEST} characters"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(text)
            parsed = import_module("re._parser").parse(text)
    except (re.error, RecursionError, OverflowError, Warning) as e:
        return [f"the regular expression cannot be used: {e}"]
    faults = list(dict.fromkeys(_faults(parsed, repeated=False)))
    first = parsed[0] if len(parsed) else None
    if first is None or (_is_repeat(first) and first[1][1] > _MOST):
        faults.append("the regular expression must not begin with a repetition; begin with something fixed")
    return faults


def _is_repeat(part: Any) -> bool:  # noqa: ANN401 - parsed expression
    return str(part[0]) in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}


def _faults(parts: Any, *, repeated: bool) -> list[str]:  # noqa: ANN401 - parsed expression
    found: list[str] = []
    for part in parts:
        kind, content = str(part[0]), part[1]
        if kind in {"ASSERT", "ASSERT_NOT"}:
            found.append("the regular expression must not look around ((?=…), (?!…), (?<=…), (?<!…))")
        elif kind in {"GROUPREF", "GROUPREF_EXISTS"}:
            found.append("the regular expression must not refer back to a group")
        elif _is_repeat(part):
            low, high, inner = content
            varies = high != low and high >= _MOST
            if repeated and varies:
                found.append("the regular expression must not repeat a group that holds a repetition, as in (a+)+")
            found += _faults(inner, repeated=repeated or high >= _MOST)
        elif kind == "SUBPATTERN":
            found += _faults(content[-1], repeated=repeated)
        elif kind == "BRANCH":
            if repeated:
                found.append("the regular expression must not repeat alternatives, as in (a|b)*; use [ab]*")
            for branch in content[1]:
                found += _faults(branch, repeated=repeated)
        elif kind == "ATOMIC_GROUP":
            found += _faults(content, repeated=repeated)
    return found
