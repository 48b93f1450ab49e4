"""Message templates: what an administrator writes instead of a regular expression.

A template is the message as Orthanc prints it, with a name in braces for each part that changes::

    Association Received from AET {calling_aet} on IP {peer_ip}
    Opening a DICOM SCU connection {tls:using DICOM TLS|without DICOM TLS} from AET "{local_aet}" to …

``{name}`` takes everything up to the next fixed text, ``{}`` the same without keeping it, ``{name:a|b}`` one of the given
words. Matching walks over the fixed parts once, so its time grows with the length of the message and nothing else,
whatever the message holds.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass

_PLACEHOLDER = re.compile(r"\{(\w*)(?::([^{}]*))?\}")
_AET_WINDOW = 80


class TemplateError(ValueError):
    """A template that cannot be used, with what is wrong with it."""


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_uid(text: str) -> bool:
    return bool(text) and not text.strip("0123456789.")


#: What a placeholder's value must look like, by the placeholder's name.
FIELD_CHECKS: dict[str, Callable[[str], bool]] = {
    "peer_ip": _is_ip,
    "peer_port": str.isdigit,
    "dicom_port": str.isdigit,
    "http_port": str.isdigit,
    "count": str.isdigit,
    "sop_class": _is_uid,
    "status": lambda s: not s.lower().removeprefix("0x").strip("0123456789abcdef"),
}


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template. ``literal`` is its longest fixed part, which must occur in every message it matches."""

    text: str
    literals: tuple[str, ...]
    slots: tuple[_Slot, ...]
    literal: str
    fixed_length: int

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of its placeholders."""
        return tuple(s.name for s in self.slots if s.name)

    def match(self, message: str) -> dict[str, str] | None:
        """The fields of a message that has exactly this form, or None."""
        literals, slots = self.literals, self.slots
        if not message.startswith(literals[0]):
            return None
        at = len(literals[0])
        fields: dict[str, str] = {}
        last = len(slots) - 1
        for i, slot in enumerate(slots):
            following = literals[i + 1]
            if slot.choices:
                value = next((c for c in slot.choices if message.startswith(c + following, at)), None)
                if value is None:
                    return None
                end = at + len(value)
            elif i == last:
                end = len(message) - len(following)
                if end < at or not message.endswith(following):
                    return None
            elif slot.name.endswith("aet"):
                # An AET may itself hold what follows it ("A on IP 192.0.2.1"): the last place in reach is the right one.
                end = message.rfind(following, at, at + _AET_WINDOW + len(following))
            else:
                end = message.find(following, at)
            if end < at:
                return None
            if slot.name:
                value = message[at:end]
                check = FIELD_CHECKS.get(slot.name)
                if check is not None and not check(value):
                    return None
                fields[slot.name] = value
            at = end + len(following)
        return fields if at == len(message) else None


def compile_template(text: str) -> Template:
    """Compiles a template.

    Raises:
        TemplateError: two placeholders touch, a name stands twice, a brace is left over, or nothing in it is fixed.
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
        raise TemplateError(f"the name {{{sorted(twice)[0]}}} stands twice in {text!r}")
    longest = max(literals, key=len)
    if not longest.strip():
        raise TemplateError(f"nothing is fixed in {text!r}")
    return Template(text, tuple(literals), tuple(slots), longest, sum(map(len, literals)))
