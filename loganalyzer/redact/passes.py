"""The visitors of the four passes over a log: learn, replace, prove, restore."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from loganalyzer.redact.kinds import Action, Kind
from loganalyzer.redact.learned import Learned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loganalyzer.redact.pseudonyms import Pseudonyms

_COLLECTED = (Action.AET, Action.WORD, Action.NUMBER, Action.IP)


class _Selective:
    """A visitor that leaves some kinds as they are, and takes values by their pieces."""

    def __init__(self, keep: Iterable[Kind] = ()) -> None:
        self._keep = frozenset(keep)

    def judges(self, kind: Kind) -> bool:
        """Whether this kind is to be replaced."""
        return kind not in self._keep

    def value(self, kind: Kind, value: bytes) -> None:
        """See ``Visitor``."""


class Learner(_Selective):
    """First pass: notes the values of labelled places and all pieces that will need a pseudonym."""

    def __init__(self, keep: Iterable[Kind] = ()) -> None:
        super().__init__(keep)
        self.learned = Learned()
        self.seen: dict[Action, set[bytes]] = {action: set() for action in _COLLECTED}

    def visit(self, action: Action, kind: Kind, piece: bytes) -> bytes:
        """Note a piece; it stays."""
        if action in self.seen and kind not in self._keep:
            self.seen[action].add(piece)
        return piece

    def value(self, kind: Kind, value: bytes) -> None:
        """Note a value of a labelled place."""
        if kind in self._keep:
            self.learned.keep(value)
        else:
            self.learned.learn(kind, value)


class Replacer(_Selective):
    """Second pass: puts pseudonyms in."""

    def __init__(self, pseudonyms: Pseudonyms, keep: Iterable[Kind] = ()) -> None:
        super().__init__(keep)
        self._pseudonyms = pseudonyms

    def visit(self, action: Action, kind: Kind, piece: bytes) -> bytes:
        """The pseudonym of a piece."""
        return piece if kind in self._keep else self._pseudonyms.replace(action, piece)


class Prover(_Selective):
    """Third pass, over the result: counts what is left although it is no pseudonym, by kind."""

    def __init__(self, pseudonyms: Pseudonyms, keep: Iterable[Kind] = ()) -> None:
        super().__init__(keep)
        self._pseudonyms = pseudonyms
        self.left: Counter[Kind] = Counter()

    def visit(self, action: Action, kind: Kind, piece: bytes) -> bytes:
        """Judge a piece; it stays."""
        if kind not in self._keep and not self._pseudonyms.is_pseudonym(action, piece):
            self.left[kind] += 1
        return piece


class Restorer(_Selective):
    """Puts the values back."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        super().__init__()
        self._pseudonyms = pseudonyms

    def visit(self, action: Action, kind: Kind, piece: bytes) -> bytes:  # noqa: ARG002
        """The value behind a pseudonym."""
        return self._pseudonyms.restore(action, piece)
