"""``kubectl logs --prefix`` (``[pod/orthanc-0/orthanc] ``), as for several pods or containers at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.named import NamedForm, NamedPeeler
from loganalyzer.sources.wrappers.peeling import Peeler, Wrapper

if TYPE_CHECKING:
    from collections.abc import Sequence

_FORM = NamedForm(rb"\[pod/[\w.-]+/[\w.-]+\]", re.compile(rb"pod/([\w.-]+/[\w.-]+)"))
_LINE = re.compile(rb"\[pod/[\w.-]+/[\w.-]+\](?: |$)")
_OWN = re.compile(rb"Defaulted container |Found \d+ pods, using ")


class Kubectl(Wrapper):
    """One prefix per pod and container."""

    name: ClassVar[str] = "kubectl"
    splits: ClassVar[bool] = True
    strong: ClassVar[bool] = True
    form: ClassVar[re.Pattern[bytes]] = _LINE

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return NamedPeeler(_FORM, own=_OWN.match)
