"""Write the reference page of all causes, ``docs/causes.md``, from the patterns.

For each cause: what it means, why it matters, what to do, and the signatures that lead to it, with their codes.

Usage: python -m tools.generate_cause_reference [--check] [-o docs/causes.md]
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from loganalyzer.findings.phrase import outline
from loganalyzer.patternbase import PatternBase, load_patterns
from loganalyzer.report.advice import risk_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loganalyzer.patternbase.types import Advice, Cause, Signature

OUTPUT = Path(__file__).resolve().parents[1] / "docs" / "causes.md"
HEAD = """\
# Causes and signatures

<!-- Made by tools/generate_cause_reference.py from patterns/; do not edit. -->

A *signature* says what a log shows (its code is in brackets in a report); a *cause* says what is wrong and is what a
person acts on. `loganalyzer explain CODE` shows the same for one of them, `loganalyzer patterns show CODE` what a
signature is made of. Words in braces are filled in from the log.

"""
WHO = {
    "orthanc": "Who runs Orthanc", "peer": "Who runs the other side", "network": "Who runs the network",
    "storage": "Who runs the machine", "database": "Who runs the database", "plugin": "Who runs Orthanc (plugin)",
    "user": "Who calls",
}  # fmt: skip


def build(base: PatternBase) -> str:
    """The page."""
    causes = sorted((c for c in base.causes.values() if not _is_of_peers(c, base)), key=lambda c: c.slug)
    by_cause: dict[str, list[Signature]] = {}
    for signature in sorted(base.signatures, key=lambda s: s.code):
        by_cause.setdefault(signature.cause, []).append(signature)
    count = sum(len(by_cause.get(c.slug, ())) for c in causes)
    lines = [HEAD, f"{len(causes)} causes, {count} signatures.\n"]
    lines += [f"- [{c.slug}](#{c.slug}): {_plain(c.title)}" for c in causes]
    for cause in causes:
        lines += ["", *_section(cause, by_cause.get(cause.slug, []))]
    return "\n".join(lines) + "\n"


def _is_of_peers(cause: Cause, base: PatternBase) -> bool:
    """Whether these are only other words for a cause, for the logs of other programs."""
    return cause.slug not in {s.cause for s in base.signatures} and not re.fullmatch(r"[a-z0-9-]+", cause.slug)


def _section(cause: Cause, signatures: list[Signature]) -> Iterator[str]:
    yield f"## {cause.slug}"
    yield ""
    yield f"**{_plain(cause.title)}.** {_plain(cause.what)} {_plain(cause.why)}"
    if cause.refines:
        yield ""
        yield f"Refines [{cause.refines}](#{cause.refines})."
    yield ""
    for action in cause.actions:
        yield from _action(action)
    if signatures:
        yield ""
        yield "| code | signature | finding |"
        yield "|---|---|---|"
        for s in signatures:
            yield f"| {s.code} | {s.name} | {s.severity}, {s.confidence}: {_cell(_plain(s.title))} |"
    if cause.versions:
        yield ""
        yield from (f"- {_plain(note)}" for note in cause.versions)
    if cause.references:
        yield ""
        yield "See " + ", ".join(f"<{r}>" if r.startswith("http") else r for r in cause.references) + "."


def _action(action: Advice) -> Iterator[str]:
    yield f"- {WHO.get(action.who, action.who)}: {_plain(action.text)}"
    if action.suggested:
        yield f"  {_code(action.suggested)}" + (f" (option `{action.option}`)" if action.option else "")
    if risk := risk_of(action):
        yield f"  Risk: {_plain(risk)}"
    if action.verify:
        yield f"  Check: {_code(action.verify)}"


def _plain(text: str) -> str:
    """One line, with placeholders by their names."""
    return outline(" ".join(text.split()))


def _code(text: str) -> str:
    """A command or a piece of configuration as code, a sentence as it is."""
    plain = _plain(text)
    return plain if plain.startswith("The ") else f"`{plain}`"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def main() -> None:
    """Write the page, or with ``--check`` fail when it is not what the patterns say."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="only compare")
    parser.add_argument("-o", "--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    text = build(load_patterns(strict=True))
    if not options.check:
        options.output.write_text(text, encoding="utf-8")
    elif not options.output.is_file() or options.output.read_text(encoding="utf-8") != text:
        sys.exit(f"{options.output} is out of date; run: python -m tools.generate_cause_reference")


if __name__ == "__main__":
    main()
