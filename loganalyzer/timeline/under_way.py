"""The associations that are open, in the order in which they were opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from loganalyzer.timeline.draft import AssociationDraft


class OpenAssociations:
    """A bounded collection of drafts, in order, also by a key that does not change while they are open.

    Of a log that shows many beginnings and no ends, the oldest are given up beyond ``most``, so that no line costs more
    than the first one did: nothing that comes later is taken for theirs.
    """

    def __init__(self, key: Callable[[AssociationDraft], Hashable], most: int) -> None:
        self._key = key
        self._most = most
        self._drafts: dict[int, AssociationDraft] = {}
        self._by_key: dict[Hashable, dict[int, AssociationDraft]] = {}

    def add(self, draft: AssociationDraft) -> AssociationDraft | None:
        """Adds a draft behind all others; gives the one that is given up for it, if any."""
        self._drafts[draft.number] = draft
        self._by_key.setdefault(self._key(draft), {})[draft.number] = draft
        if len(self._drafts) <= self._most:
            return None
        oldest = next(iter(self._drafts.values()))
        self.discard(oldest)
        return oldest

    def discard(self, draft: AssociationDraft) -> None:
        """Takes a draft out, if it is there."""
        if self._drafts.pop(draft.number, None) is None:
            return
        key = self._key(draft)
        alike = self._by_key[key]
        del alike[draft.number]
        if not alike:
            del self._by_key[key]

    def of(self, key: Hashable) -> list[AssociationDraft]:
        """Those with a key, in order."""
        return list(self._by_key.get(key, {}).values())

    def clear(self) -> None:
        """Takes all out."""
        self._drafts.clear()
        self._by_key.clear()

    def __iter__(self) -> Iterator[AssociationDraft]:
        return iter(self._drafts.values())

    def __reversed__(self) -> Iterator[AssociationDraft]:
        return reversed(self._drafts.values())

    def __len__(self) -> int:
        return len(self._drafts)

    def __contains__(self, draft: AssociationDraft) -> bool:
        return draft.number in self._drafts
