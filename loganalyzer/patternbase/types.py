"""What a pattern module holds once it is loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Condition = dict[str, Any]
#: Ends the slug of a cause's words for the logs of other programs.
PEERS = "/peers"


@dataclass(frozen=True, slots=True)
class Sample:
    """A real line that a pattern must (``hit``) or must not match, with the fields it must give."""

    line: str
    hit: bool = True
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventPattern:
    """A line's wording and the event it stands for.

    ``message`` is a template (see :mod:`loganalyzer.events.template`), ``regex`` the exception for what a template
    cannot say. ``file`` limits it to messages of one source file, ``levels`` to some levels. ``dump`` announces a raw
    block behind the line: associate, dimse, dataset, reject or transport. ``harmless`` says why nobody has to act on
    it.
    """

    event: str
    message: str
    regex: str | None = None
    literal: str | None = None
    file: str | None = None
    levels: str | None = None
    dump: str | None = None
    harmless: str | None = None
    dcmtk: bool = False
    samples: tuple[Sample, ...] = ()
    where: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """When something that was seen is a finding, and of which cause.

    ``on`` names the kind of object it judges: event, association, operation or run; ``when`` and ``unless`` are
    conditions over its fields and facts. ``group_by`` are the values that tell one finding from another. ``explains``
    names causes or signatures that are symptoms when this one is found beside them, ``yields_to`` the ties by which
    this one is the symptom of any error: ``thread``, ``incoming``. ``needs`` says what the log must hold to decide,
    ``unless`` wins over ``when``. A ``fallback`` holds only on what no other signature holds on.
    ``logs`` says whose logs it is for: ``orthanc``, ``peers`` (other programs' logs), or ``any``. ``direction``: it
    speaks of associations of this direction only, ``incoming`` or ``outgoing``.
    """

    code: str
    name: str
    cause: str
    title: str
    severity: str
    confidence: str
    on: str
    when: Condition
    unless: Condition | None = None
    group_by: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()
    yields_to: tuple[str, ...] = ()
    needs: str | None = None
    how: str | None = None
    label: str = ""
    where: str = ""
    fallback: bool = False
    logs: str = "orthanc"
    direction: str | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing a person can do about a cause; texts hold ``{name|fallback}`` placeholders.

    ``direction``: it is for associations of this direction only; others are not given it. ``signatures``: it is for
    findings of these signatures only, and comes first there. ``status``: beginnings of the hexadecimal digits of the
    DIMSE statuses that it is for; without any it is for all.
    """

    who: str
    text: str
    option: str | None = None
    suggested: str | None = None
    risk: str | None = None
    verify: str | None = None
    direction: str | None = None
    signatures: tuple[str, ...] = ()
    status: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """What is wrong, in words: one entry of the taxonomy.

    The same cause needs other words for who reads the log of the other side: that entry's slug ends with
    :data:`PEERS`.
    """

    slug: str
    title: str
    what: str
    why: str
    actions: tuple[Advice, ...]
    ask: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    refines: str | None = None
    compare: tuple[tuple[str, str, str], ...] = ()  # what, what was expected, what was found


@dataclass(frozen=True, slots=True)
class BookRule:
    """When a step of the checklist has a state: some cause was found, or a condition over the overview holds.

    ``proof`` names the lines of the overview that show it.
    """

    state: str
    why: str
    causes: tuple[str, ...] = ()
    when: Condition | None = None
    proof: str | None = None


@dataclass(frozen=True, slots=True)
class BookStep:
    """One step of the Orthanc Book's troubleshooting page, and how to tell when the log cannot."""

    step: str
    how: str
    rules: tuple[BookRule, ...]


@dataclass(frozen=True, slots=True)
class QuestionRule:
    """Something to ask for, and when it would decide something."""

    asks_for: str
    why: str
    how: str
    when: Condition
