"""Terminal colours (ECMA-48 SGR), also where copying lost the escape character or made it visible."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.peeling import LinewisePeeler, Peeler, Wrapper, share

if TYPE_CHECKING:
    from collections.abc import Sequence

_REAL = re.compile(rb"\x1b\[[\d;:]*[mK]")
_MOST_SEQUENCES = 16
_CODE = rb"\[(?:\d{1,3}(?:;\d{1,3}){0,4})?m"
_BARE = re.compile(rb"\[\d{1,3}(?:;\d{1,3}){0,4}m")
_BARE_RESET = re.compile(rb"\[m(?![a-z])")  # a header's value may be ``[multipart/related``
# How an escape character looks once it was made visible: by cat -v, rsyslog, programmers, a terminal, a text editor.
_VISIBLE = tuple(
    (sign, re.compile(re.escape(sign) + _CODE))
    for sign in (b"^[", b"#033", b"\\x1b", b"\\033", b"\\e", b"\\u001b", b"\xe2\x90\x9b", b"\xef\xbf\xbd")
)
# Whether there may be any of them, found several times faster than each for itself: they end in one of these bytes.
_MAYBE_VISIBLE = re.compile(rb"\[(?<=[\[3be\x9b\xbd]\[)(?:[\d;]*)m")
# Each of them has one of these, which most logs have nowhere.
_OF_VISIBLE = (b"^", b"#0", b"\\", b"\x9b", b"\xbd")


def without_colours(data: bytes) -> bytes:
    """Remove real colour sequences; cheap where there are none. ISO 2022 escapes in DICOM values are no such thing."""
    return _without(_REAL, data) if b"\x1b" in data else data


def _without(pattern: re.Pattern[bytes], data: bytes) -> bytes:
    # A log has few different sequences: removing one after the other is several times faster than a pattern.
    for _ in range(_MOST_SEQUENCES):
        sequence = pattern.search(data)
        if sequence is None:
            return data
        data = data.replace(sequence[0], b"")
    return pattern.sub(b"", data)


def _without_written(data: bytes) -> bytes:
    if any(byte in data for byte in _OF_VISIBLE) and _MAYBE_VISIBLE.search(data):
        for sign, pattern in _VISIBLE:
            if sign + b"[" in data:
                data = _without(pattern, data)
    return _BARE_RESET.sub(b"", _without(_BARE, data))


class Colour(Wrapper):
    """Colour codes that lost their escape character (``[36m``) or show it (``^[[36m``); real ones always go."""

    name: ClassVar[str] = "colours"

    def score(self, lines: Sequence[bytes]) -> float:
        """See ``Wrapper``."""
        return share(lines, _BARE.search)

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return LinewisePeeler(_without_written)
