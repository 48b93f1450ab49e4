"""``docker compose logs``, version 1 and 2, and ``docker service logs``: ``orthanc_1  | ``, ``orthanc-1  | ``."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.named import NamedForm, NamedPeeler
from loganalyzer.sources.wrappers.peeling import Peeler, Wrapper

if TYPE_CHECKING:
    from collections.abc import Sequence

# A number alone is that of a line.
_LABEL = rb"(?!\d+[ \t|])[A-Za-z0-9][\w.@/-]*[ \t]*\|"
_NAME = re.compile(rb"([\w.@/-]+)")
_LINE = re.compile(_LABEL + rb"(?: |$)")
_OWN = re.compile(
    rb"Attaching to |(?:Starting|Creating|Recreating|Stopping|Removing|Pulling|Building) "
    rb"[\w.-]+(?: \([\w.-]+\))? *\.\.\. |"
    rb" ?(?:Container|Network|Volume) [\w.-]+ +(?:Creat|Start|Stopp|Recreat|Remov|Runn|Healthy|Wait)|"
    rb" \xe2\x9c\x94 (?:Container|Network|Volume) |\[\+\] Running |"
    rb"Gracefully stopping\.\.\. |Aborting on container exit"
)


class Compose(Wrapper):
    """One prefix per container; several containers may be interleaved."""

    name: ClassVar[str] = "docker-compose"
    splits: ClassVar[bool] = True
    strong: ClassVar[bool] = True
    form: ClassVar[re.Pattern[bytes]] = _LINE

    def peeler(self, lines: Sequence[bytes]) -> Peeler:
        """See ``Wrapper``."""
        names = Counter(match[1] for line in lines if _LINE.match(line) and (match := _NAME.match(line)))
        known = frozenset(name for name, count in names.items() if count > 1)
        return NamedPeeler(NamedForm(_LABEL, _NAME), known, _OWN.match)
