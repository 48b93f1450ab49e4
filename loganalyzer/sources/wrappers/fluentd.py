"""Files of Fluentd and Fluent Bit (``out_file``): a stamp, a tag and a JSON record, with tabs between."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from loganalyzer.sources.wrappers.peeling import Clock, PatternPeeler, Peeler, Wrapper
from loganalyzer.sources.wrappers.stamps import RFC3339, clock_from

if TYPE_CHECKING:
    from collections.abc import Sequence


class Fluentd(Wrapper):
    """What stands before the records; these are JSON lines."""

    name: ClassVar[str] = "fluentd"
    form: ClassVar[re.Pattern[bytes]] = re.compile(RFC3339 + rb"\t[^\t\n]{1,200}\t(?=\{)")

    def peeler(self, lines: Sequence[bytes]) -> Peeler:  # noqa: ARG002  one form only
        """See ``Wrapper``."""
        return PatternPeeler(self.form.pattern)

    def clock(self, lines: Sequence[bytes]) -> Clock | None:
        """See ``Wrapper``."""
        return next((clock_from(line) for line in lines if self.form.match(line)), None)
