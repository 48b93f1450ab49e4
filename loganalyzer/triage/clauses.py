"""Reads the sentences of a post, clause by clause: what fails, and what works."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_LINES = 3000
_LONGEST = 400
_TO_SEND = r"\b(?:senden|verzenden|schicken|übertragen|envoyer|enviar|inviare)\b"
_HTTP_STATUS = r"\b(?:400|401|403|404|500)\b|health ?check|\bunhealthy\b"
_SERVICES = (
    ("C-ECHO", r"c-?echo|echoscu|\becho\b"),
    ("C-FIND (worklist)", r"worklist|\bmwl\b"),
    ("C-FIND", r"c-?find|findscu|\bquer(?:y|ies|ying)\b|\babfrag|\brequêtes?\b|\bconsultas?\b"),
    ("C-MOVE", r"c-?move|movescu|\bretriev(?:e|al|ing)\b"),
    ("C-GET", r"c-?get\b|getscu"),
    ("storage commitment", r"\bcommitments?\b|n-action|n-event-report"),
    ("C-STORE", r"c-?store|storescu|\bstor(?:e|ing)\b|\bsend(?:s|ing)?\b|\bpush(?:es|ing)?\b|\bupload|" + _TO_SEND),
    ("DICOMweb or HTTP", r"dicom-?web|stow|wado|qido|\bohif\b|\bviewer\b|rest api|http \d{3}|" + _HTTP_STATUS),
    ("database", r"\bpostgres\w*|\bmysql\b|\bodbc\b|\bdatabase\b"),
    ("start-up", r"\bstart(?:s|up|ing)?\b|\brestart(?:s|ing)|crash|won'?t run|morre|\bstartet\b|\bdémarre\b"),
)
_FAILS = re.compile(
    r"fail|error|unhealthy|does ?n[o']t|do ?n[o']t|can ?n[o']t|cannot|can't|unable|not (?:being )?able|"
    r"\b(?:gets?|receives?|sees?|shows?) no\b|\bno (?:worklists?|images?|answers?)\b|"
    r"reject|refus|abort|time[sd]? ?-?out|not work|"
    r"problem|crash|nothing|never|denied|stuck|hang|missing|lost|falha|erro|fehl|geht nicht|funktioniert nicht|"
    r"no funciona|échoue|kann kein|kann nicht|klappt nicht|não (?:funciona|consegue|consigo)|no (?:puedo|puede)|"
    r"\bne \w+ (?:pas|plus)\b|impossible|non funziona|werkt niet|nie działa|не работает",
    re.IGNORECASE,
)
_WORKS = re.compile(
    r"\b(?:work(?:s|ed|ing)?(?: fine)?|ok|okay|succe\w+|passes|passa|fine|funktioniert)\b", re.IGNORECASE
)
_ALL_WORKS = re.compile(
    r"\b(?:everything|all(?: (?:the )?\w+)?|(?:the )?(?:images?|studies|viewer|files|instances))\b.{0,40}"
    r"\b(?:works?|working|fine|correct(?:ly)?|(?:is|are) (?:all )?there|arrived?|ok|okay|as expected)\b|"
    r"\b(?:shows?|displays?|loads?|opens?|stores?|receives?) (?:everything|all)\b|"
    r"\bno (?:functional |visible )?(?:problem|impact|failure)s?\b|"
    r"\b(?:alles|tudo|todo|tout) (?:funktioniert|funciona|fonctionne|geht|ok)",
    re.IGNORECASE,
)
_SOLVED = re.compile(
    r"\b(?:works?|working|solved|fixed|resolved|funktioniert|fonctionne|marche|funciona|résolu|gelöst|resuelto|resolvido)"
    r"\b.{0,30}\b(?:now|again|perfectly|great|jetzt|wieder|maintenant|ahora|agora)\b"
    r"|\b(?:now|jetzt|maintenant|ahora|agora)\b.{0,30}\b(?:works?|working|funktioniert|fonctionne|marche|funciona)\b"
    r"|\b(?:that|this|it|which) (?:was it|did it|did the trick|solved|fixed)\b"
    r"|\b(?:is|problem|issue) (?:solved|resolved)\b",
    re.IGNORECASE,
)
_HELP = re.compile(
    r"\b(?:when|if|while|after|as soon as) (?:i|we) (?:try|want|attempt)\b|\bplease help\b|"
    r"\bany (?:ideas?|help|advice|hints?|suggestions?)\b|\bwhat (?:am i|are we) (?:doing wrong|missing)\b|"
    r"\bhow (?:can|do) (?:i|we) (?:fix|solve)\b",
    re.IGNORECASE,
)
_ONLY_IN_LOG = re.compile(
    r"\b(?:logs?|lines?|messages?|warnings?)\b|\b(?:is|are) (?:it|this|that|these|those) (?:an? )?errors?\b",
    re.IGNORECASE,
)
_ONLY_ERRORS = re.compile(r"errors?|warnings?", re.IGNORECASE)
_NEGATED = re.compile(
    r"(?:not|n't|nicht|no|never|nothing)\s+(?:\w+\s+)?"
    r"(?:work|ok|fine|correct|funktion|funciona|(?:are |is )?there|arriv|as expected|display|load|open|stor|show)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[.!?;:\n]\s|,\s|\bbut\b|\baber\b|\bmas\b|\bpero\b|\bmais\b", re.IGNORECASE)
_PICTURE = re.compile(r"!\[[^\]\n]{0,200}\]\([^)\n]{0,300}\)")
_LOG_LINE = re.compile(
    r"^\W{0,3}(?:[\w.-]{1,60}\s+\| )?(?:[EWITDF]\d{4} \d\d:|[EWITD]: |.{0,32}\d\d:\d\d:\d\d|\s*at [\w.]+\()"
    r"|^\s*[\"{}\[\]]|^[\w:/.-]{3,60}\.(?:cpp|h|c|cc|java):\d+\]"
)


def sentences_in(text: str) -> list[str]:
    """The lines of a post that are neither of a log nor of JSON."""
    lines = (_PICTURE.sub(" ", line) for line in text.split("\n", _MOST_LINES)[:_MOST_LINES])
    return [line for line in lines if not _LOG_LINE.search(line)]


def failing_in(prose: str) -> Iterator[tuple[str, str]]:
    """The services that a clause names together with a failure and without saying that they work; with the clause."""
    for clause in _failing(prose):
        for service, words in _SERVICES:
            if re.search(words, clause, re.IGNORECASE):
                yield service, clause
                break


def says_all_works(prose: str) -> bool:
    """Whether a post says that everything works, and names no failure but lines in a log."""
    if not any(_ALL_WORKS.search(clause) and not _NEGATED.search(clause) for clause in _clauses(prose)):
        return False
    return all(_ALL_WORKS.search(clause) for clause in _failing(prose))


def solved_in(prose: str) -> str | None:
    """The clause of an answer that says that it works now; None where a clause says that something still fails."""
    told = next((c for c in _clauses(prose) if _SOLVED.search(c) and not _NEGATED.search(c)), None)
    return None if says_that_something_fails(prose) else told


def says_that_something_fails(prose: str) -> bool:
    """Whether a clause of a post says that something fails, and not only that the log has errors."""
    return any(True for _ in _failing(prose))


def asks_for_help(prose: str) -> bool:
    """Whether a post asks for help with something that was tried, without a word for a failure."""
    return _HELP.search(prose) is not None


def _clauses(prose: str) -> Iterator[str]:
    return (clause for clause in _CLAUSE.split(prose) if len(clause) <= _LONGEST)


def _failing(prose: str) -> Iterator[str]:
    for clause in _clauses(prose):
        works = _WORKS.search(clause) and not _NEGATED.search(clause)
        noise = _ONLY_IN_LOG.search(clause) and all(_ONLY_ERRORS.fullmatch(m[0]) for m in _FAILS.finditer(clause))
        if _FAILS.search(clause) and not works and not noise:
            yield clause
