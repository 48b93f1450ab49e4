"""Finds out in which wrappers, up to three deep, a log is brought.

What counts is what comes out: the chain of wrappers under which most lines begin as Orthanc's or DCMTK's lines do.
A log that is fine as it is stays as it is, whatever its dumps look like.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from loganalyzer.sources.block import Block
from loganalyzer.sources.evidence import header_starts, headers, line_starts
from loganalyzer.sources.wrappers import BY_NAME, PLAIN, WRAPPERS
from loganalyzer.sources.wrappers.colour import without_colours
from loganalyzer.sources.wrappers.other_prefix import OtherPrefix
from loganalyzer.sources.wrappers.peeling import NEIGHBOURS, share
from loganalyzer.sources.wrappers.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.sources.wrappers.peeling import Clock, Wrapper

DEEPEST = 3
_ENOUGH_FORM = 0.6
_PLAIN_SHARE = 0.8
_NEARLY_ALL = 0.9
_CLOSE = 0.98
_WIDEST = 12
# What no count of lines that begin as Orthanc's do can find: as many do so with it as without it.
_AT_THE_END = (
    "csv", "html", "headings", "suffix", "doubled", "blank-lines", "hard-wrap", "soft-wrap", "trailing-blanks",
    "newest-first", "repeated",
)  # fmt: skip
_AT_THE_END_OF_OTHERS = ("html", "suffix", "blank-lines", "soft-wrap")
_QUOTED = re.compile(rb"[ \t]{0,3}>")
_FENCE = re.compile(rb"(?m)^ {0,3}(?:`{3,}|~{3,}|\[code\b|\{(?:code|noformat)\b)")


@dataclass(frozen=True, slots=True)
class Detected:
    """The wrappers of a log from the outermost to the innermost, with the sample lines that each one sees.

    ``score`` is the share of Orthanc's prefixes in the sample that begin a line once all is peeled off or, where there
    is none, the share of lines with the outermost wrapper's form. ``coloured``: the text may have a terminal's colours.
    """

    wrappers: tuple[Wrapper, ...] = ()
    samples: tuple[Sequence[bytes], ...] = ()
    peeled: bytes = b""
    found: int = 0
    form: float = 1.0
    coloured: bool = False
    score: float = field(init=False)
    has_headers: bool = field(init=False)

    def __post_init__(self) -> None:
        everywhere = headers(self.peeled)
        score = header_starts(self.peeled) / everywhere if everywhere else self.form
        object.__setattr__(self, "score", round(score, 3))
        object.__setattr__(self, "has_headers", everywhere > 0)

    @property
    def name(self) -> str:
        """Return the wrappers' names, joined by ``+``."""
        return "+".join(wrapper.name for wrapper in self.wrappers) or PLAIN

    @property
    def splits(self) -> bool:
        """Return whether the file may hold several streams."""
        return any(wrapper.splits for wrapper in self.wrappers)

    @property
    def general(self) -> bool:
        """Return whether a wrapper is none that is known by name."""
        return any(isinstance(wrapper, OtherPrefix) for wrapper in self.wrappers)

    @property
    def sure(self) -> bool:
        """Return whether no other wrappers can be better: the outermost one is around all, and cannot be mistaken."""
        known = bool(self.wrappers) and self.wrappers[0].strong and not self.general
        return known and self.has_headers and min(self.form, self.score) >= _NEARLY_ALL

    @property
    def raw(self) -> bool:
        """Return whether the outermost wrapper needs the bytes as given."""
        return bool(self.wrappers) and self.wrappers[0].raw

    def pipeline(self) -> Pipeline:
        """Return a new pipeline that peels everything off."""
        return Pipeline(self.wrappers, self.samples)

    def remarks(self) -> list[str]:
        """Return what a person must know to find lines in the file."""
        found = (wrapper.remark(lines) for wrapper, lines in zip(self.wrappers, self.samples, strict=True))
        return [remark for remark in found if remark is not None]

    def clock(self) -> Clock | None:
        """Return what the stamps of the outermost wrapper with stamps tell."""
        for wrapper, lines in zip(self.wrappers, self.samples, strict=True):
            if clock := wrapper.clock(lines):
                return clock
        return None


def detect(sample: bytes) -> Detected:
    """Return the wrappers of a log of which ``sample`` holds whole lines."""
    bare = without_colours(sample)
    plain = Detected(peeled=bare, found=line_starts(bare))
    # A page is taken for what it shows, whatever its source looks like; nothing can be around it.
    found = _detect(_with(plain, ("web-page", "files", "no-break-spaces", "tabs")))
    found = _with(found, _AT_THE_END if found.has_headers else _AT_THE_END_OF_OTHERS)
    return replace(found, coloured=b"\x1b" in sample)


def _with(found: Detected, names: Sequence[str]) -> Detected:
    """Peel those of the wrappers ``names`` that are there."""
    for name in names:
        wrapper = BY_NAME[name]
        lines = found.peeled.split(b"\n") if wrapper.thorough else _some_lines(found.peeled)
        if wrapper not in found.wrappers and (form := wrapper.score(lines)):
            found = _peeled(found, wrapper, lines, form)
    return found


def _detect(plain: Detected) -> Detected:
    sample = plain.peeled
    everywhere = headers(sample)
    if everywhere and header_starts(sample) >= _NEARLY_ALL * everywhere:
        return _fenced(plain) if _FENCE.search(sample) else plain
    candidates = _candidates(plain)
    best = max((candidate.found for candidate in candidates), default=0)
    if best == 0:
        return _by_form(plain)
    if plain.found >= _PLAIN_SHARE * best:
        return _fenced(plain)
    close = [candidate for candidate in candidates if candidate.found >= _CLOSE * best]
    return _without_fences(min(close, key=_preference), plain)


def _without_fences(best: Detected, plain: Detected) -> Detected:
    """Drop the fences at the level where they stand, as far as the depth allows it."""
    texts = [b"\n".join(lines) for lines in best.samples] + [best.peeled]
    level = next((level for level, text in enumerate(texts) if _FENCE.search(text)), None)
    names = [wrapper.name for wrapper in best.wrappers]
    if level is None or len(names) == DEEPEST or "markdown" in names:
        return best
    detected = plain
    for name in [*names[:level], "markdown", *names[level:]]:
        detected = _peel(detected, BY_NAME[name])
    return detected if detected.found >= best.found else best


def _preference(candidate: Detected) -> tuple[bool, int, int]:
    """Return a key that sorts what is known by name before the general prefix, and the fewest wrappers first."""
    return (
        candidate.general,
        len(candidate.wrappers),
        -candidate.found,
    )


def _some_lines(sample: bytes) -> list[bytes]:
    """Return the lines that wrappers judge by: the first ones, and then some of the others."""
    lines = sample.split(b"\n")
    return lines[:NEIGHBOURS] + lines[NEIGHBOURS :: len(lines) // NEIGHBOURS + 1]


def chosen(names: str, sample: bytes) -> Detected:
    """Return the wrappers that a person named, joined by ``+``. Raises ``ValueError`` for a name that is not known."""
    bare = without_colours(sample)
    detected = Detected(peeled=bare, coloured=b"\x1b" in sample)
    for name in names.split("+"):
        if name == PLAIN:
            continue
        if name not in BY_NAME:
            raise ValueError(f"unknown input format {name!r}; known are {PLAIN}, {', '.join(BY_NAME)}")
        detected = _peel(detected, BY_NAME[name])
    return detected


def _candidates(plain: Detected) -> list[Detected]:
    frontier = [plain]
    candidates: list[Detected] = []
    for _ in range(DEEPEST):
        grown = []
        for one in (one for before in frontier for one in _one_more(before)):
            grown.append(one)
            if one.sure:
                return [*candidates, one]
        candidates += [candidate for candidate in grown if candidate.found]
        if any(one.has_headers and one.score >= _NEARLY_ALL and not one.general for one in grown):
            # Whatever has more wrappers would come behind it.
            break
        frontier = sorted(grown, key=lambda candidate: (-candidate.found, -candidate.form))
        frontier = [one for one in frontier if one.score < _NEARLY_ALL or not one.found][:_WIDEST]
    return candidates


def _one_more(before: Detected) -> Iterator[Detected]:
    """Peel each wrapper that the lines can have."""
    lines = _some_lines(before.peeled)
    for wrapper in WRAPPERS:
        if not (wrapper.raw and before.wrappers) and (form := wrapper.score(lines)) > 0:
            yield _peeled(before, wrapper, lines, form)


def _peel(before: Detected, wrapper: Wrapper) -> Detected:
    lines = _some_lines(before.peeled)
    return _peeled(before, wrapper, lines, wrapper.score(lines))


def _peeled(before: Detected, wrapper: Wrapper, lines: Sequence[bytes], form: float) -> Detected:
    pipeline = Pipeline((wrapper,), (lines,))
    pieces = [*pipeline.push(Block(before.peeled)), *pipeline.finish()]
    peeled = b"".join(block.data for _, block in pieces)
    return Detected(
        (*before.wrappers, wrapper),
        (*before.samples, lines),
        peeled,
        line_starts(peeled),
        before.form if before.wrappers else form,
    )


def _by_form(plain: Detected) -> Detected:
    """Without any line of Orthanc or DCMTK, trust only those wrappers that cannot be mistaken."""
    lines = _some_lines(plain.peeled)
    scored = [(wrapper.score(lines), wrapper) for wrapper in WRAPPERS if wrapper.strong]
    score, wrapper = max(scored, key=lambda pair: pair[0])
    if score >= _ENOUGH_FORM:
        return _peel(plain, wrapper)
    return _peel(plain, BY_NAME["quote"]) if share(lines, _QUOTED.match) >= _ENOUGH_FORM else _fenced(plain)


def _fenced(plain: Detected) -> Detected:
    """Drop fences and marks around a log that needs little else: fences are no lines of the message before them."""
    without = _peel(plain, BY_NAME["markdown"])
    fenced = _FENCE.search(plain.peeled) and without.found >= plain.found
    return without if fenced or without.found > plain.found else plain
