"""What made Orthanc open an association by itself: a REST call, or a Lua script that sends instances on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from loganalyzer.timeline.association import LUA, LineRef

if TYPE_CHECKING:
    from loganalyzer.events.event import Event
    from loganalyzer.records.record import Record

_NEXT_LINES = 12
_MAX_TEXT = 400
_LUA = "lua.sending"


class Call(Struct, eq=False):
    """``kind`` is what a call of ``/modalities/…`` asks for (echo, store …), until an association was opened for it."""

    line: LineRef
    kind: str | None
    certain: bool = True


class Calls:
    """The call that each thread serves.

    Without thread names, a call is what is opened within the next lines; which one that is cannot be told when two
    calls wait for theirs.
    """

    def __init__(self) -> None:
        self._of_thread: dict[str | None, Call] = {}

    def feed(self, event: Event) -> None:
        """Takes an event of :data:`KINDS`."""
        record, target = event.record, event.fields.get("target", "")
        if "(elapsed" in target:
            if record.thread is not None:
                self.end(record.thread)
            return
        path = target.split(" ")[0].split("?")[0].rstrip("/")
        steps = path.split("/")
        if event.type == _LUA:
            note, kind = LUA, None
        elif event.fields["method"] == "POST" and len(steps) > 1:
            modality = event.type == "http.modality-request"
            note = f"POST /{'modalities' if modality else 'queries'}/{path}"
            kind = steps[1] if modality else None
        else:
            return
        before = self._at(record) if record.thread is None else None
        line = LineRef(record.line, record.text[:_MAX_TEXT], note[:_MAX_TEXT])
        self._of_thread[record.thread] = Call(line, kind, certain=before is None)

    def end(self, thread: str | None) -> None:
        """The thread goes on to something else."""
        self._of_thread.pop(thread, None)

    def waits(self, record: Record, since: int = 0) -> bool:
        """Whether a call of ``/modalities/…`` has come in behind a line, for which nothing was opened yet."""
        call = self._at(record)
        return call is not None and call.kind is not None and call.line.line > since

    def take(self, record: Record) -> Call | None:
        """The call that the thread of a record serves; without thread names it is then served."""
        call = self._at(record)
        if record.thread is None:
            self.end(None)
        return call

    def _at(self, record: Record) -> Call | None:
        call = self._of_thread.get(record.thread)
        if call is None or (record.thread is None and record.line - call.line.line > _NEXT_LINES):
            return None
        return call

    def clear(self) -> None:
        """The process is gone."""
        self._of_thread.clear()


KINDS = frozenset({"http.modality-request", "http.query-request", _LUA})
