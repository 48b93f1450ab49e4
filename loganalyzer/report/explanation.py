"""What a code, a signature or a cause means: the long text, without a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.findings.phrase import fill, fill_command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.patternbase import PatternBase
    from loganalyzer.patternbase.types import Advice, Cause, Signature
    from loganalyzer.report.terminal import Terminal

_INDENT = 2


def known_words(patterns: PatternBase) -> list[str]:
    """Every word that :func:`explanation` knows: codes, names of signatures, causes."""
    return [*(w for s in patterns.signatures for w in (s.code, s.name)), *patterns.causes]


def explanation(word: str, patterns: PatternBase, terminal: Terminal) -> str | None:
    """The text for a code (``LA110``), a signature's name or a cause's slug; None for an unknown word.

    Where a log would fill in names and numbers, the general words stand.
    """
    signatures = [s for s in patterns.signatures if word in (s.code, s.name, s.cause)]
    slug = word if word in patterns.causes else signatures[0].cause if signatures else None
    if slug is None:
        return None
    cause = patterns.causes[slug]
    lines = list(_of_cause(cause, terminal))
    lines += _of_signatures(signatures, terminal)
    return "\n".join(lines) + "\n"


def _of_cause(cause: Cause, terminal: Terminal) -> Iterator[str]:
    yield terminal.paint(f"{cause.slug}: {terminal.plain(cause.title)}", "strong")
    for heading, text in (("What happened", cause.what), ("Why", cause.why)):
        if text:
            yield from _section(heading, [fill(text, {})], terminal)
    yield from _section("What to do", [], terminal)
    for number, advice in enumerate(cause.actions, 1):
        yield from _advice(number, advice, terminal)
    for heading, texts in (("Ask", cause.ask), ("Versions", cause.versions), ("References", cause.references)):
        if texts:
            yield from _section(heading, [fill(t, {}) for t in texts], terminal)


def _section(heading: str, texts: list[str], terminal: Terminal) -> Iterator[str]:
    yield ""
    yield terminal.paint(heading, "strong")
    for text in texts:
        yield from _paragraph(text, terminal, _INDENT)


def _paragraph(text: str, terminal: Terminal, indent: int) -> Iterator[str]:
    for line in terminal.folded(" ".join(text.split()), indent):
        yield " " * indent + line


def _advice(number: int, advice: Advice, terminal: Terminal) -> Iterator[str]:
    yield from _paragraph(f"{number}. ({advice.who}) {fill(advice.text, {})}", terminal, _INDENT)
    details = (
        ("option", advice.option),
        ("value", advice.suggested and fill(advice.suggested, {})),
        ("risk", advice.risk and fill(advice.risk, {})),
        ("verify", advice.verify and fill_command(advice.verify, {})),
    )
    for name, text in details:
        if text:
            yield from _paragraph(f"{name}: {text}", terminal, _INDENT + 3)


def _of_signatures(signatures: list[Signature], terminal: Terminal) -> Iterator[str]:
    if not signatures:
        return
    yield from _section("Recognised by", [], terminal)
    for s in signatures:
        yield from _paragraph(
            f"{s.code} {s.name} ({s.severity}, {s.confidence}): {fill(s.title, {})}", terminal, _INDENT
        )
        if s.needs:
            yield from _paragraph(f"needs: {s.needs}" + (f" ({s.how})" if s.how else ""), terminal, _INDENT + 3)
