"""A draft of the answer to a post: short, honest, without data of patients. It is never sent by the program."""

from __future__ import annotations

import re
import textwrap
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Self

from loganalyzer.diagnosis.model import Confidence, Severity, Verdict, rank
from loganalyzer.report.advice import risk_of
from loganalyzer.report.visible import visible
from loganalyzer.texts import texts
from loganalyzer.triage.masking import masked
from loganalyzer.triage.questions import remarks_on, roots
from loganalyzer.triage.verdict import ends_in_start

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loganalyzer.diagnosis.model import Action, Diagnosis, Finding
    from loganalyzer.sources.block import Problem
    from loganalyzer.triage.facts import Fact

_MOST_CAUSES = 2
_MOST_LINES = 3
_MOST_ACTIONS = 2
_MOST_NOISE = 3
_LONGEST_LINE = 300
_WIDTH = 78
# Values of findings that name parts of an installation, not people.
_HARMLESS = frozenset(
    {
        "aet", "called_aet", "calling_aet", "command", "count", "current_version", "dicom_port", "error_code",
        "format", "host", "hostname", "http_port", "ip", "level", "library", "manufacturer", "modality",
        "move_destination", "operation", "option", "peer_aet", "peer_ip", "peer_port", "plugin", "port", "reason",
        "result", "seconds", "size", "sop_class", "source", "status", "storage_plugin_name", "suite",
        "transfer_syntax", "transfer_syntax_from", "transfer_syntax_to", "type", "version",
    }
)  # fmt: skip
#: What the bodies of the REST API call their members.
_OWN_WORDS = (
    "OrthancError", "OrthancStatus", "HttpError", "HttpStatus", "ErrorCode", "ErrorDescription", "ErrorDetails",
)  # fmt: skip
_SHORTEST_VALUE = 3
_SHORTEST_LINE = 30
#: What quotes and list marks of mails put before a line.
_MARKS = " \t>|*#-`"
_RULE = re.compile(r".{0,60}?={4,} .{1,60} ={4,}\s*")


def reply_to(
    diagnosis: Diagnosis, facts: Sequence[Fact] = (), product: str | None = None, *, markdown: bool = False
) -> str:
    """The draft, as plain text in lines of at most 78 characters (lines of a log are longer), or as Markdown."""
    solved = any(fact.name == "solved" for fact in facts)
    paragraphs = list(_paragraphs(diagnosis, product, solved=solved))
    if markdown:
        return "\n\n".join(_as_markdown(p) for p in paragraphs) + "\n"
    return "\n\n".join(_as_text(p) for p in paragraphs) + "\n"


class _Paragraph(tuple[str, tuple[str, ...], bool]):
    """A sentence, the list below it, and whether the list is lines of a log. A member may have lines of its own."""

    __slots__ = ()

    def __new__(cls, sentence: str, members: Sequence[str] = (), *, quoted: bool = False) -> Self:
        return super().__new__(cls, (sentence, tuple(members), quoted))


def _as_text(paragraph: _Paragraph) -> str:
    sentence, members, quoted = paragraph
    rows = textwrap.wrap(sentence, _WIDTH)
    for member in members:
        if quoted:
            rows.append(f"    {member}")
        else:
            for number, part in enumerate(member.split("\n")):
                rows += textwrap.wrap(
                    part, _WIDTH, initial_indent="  " if number else "- ", subsequent_indent="  ",
                    break_long_words=False, break_on_hyphens=False,
                )  # fmt: skip
    return "\n".join(rows)


def _as_markdown(paragraph: _Paragraph) -> str:
    from loganalyzer.report.markdown import escaped

    sentence, members, quoted = paragraph
    if quoted:
        fence = "~~~" if any("```" in m for m in members) else "```"
        return "\n".join([escaped(sentence, 2000), "", f"{fence}text", *members, fence])
    items = ("\n  ".join(escaped(part, 2000) for part in member.split("\n")) for member in members)
    return "\n".join([escaped(sentence, 2000), *([""] if members else []), *(f"- {item}" for item in items)])


def _paragraphs(diagnosis: Diagnosis, product: str | None, *, solved: bool) -> Iterator[_Paragraph]:
    say = texts()
    yield _Paragraph(say("reply.greeting"))
    causes = roots(diagnosis)
    if diagnosis.verdict is Verdict.FAILURE and causes:
        yield _Paragraph(say("reply.solved" if solved else f"reply.failure_{causes[0].confidence}"))
        yield from _causes(diagnosis, causes)
    elif diagnosis.verdict is Verdict.NOT_ORTHANC:
        yield from _other_product(diagnosis, product)
    elif solved:
        yield _Paragraph(say("reply.solved_only"))
        return
    elif diagnosis.verdict is Verdict.HEALTHY:
        yield _Paragraph(say("reply.healthy"))
        yield from _noise(diagnosis, "reply.noise")
        yield _Paragraph(say("reply.healthy_more"))
    else:
        cut = any(map(ends_in_start, diagnosis.logs))
        yield _Paragraph(say("reply.cannot_tell_start" if cut else "reply.cannot_tell"))
        yield from _noise(diagnosis, "reply.seen")
    yield from _unread(diagnosis)
    yield from _questions(diagnosis, causes)
    yield _Paragraph(say("reply.closing"))


def _causes(diagnosis: Diagnosis, causes: Sequence[Finding]) -> Iterator[_Paragraph]:
    say = texts()
    # What is less sure than the first cause is not worth a line of the answer.
    shown = [c for c in causes if rank(c.confidence) <= rank(causes[0].confidence)][:_MOST_CAUSES]
    told: set[object] = set()
    for number, cause in enumerate(shown):
        clean = _Cleaner(cause)
        title = f"{clean(cause.title).rstrip('.')} ({say('reply.confidence', confidence=cause.confidence)})."
        if number:
            title = f"{say('reply.also')} {title}"
        why = cause.why or cause.what
        yield _Paragraph(title if why in told else f"{title} {clean(why)}".strip())
        lines = _lines(diagnosis, cause)
        if lines:
            yield _Paragraph(say("reply.lines"), lines, quoted=True)
        remarks = remarks_on(cause, diagnosis)
        if remarks:
            yield _Paragraph(say("reply.configuration"), [_remark(r, clean) for r in remarks[:_MOST_CAUSES]])
        actions = [action for action in _advice(cause, remarks) if action not in told]
        if actions and cause.code not in told:
            yield _Paragraph(say("reply.change"), [_action(a, clean) for a in actions])
        told |= {why, cause.code, *cause.actions}


def _lines(diagnosis: Diagnosis, cause: Finding) -> list[str]:
    # The first line of a body in JSON is a bracket, and that of a dump its title: they show nothing.
    telling = [e for e in cause.evidence if any(map(str.isalnum, e.text)) and not _RULE.fullmatch(e.text)]
    unique = {(e.log, e.line): e for e in telling}.values()
    shown = sorted(unique, key=lambda e: e.role != "primary")[:_MOST_LINES]
    lines = masked([e.text for e in shown], [*_OWN_WORDS, *(v for k, v in cause.values.items() if k in _HARMLESS)])
    rows = []
    for one, text in zip(shown, lines, strict=True):
        name = _name_for_its_author(diagnosis.logs[one.log].name) if one.log < len(diagnosis.logs) else ""
        quoted = max(text.split("`")[1::2], key=len, default="")  # of a sentence, the line that it quotes
        told = quoted if len(quoted) >= _SHORTEST_LINE else text.strip().lstrip(_MARKS).rstrip("`") or text.strip()
        shown_text = visible(told, _LONGEST_LINE)
        rows.append(texts()("reply.line_of", line=one.line, text=shown_text, log=name) if name else shown_text)
    return rows


def _remark(remark: Finding, clean: _Cleaner) -> str:
    """What the posted configuration shows, below the entry that shows it."""
    entries = [e.text.partition(": ")[2] for e in remark.evidence[:1] if e.log < 0 and "…" not in e.text]
    return "\n".join([*map(clean, entries), clean(f"{remark.title.rstrip('.')}. {remark.what}".strip())])


def _advice(cause: Finding, remarks: Sequence[Finding]) -> list[Action]:
    """The first actions; what the posted configuration needs stands for the general advice on the same option."""
    own = [_without_place(r.actions[0], r) for r in remarks if r.severity is not Severity.NOTICE and r.actions]
    settled = {action.option for action in own if action.option}
    return [*own, *(a for a in cause.actions if a.option not in settled)][:_MOST_ACTIONS]


def _without_place(action: Action, remark: Finding) -> Action:
    """An action without file and line, which are known by other names to the person who posted them."""
    place = f" ({remark.values.get('configuration_file')}:{remark.values.get('configuration_line')})"
    return replace(action, text=action.text.removesuffix(place), verify=None)


def _name_for_its_author(name: str) -> str:
    """How the person who posted it knows a log: the name of the attachment or of the container; empty for the text.

    Names of the mailbox, and paths of the machine where it is read, are none of that person's business.
    """
    whole, container = (name[:-1].rpartition(" [")[::2]) if name.endswith("]") else (name, "")
    attached = whole.rpartition(": ")[2] if ": " in whole else ""
    attached = attached.replace("\\", "/").rpartition("/")[2]
    return visible(" ".join(part for part in (attached, f"[{container}]" if container else "") if part), 80)


def _action(action: Action, clean: _Cleaner) -> str:
    say = texts()
    parts = [clean(action.text)]
    if action.suggested:
        parts.append(say("reply.suggested", value=clean(action.suggested)))
    elif action.option and action.option not in action.text:
        parts.append(say("reply.option", option=action.option))
    if risk := risk_of(action):
        parts.append(say("reply.risk", text=clean(risk)))
    if action.verify:
        parts.append(say("reply.verify", text=clean(action.verify)))
    return "\n".join(parts)


def _noise(diagnosis: Diagnosis, key: str) -> Iterator[_Paragraph]:
    found = [f for f in diagnosis.findings if f.explained_by is None]
    if key == "reply.noise":
        found = [f for f in found if f.severity is Severity.NOTICE]
    if found:
        yield _Paragraph(texts()(key), [_Cleaner(f)(f.title) for f in found[:_MOST_NOISE]])


def _other_product(diagnosis: Diagnosis, product: str | None) -> Iterator[_Paragraph]:
    say = texts()
    product = product or next(
        (log.product for log in diagnosis.logs if log.product not in ("orthanc", "unknown", "text")), None
    )
    yield _Paragraph(say("reply.not_orthanc_product", product=product) if product else say("reply.not_orthanc"))
    yield from _noise(diagnosis, "reply.seen")
    yield _Paragraph(say("reply.not_orthanc_ask"))


def _unread(diagnosis: Diagnosis) -> Iterator[_Paragraph]:
    say = texts()
    names = list(dict.fromkeys(_named(p) for p in diagnosis.problems if not (p.cut or p.note)))[:_MOST_LINES]
    if names:
        last = f" {say('reply.and')} ".join(names[-2:])
        yield _Paragraph(say("reply.unreadable", what=", ".join([*names[:-2], last])))


def _named(problem: Problem) -> str:
    """What could not be read, as a sentence names it. Many editors call each picture “image”."""
    name = visible(PurePath(problem.where.rpartition(": ")[2]).name, 100)
    if "picture" not in problem.what:
        return texts()("reply.other_file", name=name)
    unnamed = name.casefold() in ("image", "picture", "screenshot", "")
    return texts()("reply.picture_unnamed") if unnamed else texts()("reply.picture", name=name)


def _questions(diagnosis: Diagnosis, causes: Sequence[Finding]) -> Iterator[_Paragraph]:
    if not diagnosis.questions:
        return
    certain = diagnosis.verdict is Verdict.FAILURE and causes and causes[0].confidence is Confidence.CERTAIN
    key = "reply.after" if certain else "reply.asks"
    rows = [f"{q.asks_for.rstrip('.')}. {q.how}".strip().replace("?.", "?") for q in diagnosis.questions]
    yield _Paragraph(texts()(key), rows)


class _Cleaner:
    """Takes the values of one finding that may name people out of its sentences."""

    def __init__(self, finding: Finding) -> None:
        doubtful = sorted(
            {v for k, v in finding.values.items() if k not in _HARMLESS and len(v) >= _SHORTEST_VALUE},
            key=len,
            reverse=True,
        )
        self._replaced = dict(zip(doubtful, masked(doubtful), strict=True))

    def __call__(self, text: str) -> str:
        for value, clean in self._replaced.items():
            text = text.replace(value, clean)
        return visible(" ".join(text.split()))
