"""What a code, a signature or a cause means: the long text, without a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.findings.phrase import fill, fill_command
from loganalyzer.report.advice import risk_of
from loganalyzer.texts import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.patternbase import PatternBase
    from loganalyzer.patternbase.types import Advice, Cause, Signature
    from loganalyzer.report.terminal import Terminal

_INDENT = 2
_SAID = ("name", "title", "what", "why", "fix", "risk")


def known_words(patterns: PatternBase) -> list[str]:
    """Every word that :func:`explanation` knows: codes, names of signatures, causes."""
    return [*(w for s in patterns.signatures for w in (s.code, s.name)), *patterns.causes, *_configuration_codes()]


def explanation(word: str, patterns: PatternBase, terminal: Terminal) -> str | None:
    """The text for a code (``LA110``), a signature's name or a cause's slug; None for an unknown word.

    Where a log would fill in names and numbers, the general words stand.
    """
    if word in _configuration_codes():
        return "\n".join(_of_configuration(word, terminal)) + "\n"
    signatures = [s for s in patterns.signatures if word in (s.code, s.name, s.cause)]
    slug = word if word in patterns.causes else signatures[0].cause if signatures else None
    if slug is None:
        return None
    cause = patterns.causes[slug]
    lines = list(_of_cause(cause, terminal))
    lines += _of_signatures(signatures, terminal)
    return "\n".join(lines) + "\n"


def _configuration_codes() -> list[str]:
    return [name for name in texts().section("configuration") if name.startswith("LA")]


def _of_configuration(code: str, terminal: Terminal) -> Iterator[str]:
    """What the check of the configuration says under a code, with general words in the place of names."""
    t = texts()
    general = t.section("configuration.general")
    said = {
        part: text.format_map(general)
        for part, text in t.section(f"configuration.{code}").items()
        if part.partition("_")[0] in _SAID
    }
    yield terminal.paint(terminal.plain(f"{code}: {said['name']}"), "strong")
    yield from _section(t("explain.said"), [said[p] for p in said if p.startswith("title")], terminal)
    for key, part in (
        ("explain.what", "what"),
        ("explain.why", "why"),
        ("explain.do", "fix"),
        ("explain.risk", "risk"),
    ):
        wordings = [said[p] for p in said if said[p] and (p == part or p.startswith(f"{part}_"))]
        if wordings:
            yield from _section(t(key), wordings, terminal)
    yield from _section(t("explain.see"), [t("explain.configuration")], terminal)


def _of_cause(cause: Cause, terminal: Terminal) -> Iterator[str]:
    yield terminal.paint(f"{cause.slug}: {terminal.plain(cause.title)}", "strong")
    t = texts()
    for key, text in (("explain.what", cause.what), ("explain.why", cause.why)):
        if text:
            yield from _section(t(key), [fill(text, {})], terminal)
    yield from _section(t("explain.do"), [], terminal)
    for number, advice in enumerate(cause.actions, 1):
        yield from _advice(number, advice, terminal)
    for key, words in (("ask", cause.ask), ("versions", cause.versions), ("references", cause.references)):
        if words:
            yield from _section(t(f"explain.{key}"), [fill(word, {}) for word in words], terminal)


def _section(heading: str, paragraphs: list[str], terminal: Terminal) -> Iterator[str]:
    yield ""
    yield terminal.paint(heading, "strong")
    for text in paragraphs:
        yield from _paragraph(text, terminal, _INDENT)


def _paragraph(text: str, terminal: Terminal, indent: int) -> Iterator[str]:
    for line in terminal.folded(" ".join(text.split()), indent):
        yield " " * indent + line


def _advice(number: int, advice: Advice, terminal: Terminal) -> Iterator[str]:
    t = texts()
    who = t.word(f"word.who.{advice.who}", advice.who)
    yield from _paragraph(f"{number}. {fill(advice.text, {})} ({who})", terminal, _INDENT)
    risk = risk_of(advice)
    details = (
        ("option", advice.option),
        ("value", advice.suggested and fill(advice.suggested, {})),
        ("risk", risk and fill(risk, {})),
        ("verify", advice.verify and fill_command(advice.verify, {})),
    )
    for name, text in details:
        if text:
            yield from _paragraph(f"{t(f'explain.{name}')}: {text}", terminal, _INDENT + 3)


def _of_signatures(signatures: list[Signature], terminal: Terminal) -> Iterator[str]:
    if not signatures:
        return
    t = texts()
    yield from _section(t("explain.recognised"), [], terminal)
    for s in signatures:
        yield from _paragraph(
            f"{s.code} {s.name} ({t(f'word.severity.{s.severity}')}, {t(f'word.confidence.{s.confidence}')}): "
            f"{fill(s.title, {})}",
            terminal,
            _INDENT,
        )
        if s.needs:
            needs = f"{t('explain.needs')}: {s.needs}" + (f" ({s.how})" if s.how else "")
            yield from _paragraph(needs, terminal, _INDENT + 3)
