"""Message templates: what an administrator writes instead of a regular expression.

A template is the message as Orthanc prints it, with a name in braces for each part that changes::

    Association Received from AET {calling_aet} on IP {peer_ip}
    Opening a DICOM SCU connection {tls:using DICOM TLS|without DICOM TLS} from AET "{local_aet}" to …

``{name}`` takes everything up to the next fixed text, ``{}`` the same without keeping it, ``{name:a|b}`` one of
the given words. Matching walks over the fixed parts once, so its time grows with the length of the message and
nothing else, whatever the message holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_PLACEHOLDER = re.compile(r"\{(\w*)(?::([^{}]*))?\}")
_ANY_PLACEHOLDER = re.compile(r"\{\w*(?::[^{}]*)?\}")
_AET_WINDOW = 80
#: From a message to what its placeholders stand for, None when the message is another one.
Matcher = Callable[[str], dict[str, str] | None]
_MAX_SEARCHED = 2  # slots that a regular expression may have to search the end of; more would not be linear


class TemplateError(ValueError):
    """A template that cannot be used, with what is wrong with it."""


#: What a placeholder's value must look like, by the placeholder's name; of these the next text is never searched.
FIELD_FORMS = {
    "peer_ip": r"[0-9A-Fa-f:.]{2,45}(?:%\w{1,15})?",
    "peer_port": r"[0-9a-f]{1,5}",  # hexadecimal behind some lines, as timeline/numbers.py knows
    "dicom_port": r"\d{1,5}",
    "http_port": r"\d{1,5}",
    "count": r"[0-9a-f]{1,12}",
    "threads": r"\d{1,5}",
    "sop_class": r"[0-9.]{1,64}",
    "code": r"[0-9A-Fa-f]{1,8}",
    "status": r"(?:0x)?[0-9A-Fa-f]{1,8}",
}


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str
    choices: tuple[str, ...]


@dataclass(slots=True)
class Template:
    """A template taken apart. ``literal`` is its longest fixed part, which must occur in every message it matches."""

    text: str
    literals: tuple[str, ...]
    slots: tuple[_Slot, ...]
    literal: str
    fixed_length: int
    _match: Matcher | None = None

    def match(self, message: str) -> dict[str, str] | None:
        """What the placeholders stand for in a message; None when it is another message.

        The matcher is made when it is first needed: of thousands of templates a log meets a few dozen.
        """
        if self._match is None:
            searched = sum(
                not s.choices and s.name not in FIELD_FORMS and not s.name.endswith("aet") for s in self.slots[:-1]
            )
            compiler = _by_expression if searched < _MAX_SEARCHED else _by_search
            self._match = compiler(self.literals, self.slots)
        return self._match(message)

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of its placeholders."""
        return tuple(s.name for s in self.slots if s.name)


def _by_expression(literals: tuple[str, ...], slots: tuple[_Slot, ...]) -> Matcher:
    """Matches with one regular expression, which the C engine walks once."""
    pattern = re.escape(literals[0])
    for slot, following in zip(slots, literals[1:], strict=True):
        if slot.choices:
            form = "|".join(map(re.escape, slot.choices))
        elif slot.name in FIELD_FORMS:
            form = FIELD_FORMS[slot.name]
        elif slot.name.endswith("aet"):
            # An AET may itself hold what follows it ("A on IP 192.0.2.1"): the last place in reach is the right one.
            form = f".{{0,{_AET_WINDOW}}}"
        else:
            form = ".*?" if slot is not slots[-1] else ".*"
        pattern += (f"(?P<{slot.name}>{form})" if slot.name else f"(?:{form})") + re.escape(following)
    fullmatch = re.compile(pattern, re.DOTALL).fullmatch

    def match(message: str) -> dict[str, str] | None:
        m = fullmatch(message)
        return None if m is None else m.groupdict()

    return match


def _by_search(literals: tuple[str, ...], slots: tuple[_Slot, ...]) -> Matcher:
    """Matches by walking over the fixed parts once, for templates of which an expression would not be linear."""
    forms = {s.name: re.compile(FIELD_FORMS[s.name]) for s in slots if s.name in FIELD_FORMS}

    def match(message: str) -> dict[str, str] | None:
        if not message.startswith(literals[0]):
            return None
        at = len(literals[0])
        fields: dict[str, str] = {}
        for slot, following in zip(slots, literals[1:], strict=True):
            if slot.choices:
                value = next((c for c in slot.choices if message.startswith(c + following, at)), None)
                if value is None:
                    return None
                end = at + len(value)
            elif slot is slots[-1]:
                end = len(message) - len(following)
                if not message.endswith(following):
                    return None
            elif slot.name.endswith("aet"):
                end = message.rfind(following, at, at + _AET_WINDOW + len(following))
            else:
                end = message.find(following, at)
            if end < at:
                return None
            if slot.name:
                fields[slot.name] = message[at:end]
                form = forms.get(slot.name)
                if form is not None and form.fullmatch(message, at, end) is None:
                    return None
            at = end + len(following)
        return fields if at == len(message) else None

    return match


def fixed_parts(text: str) -> list[str]:
    """The fixed parts of a template, empty ones too: what stands before, between and behind its placeholders."""
    return _ANY_PLACEHOLDER.split(text)


def compile_template(text: str) -> Template:
    """Compiles a template.

    Raises:
        TemplateError: two placeholders touch, a name stands twice or begins with a digit, or nothing in it is fixed.
    """
    literals: list[str] = []
    slots: list[_Slot] = []
    at = 0
    for m in _PLACEHOLDER.finditer(text):
        literals.append(text[at : m.start()])
        slots.append(_Slot(m[1], tuple(m[2].split("|")) if m[2] else ()))
        at = m.end()
    literals.append(text[at:])
    if any(not between for between in literals[1:-1]) and not all(s.choices for s in slots):
        raise TemplateError(f"two placeholders touch in {text!r}; put the text that separates them between")
    names = [s.name for s in slots if s.name]
    twice = {n for n in names if names.count(n) > 1}
    if twice:
        raise TemplateError(f"the name {{{min(twice)}}} stands twice in {text!r}")
    odd = next((n for n in names if not n.isidentifier()), None)
    if odd is not None:
        raise TemplateError(f"{{{odd}}} in {text!r}: a name begins with a letter")
    longest = max(literals, key=len)
    if not longest.strip():
        raise TemplateError(f"nothing is fixed in {text!r}")
    return Template(text, tuple(literals), tuple(slots), longest, sum(map(len, literals)))
