"""Reads the logs of DCMTK's tools and of pynetdicom, which speak nearly the same language.

Both print a line for each primitive at level information, and a block with all parameters at level debug.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loganalyzer.dialects.blocks import associate_of, begins_block, dimse_of, ends_block
from loganalyzer.dialects.reader import PeerReader
from loganalyzer.dialects.status import status_of
from loganalyzer.dicom import reject_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loganalyzer.dialects.lines import Line
    from loganalyzer.dialects.rules import Rule, Rules
    from loganalyzer.dumps.dump import AssociateDump
    from loganalyzer.events.catalogue import EventCatalogue
    from loganalyzer.events.event import Event

#: Messages that every log of DCMTK's tools and of pynetdicom has, at the levels information and debug.
MESSAGES = re.compile(
    r"(?:Requesting|Accepting|Releasing|Aborting) (?:Sub-)?Association|(?:Request|Accept|Reject) Parameters:"
    r"|={5,30} (?:BEGIN|END|INCOMING|OUTGOING) (?:A-[A-Z]+(?:-[A-Z]{2})?|DIMSE MESSAGE)(?: PDU)? ={5,30}"
    r"|Association (?:Accepted|Received|Release|Released|Aborted|Rejected:)|Received \w{3,20} Request"
)
_MAX_BLOCK = 4000
_STATUS = re.compile(r"(?:DIMSE )?Status +:")
_NO_FAILURE = ("0x0000", "0xff00", "0xff01", "0xfe00")
_CODED = re.compile(r"(?:[0-9a-f]{4}:[0-9a-f]{4} )?(.+)")
_CODE = re.compile(r"\(?[0-9a-f]{4}:[0-9a-f]{4} ")
_TRACEBACK = re.compile(r"  (?:File \".*\", line \d+|  +\S)")
_RESULT = re.compile(r"Result: +(.*?)(?:, Source: +(.*))?")
_RESULT_WORDS = {"Rejected (Permanent)": "Rejected Permanent", "Rejected (Transient)": "Rejected Transient"}
_SOURCE_WORDS = {
    "DUL service-user": "Service User",
    "DUL service-provider (ACSE related)": "Service Provider (ACSE Related)",
    "DUL service-provider (presentation related)": "Service Provider (Presentation Related)",
}
_REASON_WORDS = {
    "No reason given": "No Reason",
    "Application context name not supported": "App Context Name Not Supported",
    "Calling AE title not recognised": "Calling AE Title Not Recognized",
    "Called AE title not recognised": "Called AE Title Not Recognized",
    "Protocol version not supported": "Protocol Version Not Supported",
    "Temporary congestion": "Temporary Congestion",
    "Local limit exceeded": "Local Limit Exceeded",
}


class ToolkitReader(PeerReader):
    """``rules`` are the dialect's messages, ``quiet`` says what messages without a rule it is known to print."""

    def __init__(self, product: str, catalogue: EventCatalogue, rules: Rules, quiet: re.Pattern[str]) -> None:
        super().__init__(product, catalogue)
        self._rules = rules
        self._quiet = quiet
        self._title = ""
        self._block: list[str] | None = None
        self._block_kind: str | None = None
        self._block_head = ""
        self._block_line: Line | None = None
        self._status_line: Line | None = None
        self._waiting: tuple[Rule, dict[str, str], Line] | None = None
        self._rejection: list[str] = []
        self._dataset = False
        self._torn = 0

    def read(self, line: Line) -> Iterator[Event]:
        """See :class:`PeerReader`."""
        message = line.message.strip()
        if self._torn:
            self._torn += (begins_block(message) is not None) - ends_block(message)
            if line.level == "D" or self._rules.find(message) is None:
                self.orphan(line)
                return
        if self._block is not None:
            told = self._in_block(self._block, line, message)
            if told is not None:
                yield from told
                return
            yield from self._finish_block()
        if self._waiting is not None:
            rest = self._continue(line, message)
            if rest is None:
                return
            yield from rest
            if not message or (self._waiting is None and _CODE.match(message)):
                return
        begin = begins_block(message)
        if begin is not None:
            self._block, self._block_kind, self._block_head, self._block_line = [], begin[1], message, line
            return
        yield from self._message(line, message)

    def _in_block(self, block: list[str], line: Line, message: str) -> Iterable[Event] | None:
        """Takes a line behind the beginning of a block; None when the block broke off before it."""
        if ends_block(message):
            return self._finish_block(whole=True)
        if begins_block(message) is not None:
            # Two threads write at once: whose the lines are cannot be told until both blocks have ended.
            self._torn, self._block = 2, None
            self.orphan(line)
            return ()
        if len(block) >= _MAX_BLOCK:
            return None
        head = self._block_line
        if head is not None and line.level not in (None, head.level):
            return self._message(line, message)  # another thread's line inside the block
        if self._rules.find(message) is not None:
            return None
        block.append(line.message)
        self._status_line = line if _STATUS.match(message) else self._status_line
        return ()

    def _message(self, line: Line, message: str) -> Iterator[Event]:
        if message.startswith(("# Dicom-", "# DICOM Dataset")):
            self._dataset = True
        elif self._dataset and (not message or message.startswith(("(", "#"))):
            self._dataset = bool(message)
            return
        found = self._rules.find(message)
        if found is None:
            if message.endswith(":"):
                self._title = message
            stranger = not self._quiet.match(message) and not _TRACEBACK.match(line.text)
            yield from self.by_patterns(line, orphan=stranger)
            return
        rule, fields = found
        if message.endswith(":"):
            self._title = message
        alarm = line.level in ("E", "W", "F")
        self.counts.alarms += alarm
        self.counts.recognised += alarm
        if rule.waits is not None:
            self._waiting, self._rejection = (rule, fields, line), []
            return
        yield from self._told(rule, fields, line)

    def _told(self, rule: Rule, fields: dict[str, str], line: Line) -> Iterator[Event]:
        if rule.event == "wire.program":
            self.take_program(fields)
        if "status_words" in fields:
            fields = fields | status_of(fields.pop("status_words"), fields.get("command", ""))
        pattern = self.known_too(line)
        if pattern is not None:
            yield pattern
        if rule.event:
            yield self.event(rule.event, line, **fields)

    def take_program(self, fields: dict[str, str]) -> None:
        """Keeps the name and the version that a program prints at its start."""
        tool, version = fields.get("tool"), fields.get("version")
        if tool is not None:
            self.product = f"{self.product.split(' ')[0]} {tool}" + (f" {version}" if version else "")

    def known_too(self, line: Line) -> Event | None:
        """A message that a rule reads may be a signature as well."""
        if line.level not in ("E", "W", "F"):
            return None
        alarms, recognised = self.counts.alarms, self.counts.recognised
        event = self.known(line)
        self.counts.alarms, self.counts.recognised = alarms, recognised
        return event if event is not None and event.type != "unknown" else None

    def _continue(self, line: Line, message: str) -> Iterable[Event] | None:
        """Takes a line that may complete the message before; None while more is needed. The completing line tells."""
        assert self._waiting is not None  # noqa: S101 - checked by the caller
        rule, fields, first = self._waiting
        if rule.waits == "reject":
            m = _RESULT.fullmatch(message)
            if m is not None:
                self._rejection = [m[1], m[2] or ""]
                return None
            if self._rejection and message.startswith("Source:"):
                self._rejection[1] = message[7:].strip()
                return None
            self._waiting = None
            if self._rejection and message.startswith("Reason:"):
                self._rejection.append(message[7:].strip())
                return list(self._told(rule, fields | _codes(self._rejection), line))
            return [*self._told(rule, fields | _codes(self._rejection), first), *self._message(line, message)]
        self._waiting = None
        coded = _CODED.fullmatch(message)
        if _CODE.match(message) and coded is not None:
            return list(self._told(rule, fields | {"condition": coded[1]}, line))
        return [
            *self._told(rule, fields | {"condition": "the log does not say why"}, first),
            *self._message(line, message),
        ]

    def finish(self) -> Iterator[Event]:
        """See :class:`PeerReader`."""
        if self._block is not None:
            yield from self._finish_block()
        if self._waiting is not None:
            rule, fields, line = self._waiting
            self._waiting = None
            extra = _codes(self._rejection) if rule.waits == "reject" else {"condition": "the log ends here"}
            yield from self._told(rule, fields | extra, line)

    # -- blocks -----------------------------------------------------------------------------------------------------

    def _finish_block(self, *, whole: bool = False) -> Iterator[Event]:
        messages, line, kind, head = self._block or [], self._block_line, self._block_kind, self._block_head
        self._block = None
        title, self._title = self._title, ""
        status_line, self._status_line = self._status_line, None
        if line is None:
            return
        incoming = "INCOMING" in head
        if "DIMSE MESSAGE" in head:
            dump = dimse_of(messages, incoming=incoming)
            if dump is not None:
                failed = dump.status is not None and dump.status not in _NO_FAILURE
                where = status_line if failed and status_line is not None else line  # the line that shows the failure
                yield self.event("wire.operation", where, dump, sender="other" if incoming else "own")
        elif kind in ("RQ", "AC"):
            direction = self._direction(kind, head, title, messages)
            event = "wire.request" if kind == "RQ" else "wire.accept"
            parameters = associate_of(kind, messages)
            shown: AssociateDump | None = parameters
            if kind == "AC" and not whole and not any(c.result == "accepted" for c in parameters.contexts):
                shown = None  # cut off before its contexts: that none is shown does not mean that none was accepted
            yield self.event(event, line, shown, direction=direction)
        elif kind == "RJ":
            said = dict(m.split(":", 1) for m in messages if ":" in m)
            words = [said.get(k, "").strip() for k in ("Result", "Source", "Reason")]
            yield self.event("wire.reject", line, direction="outgoing" if incoming else "incoming", **_codes(words))
        elif "A-ABORT" in head:
            reason = next((m.split(":", 1)[1].strip() for m in messages if m.startswith("Abort Source:")), None)
            yield self.event(
                "wire.abort", line, by="other" if incoming else "own", condition=reason and f"A-ABORT by the {reason}"
            )

    @staticmethod
    def _direction(kind: str, head: str, title: str, messages: list[str]) -> str:
        """Who asked.

        pynetdicom says it in the block's head, DCMTK in the title before it, old ones only by whose data it shows.
        """
        if "INCOMING" in head or "OUTGOING" in head:
            return "outgoing" if ("OUTGOING" in head) == (kind == "RQ") else "incoming"
        if title in ("Request Parameters:", "Association Parameters Negotiated:"):
            ours = any(m.strip().startswith("Our Implementation Class UID") for m in messages)
            if kind == "RQ" and not ours:
                return "incoming"  # pynetdicom before 1.0 shows the sender's data only
            return "outgoing"
        return "incoming"


def _codes(words: list[str]) -> dict[str, str]:
    """Result, source and reason as numbers, those that the words tell; the last ones may be missing."""
    result, source, reason = [*words, "", "", ""][:3]
    code = reject_code(
        _RESULT_WORDS.get(result, result), _SOURCE_WORDS.get(source, source), _REASON_WORDS.get(reason, reason)
    )
    pairs = zip(("result", "source", "reason"), code, strict=True)
    return {name: str(number) for name, number in pairs if number is not None}
